"""Wallets: how long a caller waits for a worker, and calls a minute."""

from lucidpay.settings import env

__all__ = ["WALLET_ANSWER_WAIT_S", "WALLET_RATE_LIMITS"]

# Who asks for a new wallet or a backup waits so long for a worker before the answer is 202.
WALLET_ANSWER_WAIT_S = env.number("WALLET_ANSWER_WAIT_S", 10, low=0, high=60)
# Calls a minute, per user and endpoint.
WALLET_RATE_LIMITS = {
    "wallets.create": 10,
    "wallets.import": 10,
    "wallets.list": 60,
    "wallets.get": 60,
    "wallets.change": 10,
    "wallets.archive": 10,
    "wallets.balance": 60,
    "wallets.transactions": 60,
    "wallets.backup": 10,
    "wallets.restore": 10,
}
