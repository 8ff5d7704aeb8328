"""A payment, what came in for it, and its story."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from access.models import ApiKey
from gateway.kinds import COLLECTED, DEPOSITED, Method, Priority, Ruling
from gateway.models_batch import PaymentBatch
from gateway.models_fees import FeeSchedule, Rate
from gateway.states import EARNING, ENDED, UNENDED, PaymentStatus
from gateway.triggers import PAYMENT_TRIGGERS
from lucidpay.ids import new_id, public_id
from lucidpay.money import UNITS_MAX
from wallets.kinds import Asset
from wallets.models import Wallet
from wallets.models_deposit import DepositAddress

__all__ = ["Incoming", "Payment", "PaymentBatch", "PaymentEvent"]

ADDRESS = r"^T[1-9A-HJ-NP-Za-km-z]{33}$"


class Payment(models.Model):
    """One payment from one payer to one payee. Its status moves only through ``story.advance``.

    What the payer owes is ``pay_units`` of ``pay_currency``. Of what came in (``received_units``),
    ``accepted_units`` are the payee's, fee included, and ``refunding_units`` are on their way back
    or back: together never more than came in, which the database keeps.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, db_index=False)
    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, null=True, db_index=False)
    batch_row = models.PositiveIntegerField(null=True, help_text="Its place in the batch, from 0.")
    method = models.CharField(max_length=16, choices=Method, default=Method.GATEWAY)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.PENDING)
    payer_address = models.CharField(max_length=34)
    payee_address = models.CharField(max_length=34)
    amount_micro = models.BigIntegerField()
    fee_micro = models.BigIntegerField()
    net_micro = models.BigIntegerField(help_text="What the payee gets, as quoted.")
    fee_schedule = models.ForeignKey(
        FeeSchedule, on_delete=models.PROTECT, db_index=False, help_text="As it was quoted by."
    )
    # NULL and not "": the unique constraint must not see two absent references as equal.
    reference_id = models.CharField(max_length=100, null=True)  # noqa: DJ001
    description = models.CharField(max_length=500, blank=True)
    deposit = models.OneToOneField(DepositAddress, on_delete=models.PROTECT, null=True)
    payer_wallet = models.ForeignKey(
        Wallet,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        help_text="Of ours, which pays a payment by route.",
    )
    pay_currency = models.CharField(max_length=4, choices=Asset, default=Asset.USDT)
    pay_units = models.BigIntegerField(help_text="What the payer has to pay, in base units.")
    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, null=True, db_index=False)
    expires_at = models.DateTimeField(null=True, help_text="Until when it can be paid.")
    from_block = models.BigIntegerField(
        default=0, help_text="The newest block when it was asked for: earlier money is not its."
    )
    seen_txid = models.CharField(max_length=64, blank=True, help_text="In a block not yet solid.")
    seen_block = models.BigIntegerField(null=True)
    paid_txid = models.CharField(max_length=64, blank=True, help_text="In a solid block.")
    received_units = models.BigIntegerField(default=0)
    accepted_units = models.BigIntegerField(default=0)
    refunding_units = models.BigIntegerField(default=0)
    leg_micro = models.BigIntegerField(
        default=0, help_text="What the payee is to be paid, from when the money is solid."
    )
    refunded_micro = models.BigIntegerField(
        default=0, help_text="Of the amount, what was asked to be refunded and did not fail."
    )
    needs_review = models.CharField(
        max_length=200, blank=True, help_text="Why people must agree before the payee is paid."
    )
    settlement = models.ForeignKey(
        "gateway.Settlement", on_delete=models.PROTECT, null=True, db_index=False
    )
    error_code = models.CharField(max_length=20, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    body_hash = models.CharField(max_length=64, editable=False)
    request_id = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(
        null=True,
        help_text="When it was last compared with the books and the chain; none since it changed.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0, amount_micro__lte=UNITS_MAX)
                & Q(fee_micro__gte=0, net_micro__gt=0)
                & Q(net_micro__lte=F("amount_micro")),
                name="payment_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(payer_address__regex=ADDRESS, payee_address__regex=ADDRESS)
                & ~Q(payer_address=F("payee_address")),
                name="payment_addresses",
            ),
            models.CheckConstraint(
                condition=Q(received_units__gte=0, accepted_units__gte=0, refunding_units__gte=0)
                & Q(received_units__gte=F("accepted_units") + F("refunding_units")),
                name="payment_gives_no_more_than_came",
            ),
            models.CheckConstraint(
                condition=Q(leg_micro__gte=0, leg_micro__lte=F("net_micro")),
                name="payment_leg_in_range",
            ),
            models.CheckConstraint(
                condition=Q(refunded_micro__gte=0, refunded_micro__lte=F("amount_micro")),
                name="payment_refunded_no_more_than_paid",
            ),
            models.CheckConstraint(
                condition=Q(method__in=DEPOSITED, deposit__isnull=False)
                | (~Q(method__in=DEPOSITED) & Q(deposit=None)),
                name="payment_deposited_has_address",
            ),
            models.CheckConstraint(
                condition=Q(method=Method.SWAP, rate__isnull=False, pay_currency=Asset.TRX)
                | (~Q(method=Method.SWAP) & Q(rate=None, pay_currency=Asset.USDT)),
                name="payment_swap_has_rate",
            ),
            models.UniqueConstraint(
                fields=["reference_id", "owner"], name="payment_reference_once_per_owner"
            ),
            models.UniqueConstraint(
                fields=["batch", "batch_row"],
                condition=Q(batch__isnull=False),
                name="payment_row_once_in_batch",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="payment_by_owner"),
            models.Index(fields=["status", "id"], name="payment_by_status"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=(PaymentStatus.PENDING, PaymentStatus.PROCESSING)),
                name="payment_to_expire",
            ),
            models.Index(
                fields=["priority", "id"],
                condition=Q(status=PaymentStatus.CONFIRMED),
                name="payment_to_pay",
            ),
            models.Index(
                fields=["payer_address", "payee_address", "amount_micro", "id"],
                condition=Q(
                    method=Method.DIRECT,
                    status__in=(PaymentStatus.PENDING, PaymentStatus.PROCESSING),
                ),
                name="payment_direct_open",
            ),
            # What was earned is added up from this index alone.
            models.Index(
                fields=["completed_at"],
                include=["fee_micro"],
                condition=Q(
                    status__in=EARNING,
                    completed_at__isnull=False,
                    settlement=None,
                    method__in=COLLECTED,
                ),
                name="payment_to_settle",
            ),
            # Open ones, and those that were not compared since they changed; the oldest first.
            models.Index(
                F("reconciled_at").asc(nulls_first=True),
                "id",
                condition=Q(status__in=sorted(UNENDED)) | Q(reconciled_at=None),
                name="payment_to_reconcile",
            ),
            models.Index(fields=["payer_address", "created_at"], name="payment_by_payer"),
            models.Index(
                fields=["settlement"],
                condition=Q(settlement__isnull=False),
                name="payment_by_settlement",
            ),
        ]
        triggers = PAYMENT_TRIGGERS

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``pay_…``."""
        return public_id("pay", self.pk)

    @property
    def has_ended(self) -> bool:
        """Return whether nothing more is expected of it."""
        return self.status in ENDED


class Incoming(models.Model):
    """Money that came in for a payment in a solid block: named by its transaction and log, once."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="incoming")
    txid = models.CharField(max_length=64)
    log_index = models.IntegerField()
    asset = models.CharField(max_length=4, choices=Asset)
    units = models.BigIntegerField()
    sender = models.CharField(max_length=34)
    block_number = models.BigIntegerField()
    block_time_ms = models.BigIntegerField()
    ruling = models.CharField(max_length=8, choices=Ruling)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "incoming"
        constraints = [
            models.UniqueConstraint(fields=["txid", "log_index"], name="incoming_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="incoming_is_something"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(ruling=Ruling.LATE), name="incoming_late"),
        ]
        triggers = [
            pgtrigger.Protect(name="incoming_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="incoming_frozen",
                operation=pgtrigger.UpdateOf(
                    "payment_id", "txid", "log_index", "asset", "units", "sender", "block_number"
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what came in cannot be changed';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.txid}/{self.log_index}"


class PaymentEvent(models.Model):
    """One step in the story of a payment. Append-only."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="events")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    by = models.CharField(max_length=100, help_text="A user, or the part of LucidPay that acted.")
    note = models.CharField(max_length=300, blank=True)
    details = models.JSONField(null=True)
    request_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["payment", "id"], name="payment_event_story")]
        triggers = [
            pgtrigger.Protect(
                name="payment_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


# Models of their own modules, here so that Django finds them.
from gateway import (  # noqa: E402
    models_after,  # noqa: F401
    models_back,  # noqa: F401
    models_glance,  # noqa: F401
    models_limits,  # noqa: F401
    models_report,  # noqa: F401
    models_sums,  # noqa: F401
    models_sweep,  # noqa: F401
)
