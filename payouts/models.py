"""A payout, its story, and which wallet each router pays from."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Right

from access.audit import audited
from access.models import ApiKey
from lucidpay.api.json import EXACT_JSON
from lucidpay.ids import new_id, public_id
from lucidpay.money import UNITS_MAX
from payouts.kinds import BatchType as BatchType
from payouts.kinds import Origin as Origin
from payouts.kinds import Priority as Priority
from payouts.kinds import Review as Review
from payouts.kinds import RouterType as RouterType
from payouts.states import Status
from payouts.tallies.models import Tally, TallyDelta  # noqa: F401  (models of this app)
from payouts.tallies.triggers import TRIGGERS as TALLY_TRIGGERS
from payouts.triggers import PAYOUT_TRIGGERS
from tron.models import ChainTransaction
from wallets.models import Wallet


@audited()
class Router(models.Model):
    """Which wallet pays for a router."""

    type = models.CharField(max_length=24, choices=RouterType, primary_key=True)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, null=True, blank=True)

    def __str__(self) -> str:
        return self.get_type_display()


class Payout(models.Model):
    """One payment to one address. Its status moves only through ``story.advance``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Its index is payout_by_owner, as that of ``transaction`` is payout_by_transaction.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    api_key = models.ForeignKey(
        ApiKey,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,  # keys are never deleted, so nobody looks for payouts by key
        help_text="The key it was asked for with.",
    )
    key_origin_id = models.UUIDField(
        null=True, editable=False, help_text="The first key of its line: limits hold for the line."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    recipient_address = models.CharField(max_length=34)
    amount_micro = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    memo = models.CharField(
        max_length=200, blank=True, help_text="Written into the transaction, for all to read."
    )
    # NULL and not "": the unique constraint must not see two absent references as equal.
    reference_id = models.CharField(max_length=100, null=True)  # noqa: DJ001
    metadata = models.JSONField(null=True, **EXACT_JSON)
    custom_data = models.JSONField(null=True, **EXACT_JSON)
    router_type = models.CharField(max_length=24, choices=RouterType)
    origin = models.CharField(
        max_length=8, choices=Origin, default=Origin.REQUEST, db_default=Origin.REQUEST.value
    )
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    batch_type = models.CharField(max_length=10, choices=BatchType, default=BatchType.IMMEDIATE)
    batch = models.ForeignKey("Batch", on_delete=models.PROTECT, null=True, db_index=False)
    batch_row = models.PositiveIntegerField(null=True, help_text="Its place in the batch, from 0.")
    session_id = models.CharField(max_length=50, blank=True)
    node_id = models.CharField(max_length=50, blank=True)
    # Its index is payout_retries: few payouts are retries, and the others need no place in it.
    retry_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    # Wallets are never deleted, and nobody looks for all payouts of one in all statuses.
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, db_index=False)
    # With its other columns these name the windows it was reserved in (policy/limits.py), for good:
    # limits that are changed later cannot make it be given back elsewhere.
    limit_kinds = ArrayField(
        models.CharField(max_length=10),
        default=list,
        help_text="Whose limits it counts against, in the hour and day it was asked for.",
    )
    review = models.CharField(max_length=12, choices=Review, default=Review.NOT_REQUIRED)
    review_round = models.PositiveSmallIntegerField(
        default=0,
        help_text="How often approvals began anew; earlier ones are void.",
    )
    screened_at = models.DateTimeField(
        null=True, help_text="When the chain was asked about the recipient."
    )
    screened_energy = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="What the transfer would have used then, to a recipient who was not blacklisted; "
        "0 when that was not asked, or was no good.",
    )
    due_at = models.DateTimeField(help_text="When it is released.")
    sign_after = models.DateTimeField(help_text="When the signer looks at it (again).")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Transactions signed so far.")
    tries_max = models.PositiveSmallIntegerField(
        null=True, help_text="How many there may be; none means PAYOUT_TRIES_MAX."
    )
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="Transactions that the chain took and undid."
    )
    transaction = models.ForeignKey(
        ChainTransaction,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        help_text="The newest one.",
    )
    wait_reason = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=20, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    body_hash = models.CharField(max_length=64, editable=False)
    request_id = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0, amount_micro__lte=UNITS_MAX),
                name="payout_amount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(recipient_address__regex=r"^T[1-9A-HJ-NP-Za-km-z]{33}$"),
                name="payout_recipient_shape",
            ),
            models.UniqueConstraint(
                # In this order it also finds a reference when nobody says whose.
                fields=["reference_id", "owner"],
                name="payout_reference_once_per_owner",
            ),
            models.UniqueConstraint(
                fields=["retry_of"],
                # A retry that was paid counts for good: nobody is paid by a second one beside it.
                condition=Q(
                    retry_of__isnull=False,
                    status__in=(Status.PENDING, Status.PROCESSING, Status.CONFIRMED),
                ),
                name="payout_one_open_retry",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(Status.PROCESSING, Status.CONFIRMED))
                | Q(transaction__isnull=False),
                name="payout_under_way_has_transaction",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(Status.PROCESSING, Status.CONFIRMED))
                | Q(review__in=(Review.NOT_REQUIRED, Review.APPROVED)),
                name="payout_under_way_was_agreed_to",
            ),
            models.UniqueConstraint(
                fields=["batch", "batch_row"],
                condition=Q(batch__isnull=False),
                name="payout_row_once_in_batch",
            ),
            # Whatever asks, and however often: a wallet is filled by one payout at a time.
            models.UniqueConstraint(
                fields=["recipient_address"],
                condition=Q(origin=Origin.TOP_UP, status__in=(Status.PENDING, Status.PROCESSING)),
                name="payout_one_open_top_up",
            ),
            models.CheckConstraint(
                condition=Q(batch=None, batch_row=None)
                | Q(batch__isnull=False, batch_row__isnull=False),
                name="payout_of_a_batch_has_its_row",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet", "priority", "id"],
                include=["due_at", "sign_after", "amount_micro"],
                condition=Q(status=Status.PENDING),
                name="payout_to_sign",
            ),
            # Lists go newest first, and no filter may walk over rows that it does not show: for
            # any owner, router and status there is an index that has just these, in order, with
            # the time that filters by date compare. Where one of the three is not given,
            # payouts/lists.py asks for each of its values.
            models.Index(fields=["owner", "id"], include=["created_at"], name="payout_by_owner"),
            models.Index(fields=["status", "id"], include=["created_at"], name="payout_by_status"),
            models.Index(
                fields=["owner", "created_at"], include=["amount_micro"], name="payout_asked_by"
            ),
            models.Index(
                fields=["recipient_address", "amount_micro", "created_at"],
                name="payout_paid_before",
            ),
            # The whole address as well: one that was paid a thousand times is passed in one step.
            models.Index(
                Left("recipient_address", 4),
                Right("recipient_address", 4),
                "recipient_address",
                condition=Q(status__in=(Status.PROCESSING, Status.CONFIRMED)),
                name="payout_paid_alike",
            ),
            models.Index(
                fields=["wallet", "sign_after", "id"],
                condition=Q(status=Status.PENDING, screened_at__isnull=True),
                name="payout_to_screen",
            ),
            models.Index(
                fields=["id"],
                condition=Q(status=Status.PENDING, review__in=(Review.REQUIRED, Review.APPROVED)),
                name="payout_in_review",
            ),
            models.Index(
                fields=["router_type", "status", "id"],
                include=["created_at"],
                name="payout_by_router",
            ),
            models.Index(
                fields=["owner", "router_type", "status", "id"],
                include=["created_at"],
                name="payout_by_owner_router",
            ),
            models.Index(fields=["recipient_address", "id"], name="payout_by_recipient"),
            models.Index(
                fields=["transaction"],
                condition=Q(transaction__isnull=False),
                name="payout_by_transaction",
            ),
            models.Index(
                fields=["retry_of"], condition=Q(retry_of__isnull=False), name="payout_retries"
            ),
            models.Index(
                fields=["batch", "id"], condition=Q(batch__isnull=False), name="payout_by_batch"
            ),
            # Where a batch stands is read from this index alone.
            models.Index(
                fields=["batch", "status"],
                include=["amount_micro", "updated_at"],
                condition=Q(batch__isnull=False),
                name="payout_batch_standing",
            ),
            # Filters of the admin. What nearly every payout has needs no index to be found.
            models.Index(
                fields=["priority", "id"],
                condition=~Q(priority=Priority.NORMAL),
                name="payout_by_priority",
            ),
            models.Index(
                fields=["batch_type", "id"],
                condition=~Q(batch_type=BatchType.IMMEDIATE),
                name="payout_by_batch_type",
            ),
            models.Index(
                fields=["review", "id"],
                condition=~Q(review=Review.NOT_REQUIRED),
                name="payout_by_review",
            ),
        ]
        triggers = [*PAYOUT_TRIGGERS, *TALLY_TRIGGERS]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``payout_…``."""
        return public_id("payout", self.pk)


class PayoutEvent(models.Model):
    """One step in the story of a payout. Append-only."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="events")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    by = models.CharField(max_length=100, help_text="A user, or the part of LucidPay that acted.")
    note = models.CharField(max_length=300, blank=True)
    details = models.JSONField(null=True)
    request_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["payout", "id"], name="payout_event_story")]
        triggers = [
            pgtrigger.Protect(
                name="payout_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


# Models of their own modules, here so that Django finds them: they build on the words above.
from payouts import (  # noqa: E402
    models_batch,  # noqa: F401
    models_limits,  # noqa: F401
    models_recipients,  # noqa: F401
    models_review,  # noqa: F401
    models_top_up,  # noqa: F401
    models_upload,  # noqa: F401
)
