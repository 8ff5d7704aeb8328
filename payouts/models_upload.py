"""Payout files that people upload: kept here until they are a batch, as any web host may ask."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.ids import new_id
from payouts.files.snapshot import FORMATS
from payouts.models import BatchType, Priority, RouterType
from payouts.models_batch import Batch


@audited(
    exclude=["content", "faults", "report", "left_out", "rows_done", "busy_until", "checked_at",
             "trouble", "done_at"]
)  # fmt: skip
class BatchUpload(models.Model):
    """A payout file on its way to become one batch, and never two."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    batch = models.OneToOneField(
        Batch, on_delete=models.PROTECT, null=True, related_name="upload",
        help_text="What it became when it was submitted.",
    )  # fmt: skip
    name = models.CharField(max_length=100, help_text="What it pays for.")
    filename = models.CharField(max_length=200)
    format = models.CharField(max_length=4, choices=[(one, one) for one in FORMATS])
    content = models.BinaryField(null=True, help_text="Nothing, once it was forgotten.")
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the content, in hex.")
    router_type = models.CharField(
        max_length=24, choices=RouterType, blank=True, help_text="Empty: chosen for each payout."
    )
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    batch_type = models.CharField(max_length=10, choices=BatchType, default=BatchType.HOURLY)
    columns = models.JSONField(default=dict, help_text="Where each of our columns stands, from 0.")
    has_header = models.BooleanField(default=True)
    round = models.PositiveIntegerField(
        default=0, help_text="How often it was given to be checked; an older check counts no more."
    )
    checked_at = models.DateTimeField(null=True)
    report = models.JSONField(null=True, help_text="What the check found.")
    faults = models.BinaryField(null=True, help_text="All that is wrong with its rows, as CSV.")
    left_out = ArrayField(
        models.PositiveIntegerField(), default=list, help_text="Numbers of the rows not paid."
    )
    rows_done = models.PositiveIntegerField(default=0, help_text="How far the worker is.")
    busy_until = models.DateTimeField(
        null=True, help_text="A worker is at it; if it dies, another may go on then."
    )
    trouble = models.CharField(
        max_length=300, blank=True, help_text="Why its rows are not all stored yet."
    )
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(
        null=True, help_text="When its last row was in, or its batch was cancelled before."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(batch=None, submitted_at=None, done_at=None)
                | Q(batch__isnull=False, submitted_at__isnull=False, checked_at__isnull=False),
                name="upload_checked_before_submitted",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], condition=Q(batch=None), name="upload_of_owner"),
            models.Index(fields=["sha256", "id"], name="upload_by_content"),
            models.Index(fields=["id"], condition=Q(done_at=None), name="upload_not_done"),
            models.Index(
                fields=["created_at"], condition=Q(content__isnull=False), name="upload_kept"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="upload_frozen",
                operation=pgtrigger.UpdateOf(
                    "batch_id", "owner_id", "sha256", "format", "columns", "has_header", "name",
                    "left_out", "router_type", "priority", "batch_type", "round", "report",
                ),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__batch__isnull=False),
                func="RAISE EXCEPTION 'what was submitted cannot be changed';",
            ),
            pgtrigger.Protect(
                name="upload_submitted_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__batch__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.filename} ({self.id.hex})"

    @property
    def is_mapped(self) -> bool:
        """Whether somebody has said which column is what."""
        return bool(self.columns)
