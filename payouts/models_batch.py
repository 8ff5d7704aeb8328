"""Batches of payouts, and when each kind of batch is released."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from access.audit import audited
from lucidpay.ids import new_id, public_id
from payouts.models import BatchType, Priority, RouterType


class Batch(models.Model):
    """Payouts that were asked for together. Where it stands is derived from them, never stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    name = models.CharField(
        max_length=100, blank=True, db_default="", help_text="What people call it."
    )
    router_type = models.CharField(
        max_length=24, choices=RouterType, blank=True, help_text="Empty: chosen for each payout."
    )
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    batch_type = models.CharField(max_length=10, choices=BatchType, default=BatchType.HOURLY)
    total_payouts = models.PositiveIntegerField()
    total_amount_micro = models.BigIntegerField()
    rows_stored = models.PositiveIntegerField(help_text="How many of its payouts are in.")
    due_at = models.DateTimeField(help_text="When it is released.")
    filled_at = models.DateTimeField(
        null=True, help_text="When its last payout was in; none is signed before."
    )
    paused_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True, help_text="When somebody released it by hand.")
    cancelled_at = models.DateTimeField(
        null=True, help_text="When somebody cancelled what was left of it."
    )
    completed_at = models.DateTimeField(
        null=True, help_text="When its end was announced: a mark against a second time."
    )
    # NULL and not "": the unique constraint must not see two batches without a file as equal.
    file_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001
    body_hash = models.CharField(max_length=64, editable=False)
    request_id = models.CharField(max_length=128)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(total_payouts__gt=0, total_amount_micro__gt=0),
                name="batch_pays_somebody",
            ),
            models.CheckConstraint(
                condition=Q(rows_stored__lte=F("total_payouts")), name="batch_no_row_too_many"
            ),
            models.CheckConstraint(
                condition=Q(filled_at=None) | Q(rows_stored=F("total_payouts")),
                name="batch_filled_when_all_rows_are_in",
            ),
            models.UniqueConstraint(fields=["owner", "file_key"], name="batch_file_once_per_owner"),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="batch_by_owner"),
            models.Index(fields=["id"], condition=Q(completed_at=None), name="batch_not_completed"),
        ]
        triggers = [
            pgtrigger.Protect(name="batch_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="batch_order_frozen",
                operation=pgtrigger.UpdateOf(
                    "owner_id", "total_payouts", "total_amount_micro", "file_key", "body_hash"
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what a batch pays in all cannot be changed';",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``batch_…``."""
        return public_id("batch", self.pk)


class BatchEvent(models.Model):
    """What was done to a batch as a whole, and by whom. Append-only.

    What became of its payouts stands in their own stories.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "asked for"
        FILLED = "filled", "all payouts are in"
        PAUSED = "paused", "paused"
        RESUMED = "resumed", "resumed"
        RELEASED = "released", "released by hand"
        CANCELLED = "cancelled", "what was left is cancelled"
        COMPLETED = "completed", "all payouts have ended"
        APPROVED = "approved", "what waited was approved"
        REJECTED = "rejected", "what waited was rejected"
        RETRIED = "retried", "what failed was asked for again"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.CharField(max_length=100, help_text="A user, or the part of LucidPay that acted.")
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["batch", "id"], name="batch_event_story")]
        triggers = [
            pgtrigger.Protect(
                name="batch_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.kind}"


@audited()
class ReleaseSchedule(models.Model):
    """The schedule by which payouts of this kind are given their release time.

    A copy of what operators edit (django-celery-beat's rows), taken over together with the
    release times of all that wait: whoever is asking for a payout holds the row, so that none
    can be given a time of the old schedule afterwards.
    """

    batch_type = models.CharField(max_length=10, choices=BatchType, primary_key=True)
    crontab = models.CharField(max_length=400, help_text="minute hour day month weekday")
    timezone = models.CharField(max_length=63, default="UTC")
    enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.batch_type}: {self.crontab} ({self.timezone})"
