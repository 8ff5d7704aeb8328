"""How much may be promised in an hour and a day, what has been, and what operators have stopped.

The reserving statement is ``payouts/policy/limits.py``; the constraints here decide.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from access.audit import audited
from lucidpay.money import UNITS_MAX


class LimitKind(models.TextChoices):
    """Whose limit it is; the subject says which one."""

    ROUTER = "router", "router"
    LIFTED = "lifted", "router, for keys whose limits are lifted"
    API_KEY = "api_key", "API key"
    CALLER = "caller", "caller"
    RECIPIENT = "recipient", "recipient"
    TRUSTED = "trusted", "trusted recipient"
    TRANSFER = "transfer", "transfers from a wallet"


class Period(models.TextChoices):
    """Calendar hours and days, in UTC."""

    HOUR = "hour", "hourly"
    DAY = "day", "daily"


@audited()
class Limit(models.Model):
    """The most that may be promised in a calendar hour and day. Empty: no limit."""

    kind = models.CharField(max_length=10, choices=LimitKind)
    subject = models.CharField(
        max_length=64,
        blank=True,
        help_text="A router, an address, or the id of a key, user or wallet; what is set for a key "
        "holds for those that follow it by rotation. Empty: everyone of this kind who has no limit "
        "of their own.",
    )
    hourly_micro = models.BigIntegerField(null=True, blank=True)
    daily_micro = models.BigIntegerField(null=True, blank=True)
    lifts_router = models.BooleanField(
        default=False, help_text="This API key is free of the limits of routers and of transfers."
    )
    changed_by = models.CharField(max_length=100)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="limit_one_per_subject"),
            models.CheckConstraint(
                condition=(Q(hourly_micro=None) | Q(hourly_micro__range=(0, UNITS_MAX)))
                & (Q(daily_micro=None) | Q(daily_micro__range=(0, UNITS_MAX))),
                name="limit_in_range",
            ),
            # What is lifted has no limit: it is only counted.
            models.CheckConstraint(condition=~Q(kind=LimitKind.LIFTED), name="limit_kind_settable"),
            # A router's limits are lifted for one key at a time, never for all keys at once.
            models.CheckConstraint(
                condition=Q(lifts_router=False) | (Q(kind=LimitKind.API_KEY) & ~Q(subject="")),
                name="limit_lifted_for_one_key",
            ),
            models.CheckConstraint(
                condition=~Q(kind=LimitKind.ROUTER, subject=""), name="limit_router_named"
            ),
        ]
        triggers = [
            # Without its row a router would be unlimited, and nobody would have said so; and so
            # would be transfers.
            pgtrigger.Protect(
                name="limit_of_router_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__kind=LimitKind.ROUTER)
                | pgtrigger.Q(old__kind=LimitKind.TRANSFER),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject or 'in general'}"


class LimitWindow(models.Model):
    """What has been promised in one hour or day. Written by ``payouts/policy/limits.py`` alone."""

    kind = models.CharField(max_length=10, choices=LimitKind)
    subject = models.CharField(max_length=64)
    period = models.CharField(max_length=4, choices=Period)
    starts_at = models.DateTimeField()
    used_micro = models.BigIntegerField()
    limit_micro = models.BigIntegerField(
        null=True, help_text="The limit when something was last promised; empty: none."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "period", "starts_at"], name="limit_window_once"
            ),
            models.CheckConstraint(
                condition=Q(limit_micro=None) | Q(used_micro__lte=F("limit_micro")),
                name="limit_window_not_exceeded",
            ),
            models.CheckConstraint(
                condition=Q(used_micro__gte=0), name="limit_window_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.period} {self.starts_at:%Y-%m-%d %H:%M}"


@audited()
class BreakerTrip(models.Model):
    """An operator's word that nothing more may be asked for. Ends by a reset, and stays."""

    router_type = models.CharField(max_length=24, blank=True, help_text="Empty: all routers.")
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()
    reset_reason = models.CharField(max_length=200, blank=True)
    reset_by = models.CharField(max_length=100, blank=True)
    reset_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["router_type"],
                condition=Q(reset_at=None),
                name="breaker_trip_one_open_per_router",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="breaker_trip_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="breaker_trip_frozen",
                operation=pgtrigger.UpdateOf("router_type", "reason", "by", "at"),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what tripped the breaker cannot be rewritten';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.router_type or 'all routers'}: {self.reason}"
