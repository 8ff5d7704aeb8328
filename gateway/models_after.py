"""What follows payments: the check against the chain, and the settlement of fees."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q, Value

from gateway.models import Payment
from gateway.states import SETTLEMENT_ARROWS, CheckStatus, SettlementStatus
from lucidpay.arrows import arrows
from lucidpay.ids import new_id, public_id
from payouts.models import Payout


class Reconciliation(models.Model):
    """One comparison of a payment with what the chain and the books say."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="reconciliations")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who asked; nobody for what the schedule does.",
    )
    external_transaction_id = models.CharField(max_length=100, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=CheckStatus, default=CheckStatus.PENDING)
    verified = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    differences = models.JSONField(default=list)
    solid_block = models.BigIntegerField(null=True, help_text="Up to where the chain was read.")
    request_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["payment", "created_at"], name="reconciliation_of_payment"),
            models.Index(
                fields=["id"],
                condition=Q(status=CheckStatus.PENDING),
                name="reconciliation_to_do",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="gateway_reconciliation_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``recon_…``."""
        return public_id("recon", self.pk)


class Settlement(models.Model):
    """Collected fees on their way to the settlement wallet, by one payout."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    status = models.CharField(
        max_length=10, choices=SettlementStatus, default=SettlementStatus.INITIATED
    )
    amount_micro = models.BigIntegerField()
    payments = models.PositiveIntegerField(help_text="Whose fees these are.")
    covers_from = models.DateTimeField()
    covers_until = models.DateTimeField(help_text="Payments completed before it.")
    recipient = models.CharField(max_length=34)
    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, null=True)
    by = models.CharField(max_length=100)
    error_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0, payments__gt=0), name="settlement_is_something"
            ),
            # Whoever settles, and however often: one is under way at a time.
            models.UniqueConstraint(
                Value(1),
                condition=Q(status__in=(SettlementStatus.INITIATED, SettlementStatus.PROCESSING)),
                name="settlement_one_open",
            ),
        ]
        triggers = [
            arrows("settlement_arrows", "status", SETTLEMENT_ARROWS),
            pgtrigger.Protect(name="settlement_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="settlement_frozen",
                operation=pgtrigger.UpdateOf("amount_micro", "payments", "recipient", "payout_id"),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what is settled cannot be changed';",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``settlement_…``."""
        return public_id("settlement", self.pk)
