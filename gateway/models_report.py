"""Reports: totals at once, the file in the background."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from gateway.states import ReportStatus
from lucidpay.ids import new_id, public_id


class Report(models.Model):
    """What was asked for, its totals, and its file when that is written.

    Who writes the file holds ``claim`` until ``claimed_until``, and tells that it still lives.
    After that anybody may take it over; what the first one writes all the same is refused.
    """

    class Format(models.TextChoices):
        """What its file is."""

        JSON = "json", "JSON"
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    sees_all = models.BooleanField(default=False, help_text="Everybody's payments are in it.")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField(help_text="Not in it any more.")
    status_filter = models.CharField(max_length=10, blank=True)
    include_failed = models.BooleanField(default=False)
    format = models.CharField(max_length=4, choices=Format, default=Format.JSON)
    status = models.CharField(max_length=7, choices=ReportStatus, default=ReportStatus.PENDING)
    totals = models.JSONField(help_text="Counts, and sums in micro-USDT.")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of its file.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun.")
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(
        null=True, help_text="Nobody else begins before; without a claim, nobody at all does."
    )
    error_message = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=128)
    generated_at = models.DateTimeField(help_text="Of when its totals are.")
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=ReportStatus.READY)
                | (Q(ready_at__isnull=False, size_bytes__isnull=False) & ~Q(sha256="")),
                name="report_ready_has_file",
            ),
            models.CheckConstraint(
                condition=Q(period_start__lt=models.F("period_end")), name="report_period"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(status=ReportStatus.PENDING), name="report_to_write"
            ),
            models.Index(fields=["owner", "id"], name="report_by_owner"),
        ]
        triggers = [pgtrigger.Protect(name="report_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``report_…``."""
        return public_id("report", self.pk)


class ReportPart(models.Model):
    """A piece of a report's file, so that neither writing nor reading needs all of it at once."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, db_index=False)
    number = models.PositiveIntegerField(help_text="From 0.")
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="report_part_once")
        ]
        triggers = [
            pgtrigger.Protect(
                name="report_part_frozen", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.number}"
