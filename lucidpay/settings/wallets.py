"""What wallets may do beside paying USDT, and what is asked of those who keep their keys."""

from lucidpay.settings import env

__all__ = [
    "WALLET_BACKUP_BY_API",
    "PERMISSION_KEYS",
    "TRX_TRANSFER_DAILY_MAX",
    "UNSIGNED_VALID_MINUTES",
    "USDT_SPENDERS",
    "WALLET_ANSWER_WAIT_S",
]

# Below a day, which is the most that the chain takes (java-tron MAXIMUM_TIME_UNTIL_EXPIRATION).
UNSIGNED_VALID_MINUTES = env.number("UNSIGNED_VALID_MINUTES", 360, low=5, high=1_380)
# Whole TRX that a wallet may send within 24 hours; no person reviews these.
TRX_TRANSFER_DAILY_MAX = env.number("TRX_TRANSFER_DAILY_MAX", 10_000, low=0, high=10**9)
# Who may be allowed to take USDT from a wallet: nobody, unless named here.
USDT_SPENDERS = env.words("USDT_SPENDERS")
# Whether callers of the API may have a key under a password of theirs.
WALLET_BACKUP_BY_API = env.flag("WALLET_BACKUP_BY_API", default=True)
# To which keys an account whose key is here may be opened: to no others, unless named here.
PERMISSION_KEYS = env.words("PERMISSION_KEYS")
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
