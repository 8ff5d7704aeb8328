"""The states of what the gateway keeps, and the only arrows between them.

A payment::

    pending ◄────► processing ──► confirmed ──► completed
      │  │             │             │             │
      │  └─ cancelled  │             │             │
      ├────────────────┴─► failed    │             │
      └──────────┬───────────────────┴──────┬──────┘
                 ▼                          ▼
             disputed ───────────────► refunded

What was seen in a block that is undone is pending again. A failed payment that was paid late is
confirmed when an approver accepts the money.
"""

from django.db import models


class PaymentStatus(models.TextChoices):
    """Where a payment is."""

    PENDING = "pending", "waits for the payer"
    PROCESSING = "processing", "money was seen"
    CONFIRMED = "confirmed", "the money is solid; the payee is being paid"
    COMPLETED = "completed", "the payee is paid"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    REFUNDED = "refunded", "refunded in full"
    DISPUTED = "disputed", "a person must decide"


_P = PaymentStatus
# Nothing more is expected of these; money that comes all the same is late.
ENDED = frozenset({_P.COMPLETED, _P.FAILED, _P.CANCELLED, _P.REFUNDED})
UNENDED = frozenset(set(_P) - ENDED)
# Their fee is ours. That of a completed payment which is disputed waits for the decision.
EARNING = (_P.COMPLETED, _P.REFUNDED)
PAYMENT_ARROWS = frozenset(
    {
        (_P.PENDING, _P.PROCESSING),
        (_P.PROCESSING, _P.PENDING),
        (_P.PENDING, _P.CONFIRMED),
        (_P.PROCESSING, _P.CONFIRMED),
        (_P.CONFIRMED, _P.COMPLETED),
        (_P.PENDING, _P.FAILED),
        (_P.PROCESSING, _P.FAILED),
        (_P.PENDING, _P.CANCELLED),
        (_P.PROCESSING, _P.CANCELLED),
        (_P.PENDING, _P.DISPUTED),
        (_P.PROCESSING, _P.DISPUTED),
        (_P.CONFIRMED, _P.DISPUTED),
        (_P.COMPLETED, _P.DISPUTED),
        (_P.FAILED, _P.DISPUTED),
        (_P.CANCELLED, _P.DISPUTED),
        (_P.CONFIRMED, _P.REFUNDED),
        (_P.COMPLETED, _P.REFUNDED),
        (_P.DISPUTED, _P.CONFIRMED),
        (_P.DISPUTED, _P.COMPLETED),
        (_P.DISPUTED, _P.FAILED),
        (_P.DISPUTED, _P.CANCELLED),
        (_P.DISPUTED, _P.REFUNDED),
        (_P.DISPUTED, _P.PENDING),
        (_P.FAILED, _P.CONFIRMED),
    }
)


class RefundStatus(models.TextChoices):
    """How far a refund is."""

    INITIATED = "initiated", "asked for"
    PROCESSING = "processing", "signed; the chain decides"
    COMPLETED = "completed", "paid back"
    FAILED = "failed", "nothing was paid back"


REFUND_ARROWS = frozenset(
    {
        (RefundStatus.INITIATED, RefundStatus.PROCESSING),
        (RefundStatus.PROCESSING, RefundStatus.INITIATED),
        (RefundStatus.INITIATED, RefundStatus.COMPLETED),
        (RefundStatus.PROCESSING, RefundStatus.COMPLETED),
        (RefundStatus.INITIATED, RefundStatus.FAILED),
        (RefundStatus.PROCESSING, RefundStatus.FAILED),
    }
)


class CheckStatus(models.TextChoices):
    """How far a reconciliation is."""

    PENDING = "pending", "waits"
    PROCESSING = "processing", "under way"
    COMPLETED = "completed", "everything agrees"
    FAILED = "failed", "it could not be done"
    DISPUTED = "disputed", "something differs"


class SettlementStatus(models.TextChoices):
    """How far a settlement is."""

    INITIATED = "initiated", "asked for"
    PROCESSING = "processing", "signed; the chain decides"
    COMPLETED = "completed", "paid"
    FAILED = "failed", "nothing was paid; its fees are settled again"


SETTLEMENT_ARROWS = frozenset(
    {
        (SettlementStatus.INITIATED, SettlementStatus.PROCESSING),
        (SettlementStatus.PROCESSING, SettlementStatus.INITIATED),
        (SettlementStatus.INITIATED, SettlementStatus.COMPLETED),
        (SettlementStatus.PROCESSING, SettlementStatus.COMPLETED),
        (SettlementStatus.INITIATED, SettlementStatus.FAILED),
        (SettlementStatus.PROCESSING, SettlementStatus.FAILED),
    }
)


class ReportStatus(models.TextChoices):
    """How far a report is."""

    PENDING = "pending", "its file is being written"
    READY = "ready", "ready"
    FAILED = "failed", "its file could not be written"


class SweepStatus(models.TextChoices):
    """How far the sweeping of a deposit address is."""

    WANTED = "wanted", "waits for energy or TRX at the address"
    SIGNED = "signed", "signed; the chain decides"
    SWEPT = "swept", "done"
    FAILED = "failed", "nothing was moved"


SWEEP_ARROWS = frozenset(
    {
        (SweepStatus.WANTED, SweepStatus.SIGNED),
        (SweepStatus.WANTED, SweepStatus.FAILED),
        (SweepStatus.SIGNED, SweepStatus.SWEPT),
        (SweepStatus.SIGNED, SweepStatus.FAILED),
    }
)
