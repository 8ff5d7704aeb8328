"""How much was asked for in a day, and how often in a minute.

The reserving statement is ``gateway/policy/limits.py``; the constraints here decide.
"""

from django.db import models
from django.db.models import F, Q


class WindowKind(models.TextChoices):
    """What is counted."""

    DAY = "day", "USDT asked for in a day, in base units"
    MINUTE = "minute", "payments asked for in a minute"
    PAYER = "payer", "payments from one payer in a minute"


class GatewayWindow(models.Model):
    """What one day or minute (UTC) has seen. Written by ``gateway/policy/limits.py`` alone."""

    kind = models.CharField(max_length=6, choices=WindowKind)
    subject = models.CharField(max_length=34, blank=True, help_text="The payer; empty: everybody.")
    starts_at = models.DateTimeField()
    used = models.BigIntegerField()
    most = models.BigIntegerField(
        null=True, help_text="The limit when something was last counted; empty: none."
    )

    class Meta:
        constraints = [
            # Time first: old ones are found by it when they are cleared away.
            models.UniqueConstraint(
                fields=["starts_at", "kind", "subject"], name="gateway_window_once"
            ),
            models.CheckConstraint(
                condition=Q(most=None) | Q(used__lte=F("most")), name="gateway_window_not_exceeded"
            ),
            models.CheckConstraint(condition=Q(used__gte=0), name="gateway_window_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.starts_at:%Y-%m-%d %H:%M}"
