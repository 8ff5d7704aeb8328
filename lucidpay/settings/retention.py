"""How long what may be forgotten is kept. Payouts, transactions, books and audit are for good."""

from lucidpay.settings import env

# Of the endpoints in access/services/forget.py; clients may repeat requests to them for 30 days.
RETENTION_IDEMPOTENCY_DAYS = env.number("RETENTION_IDEMPOTENCY_DAYS", 90, low=30, high=3650)
RETENTION_NODE_ANSWERS_DAYS = env.number("RETENTION_NODE_ANSWERS_DAYS", 180, low=7, high=3650)
# Only blocks that no proof needs are ever forgotten.
RETENTION_BLOCKS_DAYS = env.number("RETENTION_BLOCKS_DAYS", 30, low=7, high=3650)
# What was announced, whether anybody was told or not: the stream that can be read again.
RETENTION_EVENTS_DAYS = env.number("RETENTION_EVENTS_DAYS", 365, low=30, high=36_500)
RETENTION_DELIVERIES_DAYS = env.number("RETENTION_DELIVERIES_DAYS", 30, low=7, high=3650)
# Payout files that people have uploaded. Their batches, and what was found in them, are for good.
RETENTION_UPLOADS_DAYS = env.number("RETENTION_UPLOADS_DAYS", 7, low=1, high=365)
