"""What can happen that others are told."""

PAYOUT_KINDS = (
    "payout.created",
    "payout.approved",
    "payout.rejected",
    "payout.processing",
    "payout.confirmed",
    "payout.failed",
    "payout.cancelled",
)
BATCH_KINDS = ("batch.created", "batch.completed")
# Of the payment gateway.
PAYMENT_KINDS = (
    "payment.created",
    "payment.started",
    "payment.confirmed",
    "payment.completed",
    "payment.failed",
    "payment.refunded",
    "payment.disputed",
    "settlement.initiated",
    "settlement.completed",
)
KINDS = (*PAYOUT_KINDS, *BATCH_KINDS, *PAYMENT_KINDS)
# Sent to one endpoint when somebody tries it out. Nothing has happened, so nobody else hears it.
TEST = "webhook.test"
