"""The kill switch as it is stored."""

import pgtrigger
from django.db import models
from django.db.models import Q

from access.audit import audited


class HaltCause(models.TextChoices):
    """Why nothing is signed and nothing is sent."""

    OPERATOR = "operator", "somebody pulled the kill switch"
    OUTFLOW = "outflow", "money left a wallet without an order"
    BOOKS = "books", "the ledger and the chain differ"
    NODE = "node", "a node lied, or two contradict each other"


@audited()
class Halt(models.Model):
    """A reason why nothing is signed and nothing is sent, until a person lifts it.

    The kill switch is on while any is open. What is open names one fact once.
    """

    cause = models.CharField(max_length=10, choices=HaltCause)
    subject = models.CharField(max_length=200, help_text="What it is about: a txid, a node, …")
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=100, help_text="A user, or the part of LucidPay that acted.")
    at = models.DateTimeField()
    lifted_by = models.CharField(max_length=100, blank=True)
    lifted_reason = models.CharField(max_length=500, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "subject"], condition=Q(lifted_at=None), name="halt_open_once"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="halt_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="halt_reason_frozen",
                operation=pgtrigger.UpdateOf("cause", "subject", "reason", "by", "at"),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'why all stood still cannot be changed';",
            ),
            pgtrigger.Protect(
                name="halt_lifted_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__lifted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.subject}".strip()
