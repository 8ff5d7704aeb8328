"""The payment gateway: how long, how much, how often."""

from lucidpay.settings import env

# How long a payment can be paid.
PAYMENT_EXPIRY_MINUTES = env.number("PAYMENT_EXPIRY_MINUTES", 60, low=5, high=10_080)
# In whole USDT.
PAYMENT_AMOUNT_MAX_USDT = env.number(
    "PAYMENT_AMOUNT_MAX_USDT", 1_000_000_000, low=1, high=1_000_000_000
)
PAYMENTS_DAILY_MAX_USDT = env.number(
    "PAYMENTS_DAILY_MAX_USDT", 100_000_000_000, low=1, high=1_000_000_000_000
)
# Above this, people must agree before the payee is paid.
PAYMENT_REVIEW_ABOVE_USDT = env.number(
    "PAYMENT_REVIEW_ABOVE_USDT", 1_000_000, low=1, high=1_000_000_000
)
PAYMENTS_PER_MINUTE_MAX = env.number("PAYMENTS_PER_MINUTE_MAX", 1000, low=1, high=1_000_000)
# More than this from one payer within a minute are held for review.
PAYER_PER_MINUTE_MAX = env.number("PAYER_PER_MINUTE_MAX", 100, low=1, high=1_000_000)
# Payees that are being paid at the same time; others wait their turn.
PAYMENT_LEGS_MAX = env.number("PAYMENT_LEGS_MAX", 100, low=1, high=100_000)
PAYMENT_BATCH_MAX = 1000
PAYMENT_BATCH_BODY_MAX_BYTES = 2_097_152
# What is kept of money that goes back by itself, for what sending it costs. In micro-USDT and sun.
REFUND_COST_MICRO = env.number("REFUND_COST_MICRO", 1_000_000, low=0, high=100_000_000)
REFUND_COST_SUN = env.number("REFUND_COST_SUN", 1_100_000, low=0, high=100_000_000)
# How long operators have to accept a late payment before it goes back by itself.
LATE_REFUND_AFTER_MINUTES = env.number("LATE_REFUND_AFTER_MINUTES", 60, low=0, high=43_200)
# Collected fees.
SETTLEMENT_ADDRESS = env.text("SETTLEMENT_ADDRESS")
SETTLEMENT_FREQUENCY = env.choice(
    "SETTLEMENT_FREQUENCY", "daily", of=("instant", "hourly", "daily", "weekly")
)
SETTLEMENT_TIME_UTC = "23:00"
SETTLEMENT_THRESHOLD_USDT = env.number(
    "SETTLEMENT_THRESHOLD_USDT", 100_000, low=0, high=1_000_000_000
)
SETTLEMENT_MAX_USDT = env.number("SETTLEMENT_MAX_USDT", 10_000_000, low=1, high=1_000_000_000)
# A rate that a person has set holds for so long.
RATE_MANUAL_VALID_MINUTES = env.number("RATE_MANUAL_VALID_MINUTES", 1440, low=1, high=525_600)
# A contract of an exchange on chain (a Uniswap V2 pair of WTRX and USDT), if rates come from one.
RATE_PAIR = env.text("RATE_PAIR")
RATE_PAIR_VALID_S = env.number("RATE_PAIR_VALID_S", 60, low=5, high=3600)
# A pair that holds less gives no rate: one trade could move it.
RATE_PAIR_LIQUIDITY_MIN_USDT = env.number(
    "RATE_PAIR_LIQUIDITY_MIN_USDT", 1_000_000, low=1, high=1_000_000_000
)
# An address is emptied when what lies there is worth so much more than its network cost.
SWEEP_MIN_USDT = env.number("SWEEP_MIN_USDT", 50, low=0, high=1_000_000)
SWEEP_MIN_TRX = env.number("SWEEP_MIN_TRX", 10, low=2, high=1_000_000)
# Reports are kept, and their links hold.
REPORT_LINK_MINUTES = env.number("REPORT_LINK_MINUTES", 60, low=1, high=10_080)
REPORT_ROWS_MAX = env.number("REPORT_ROWS_MAX", 200_000, low=1, high=5_000_000)
# A document of more pages is read by nobody, and its writer keeps it in memory.
REPORT_PDF_ROWS_MAX = env.number("REPORT_PDF_ROWS_MAX", 20_000, low=1, high=100_000)
# Who stands on reports.
ORGANISATION = env.text("ORGANISATION")
# Calls a minute, per user and endpoint.
GATEWAY_RATE_LIMITS = {
    "payments.create": 1000,
    "payments.batch": 10,
    "payments.get": 60,
    "payments.list": 60,
    "payments.refund": 10,
    "payments.reconcile": 10,
    "payments.report": 10,
    "payments.reports": 60,
    "payments.analytics": 60,
    "payments.fees": 60,
    "payments.settlement": 60,
    "payments.health": 120,
    "payments.page": 120,
}
