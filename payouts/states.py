"""The states of a payout and the only arrows between them.

::

    pending ──────► processing ──────► confirmed
      │ │ ▲             │ └──────────► failed
      │ │ └── proven dead or undone: nothing was paid, another try
      │ └────► failed      (nothing was signed, or the last attempt was undone)
      └──────► cancelled
"""

from django.db import models


class Status(models.TextChoices):
    """Where a payout is."""

    PENDING = "pending", "pending"
    PROCESSING = "processing", "processing"
    CONFIRMED = "confirmed", "confirmed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


FINAL = frozenset({Status.CONFIRMED, Status.FAILED, Status.CANCELLED})
# The database has the same list in a trigger made from this one.
ARROWS = frozenset(
    {
        (Status.PENDING, Status.PROCESSING),
        (Status.PENDING, Status.CANCELLED),
        (Status.PENDING, Status.FAILED),
        (Status.PROCESSING, Status.CONFIRMED),
        (Status.PROCESSING, Status.FAILED),
        (Status.PROCESSING, Status.PENDING),
    }
)
