"""What wallets may do beside paying USDT."""

from lucidpay.settings import env

__all__ = ["TRX_TRANSFER_DAILY_MAX", "UNSIGNED_VALID_MINUTES", "USDT_SPENDERS"]

# Below a day, which is the most that the chain takes (java-tron MAXIMUM_TIME_UNTIL_EXPIRATION).
UNSIGNED_VALID_MINUTES = env.number("UNSIGNED_VALID_MINUTES", 360, low=5, high=1_380)
# Whole TRX that a wallet may send to others within 24 hours; no person reviews these.
TRX_TRANSFER_DAILY_MAX = env.number("TRX_TRANSFER_DAILY_MAX", 10_000, low=0, high=10**9)
# Who may be allowed to take USDT from a wallet: nobody, unless named here.
USDT_SPENDERS = env.words("USDT_SPENDERS")
