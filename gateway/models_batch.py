"""Payments that were asked for together."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from lucidpay.ids import new_id, public_id


class PaymentBatch(models.Model):
    """Payments that were asked for in one call."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    reference = models.CharField(max_length=100, blank=True)
    total = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField(help_text="How many of them became payments.")
    completed_at = models.DateTimeField(
        null=True, help_text="When its end was announced: a mark against a second time."
    )
    request_id = models.CharField(max_length=128)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "payment batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gt=0, accepted__lte=F("total")), name="payment_batch_counts"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(completed_at=None), name="payment_batch_to_complete"
            ),
            models.Index(fields=["owner", "id"], name="payment_batch_by_owner"),
        ]
        triggers = [
            pgtrigger.Protect(name="payment_batch_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Return ``batch_…``."""
        return public_id("batch", self.pk)
