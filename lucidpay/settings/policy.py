"""What may be asked for. Limits an hour and a day are rows that operators edit in the admin."""

from lucidpay.settings import env

# The most that one batch may pay in all, in whole USDT.
PAYOUT_BATCH_MAX_USDT = env.number("PAYOUT_BATCH_MAX_USDT", 10_000, low=1, high=1_000_000_000)
