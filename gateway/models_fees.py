"""What payments cost, and what TRX is worth: each version kept, as payments were quoted by it."""

import pgtrigger
from django.db import models
from django.db.models import Q

from access.audit import audited


@audited()
class FeeSchedule(models.Model):
    """Fees by priority and volume, from a moment on. Never changed: a new one is added.

    Rates are parts per million of the amount. ``priorities`` maps a priority's name to its
    ``rate_ppm``, ``target_s`` and ``tries``; ``discounts`` lists ``above_micro`` and
    ``percent`` of the fee, smallest first.
    """

    version = models.PositiveIntegerField(unique=True)
    priorities = models.JSONField()
    discounts = models.JSONField()
    by = models.CharField(max_length=100)
    note = models.CharField(max_length=200, blank=True)
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        triggers = [
            pgtrigger.Protect(
                name="fee_schedule_kept", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"fees, version {self.version}"


@audited(inserted_when=pgtrigger.Q(new__source="manual"))
class Rate(models.Model):
    """What one TRX was worth, in micro-USDT, and who said so. Never changed."""

    class Source(models.TextChoices):
        """Where a rate comes from."""

        MANUAL = "manual", "a person"
        ONCHAIN = "onchain", "an exchange on chain"

    micro_per_trx = models.BigIntegerField()
    source = models.CharField(max_length=8, choices=Source)
    by = models.CharField(max_length=100)
    details = models.JSONField(null=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Nothing is quoted by it afterwards.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(micro_per_trx__gt=0), name="rate_is_something")
        ]
        indexes = [models.Index(fields=["source", "at"], name="rate_newest")]
        triggers = [
            pgtrigger.Protect(name="rate_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.micro_per_trx} micro-USDT a TRX"
