"""Reports: totals at once, the file in the background."""

import pgtrigger
from django.conf import settings
from django.db import models

from gateway.states import ReportStatus
from lucidpay.ids import new_id, public_id


class Report(models.Model):
    """What was asked for, its totals, and its file when that is written."""

    class Format(models.TextChoices):
        """What its file is."""

        JSON = "json", "JSON"
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    sees_all = models.BooleanField(default=False, help_text="Everybody's payments are in it.")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField(help_text="Not in it any more.")
    status_filter = models.CharField(max_length=10, blank=True)
    include_failed = models.BooleanField(default=False)
    format = models.CharField(max_length=4, choices=Format, default=Format.JSON)
    status = models.CharField(max_length=7, choices=ReportStatus, default=ReportStatus.PENDING)
    totals = models.JSONField()
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    file = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=128)
    generated_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(status=ReportStatus.PENDING),
                name="report_to_write",
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
