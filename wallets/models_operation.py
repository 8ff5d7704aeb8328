"""What wallets do beside paying USDT: staking, voting, allowances, TRX, permissions."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from lucidpay.arrows import arrows
from lucidpay.ids import new_id, public_id
from tron.models import ChainTransaction, TxKind

KINDS = [kind for kind in TxKind if kind != TxKind.TRANSFER]
STAKING = (
    TxKind.STAKE,
    TxKind.UNSTAKE,
    TxKind.CANCEL_UNSTAKE,
    TxKind.WITHDRAW,
    TxKind.DELEGATE,
    TxKind.UNDELEGATE,
    TxKind.VOTE,
    TxKind.CLAIM_REWARDS,
)


REASON_MAX = 500


class OperationStatus(models.TextChoices):
    """How far an operation is; what it waits for, its transaction says."""

    OPEN = "open", "under way"
    CONFIRMED = "confirmed", "done: it stands in a solid block"
    FAILED = "failed", "nothing was done"


class Operation(models.Model):
    """One thing a wallet is asked to do on chain, once, by one transaction."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in KINDS])
    status = models.CharField(max_length=10, choices=OperationStatus, default=OperationStatus.OPEN)
    recipient = models.CharField(max_length=34, blank=True)
    amount_micro = models.BigIntegerField(default=0, help_text="Of TRX, or of USDT to approve.")
    terms = models.JSONField(null=True, help_text="What else its kind needs: resource, votes, …")
    fee_limit_sun = models.BigIntegerField(default=0, help_text="For energy, as signed.")
    burn_max_sun = models.BigIntegerField(
        default=0, help_text="The most the network may take for it beside the amount."
    )
    transaction = models.ForeignKey(ChainTransaction, on_delete=models.PROTECT, null=True)
    once_key = models.CharField(
        max_length=100,
        null=True,  # noqa: DJ001 (unique)
        help_text="What the platform itself asks for once at a time.",
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    by = models.CharField(max_length=100, help_text="A user, or the part of LucidPay that asked.")
    request_id = models.CharField(max_length=128, blank=True)
    reason = models.CharField(
        max_length=REASON_MAX, blank=True, help_text="Why a person asked for it."
    )
    wait_reason = models.CharField(max_length=200, blank=True)
    doubted_at = models.DateTimeField(
        null=True, help_text="Since when it may be paid already and waits for a person."
    )
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(
        max_length=100,
        null=True,  # noqa: DJ001 (the version before leaves it out)
        help_text="Who said last that it is not paid yet.",
    )
    cleared_reason = models.CharField(max_length=REASON_MAX, null=True)  # noqa: DJ001 (the same)
    error_code = models.CharField(max_length=20, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micro__gte=0, fee_limit_sun__gte=0, burn_max_sun__gte=0),
                name="operation_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status=OperationStatus.OPEN, ended_at=None)
                | (~Q(status=OperationStatus.OPEN) & Q(ended_at__isnull=False)),
                name="operation_end_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=OperationStatus.CONFIRMED) | Q(transaction__isnull=False),
                name="operation_done_has_transaction",
            ),
            models.UniqueConstraint(
                fields=["once_key"],
                condition=Q(status=OperationStatus.OPEN, once_key__isnull=False),
                name="operation_one_open_per_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet", "id"],
                condition=Q(status=OperationStatus.OPEN, transaction=None),
                name="operation_to_sign",
            ),
            models.Index(fields=["wallet", "kind", "id"], name="operation_by_wallet"),
        ]
        triggers = [
            arrows(
                "operation_ends_once",
                "status",
                [
                    (OperationStatus.OPEN, OperationStatus.CONFIRMED),
                    (OperationStatus.OPEN, OperationStatus.FAILED),
                ],
            ),
            pgtrigger.Protect(name="operation_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="operation_order_frozen",
                operation=pgtrigger.UpdateOf(
                    "wallet_id", "kind", "recipient", "amount_micro", "terms", "fee_limit_sun"
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what was ordered cannot be changed';",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``stake_…`` for what staking does, ``operation_…`` for the rest."""
        return public_id("stake" if self.kind in STAKING else "operation", self.pk)

    @property
    def is_doubted(self) -> bool:
        """Whether it may be paid already, and no person has said since that it is not."""
        if self.doubted_at is None:
            return False
        return self.cleared_at is None or self.cleared_at <= self.doubted_at
