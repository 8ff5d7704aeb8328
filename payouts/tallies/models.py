"""Sums over payouts, and the changes that are not added to them yet.

A trigger writes what changed into ``TallyDelta`` in the statement that changes payouts
(``payouts/tallies/triggers.py``); ``tallies_fold`` adds it up. Sums and changes read together, in
one statement, are exact at every moment (``payouts/tallies/read.py``).
"""

from django.db import models


class Measure(models.TextChoices):
    """What is summed beside the statuses: how long payouts took, and what their attempts cost.

    The former in buckets (``LATENCY_MS``), the latter once an attempt of theirs has ended.
    """

    DISPATCH = "dispatch", "signed for the first time: since it was due"
    CONFIRMATION = "confirmation", "confirmed: since it was due"
    FEE = "fee", "what was burned, in sun"
    ENERGY = "energy", "the energy that was used"
    STAKED = "staked", "of it, what stake has paid for"


class Tallied(models.Model):
    """A sum over payouts that were asked for in one hour (UTC)."""

    # No foreign key: a trigger writes it on the way of every payout, whose own one has just
    # been checked.
    owner_id = models.BigIntegerField(null=True, help_text="None: everybody.")
    hour = models.DateTimeField(null=True, help_text="Its beginning. None: since ever.")
    router_type = models.CharField(max_length=24)
    measure = models.CharField(max_length=12, help_text="A status, or a ``Measure``.")
    bucket = models.PositiveSmallIntegerField(help_text="Of a ``Measure``; 0 of a status.")
    count = models.BigIntegerField()
    # Wider than bigint: ten thousand payouts of the largest amount would not fit into that.
    total = models.DecimalField(
        max_digits=40,
        decimal_places=0,
        help_text="Micro-USDT of a status; ms, sun or energy of a measure.",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.hour} {self.router_type} {self.measure}: {self.count}"


class Tally(Tallied):
    """A sum: of one owner or of everybody, of one hour or since ever."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "hour", "router_type", "measure", "bucket"],
                nulls_distinct=False,
                name="tally_once",
            )
        ]


class TallyDelta(Tallied):
    """What one statement changed, always of one owner and hour. Waits to be added up."""
