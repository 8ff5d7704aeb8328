"""What pays the payee, what goes back to payers, and what people decide."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from gateway.kinds import DisputeCause, DisputeOutcome, RefundCause, RefundReason, RefundSource
from gateway.models import Incoming, Payment
from gateway.states import REFUND_ARROWS, RefundStatus
from lucidpay.arrows import arrows
from lucidpay.ids import new_id, public_id
from payouts.models import Payout
from wallets.kinds import Asset
from wallets.models_operation import Operation


class Leg(models.Model):
    """The payout that pays a payee. A payment has one at a time; the next only after a failure."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="legs")
    payout = models.OneToOneField(Payout, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When its end was acted upon.")
    failed = models.BooleanField(default=False, help_text="It has ended, and nothing was paid.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(failed=False), name="leg_one_per_payment"
            ),
            models.CheckConstraint(
                condition=Q(failed=False) | Q(ended_at__isnull=False), name="leg_failed_has_ended"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(ended_at=None), name="leg_to_settle")]
        triggers = [
            pgtrigger.Protect(name="leg_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="leg_ends_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("OLD.ended_at IS NOT NULL"),
                func="RAISE EXCEPTION 'this leg has ended';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} by {self.payout_id}"


class Refund(models.Model):
    """Money that goes back, once, by one payout (USDT) or one operation (TRX)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    incoming = models.ForeignKey(
        Incoming,
        on_delete=models.PROTECT,
        null=True,
        related_name="refunds",
        db_index=False,
        help_text="What came in and goes back whole, where it is one of these.",
    )
    cause = models.CharField(max_length=10, choices=RefundCause)
    reason = models.CharField(max_length=20, choices=RefundReason, blank=True)
    source = models.CharField(max_length=8, choices=RefundSource, default=RefundSource.DEPOSIT)
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.INITIATED)
    asset = models.CharField(max_length=4, choices=Asset)
    recipient = models.CharField(max_length=34)
    units = models.BigIntegerField(help_text="What is taken for it, in base units.")
    cost_units = models.BigIntegerField(
        default=0, help_text="Of that, what is kept for the network's cost."
    )
    repeats = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="repeated_by",
        help_text="The refund that failed and was asked for again by this one.",
    )  # fmt: skip
    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, null=True)
    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, null=True)
    by = models.CharField(max_length=100)
    request_id = models.CharField(max_length=128, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gt=0, cost_units__gte=0, cost_units__lte=F("units")),
                name="refund_units_in_range",
            ),
            models.CheckConstraint(
                condition=Q(payout=None) | Q(operation=None), name="refund_paid_one_way"
            ),
            models.UniqueConstraint(
                fields=["incoming"],
                condition=Q(incoming__isnull=False) & ~Q(status=RefundStatus.FAILED),
                name="refund_once_per_incoming",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(status__in=(RefundStatus.INITIATED, RefundStatus.PROCESSING)),
                name="refund_open",
            )
        ]
        triggers = [
            arrows("refund_arrows", "status", REFUND_ARROWS),
            # Its payment is locked by whoever changes it.
            pgtrigger.Trigger(
                name="refund_compared_anew",
                operation=pgtrigger.UpdateOf("status"),
                when=pgtrigger.After,
                func="""
                    UPDATE gateway_payment SET reconciled_at = NULL WHERE id = NEW.payment_id;
                    RETURN NULL;""",
            ),
            pgtrigger.Protect(name="refund_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="refund_order_frozen",
                operation=pgtrigger.UpdateOf(
                    "payment_id", "incoming_id", "repeats_id", "source", "asset", "recipient",
                    "units", "cost_units",
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what is refunded cannot be changed';",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``refund_…``."""
        return public_id("refund", self.pk)

    @property
    def paid_units(self) -> int:
        """Return what the recipient gets."""
        return self.units - self.cost_units


class Dispute(models.Model):
    """A question about a payment that a person decides; one is open at a time."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    incoming = models.ForeignKey(Incoming, on_delete=models.PROTECT, null=True)
    cause = models.CharField(max_length=12, choices=DisputeCause)
    from_status = models.CharField(max_length=10)
    opened_by = models.CharField(max_length=100)
    text = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.CharField(max_length=100, blank=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, choices=DisputeOutcome, blank=True)
    closed_by = models.CharField(max_length=100, blank=True)
    closed_note = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(closed_at=None), name="dispute_one_open"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="")
                | Q(closed_at__isnull=False) & ~Q(outcome=""),
                name="dispute_closed_has_outcome",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="dispute_kept_for_good", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{public_id('pay', self.payment_id)}: {self.get_cause_display()}"
