"""Calls a minute of the TRON API, per user and endpoint."""

from lucidpay.settings.staking import STAKING_RATE_LIMITS

__all__ = ["TRON_RATE_LIMITS"]

TRON_RATE_LIMITS = {
    "network.status": 60,
    "network.info": 60,
    "network.health": 60,
    "network.block": 60,
    "network.transaction": 60,
    "operations.list": 60,
    "operations.get": 60,
    "operations.cancel": 10,
    "wallets.transfer_trx": 10,
    "wallets.permissions": 60,
    "wallets.permissions_set": 10,
    "wallets.unsigned": 10,
    "wallets.signatures": 10,
    "usdt.approve": 10,
    "usdt.balance": 60,
    "usdt.allowance": 60,
    "usdt.transactions": 60,
    "usdt.estimate": 60,
    **STAKING_RATE_LIMITS,
}
