"""Calls a minute of the TRON API, per user and endpoint."""

__all__ = ["TRON_RATE_LIMITS"]

TRON_RATE_LIMITS = {
    "network.status": 60,
    "network.info": 60,
    "network.health": 60,
    "network.block": 60,
    "network.transaction": 60,
    "usdt.balance": 60,
    "usdt.allowance": 60,
    "usdt.transactions": 60,
    "usdt.estimate": 60,
}
