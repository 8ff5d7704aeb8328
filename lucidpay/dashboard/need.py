"""One line of what needs a person: what it is, how many, since when, and where it is dealt with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timesince import timesince

COUNT_MAX = 1_000  # counted up to here: nobody deals with more at once
URGENT, SOON, NOTICE = "urgent", "soon", "to know"
# In the order in which people should look, each with its colour.
LEVELS = {URGENT: "danger", SOON: "warning", NOTICE: "info"}
NAMES_MAX = 3
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page, and what their roles let them see and do."""

    user_id: int
    scopes: frozenset[str]
    may_review: bool = False


@dataclass(frozen=True)
class Found:
    """How many rows there are, up to ``COUNT_MAX``, and the time of the oldest of them."""

    count: int = 0
    since: datetime | None = None

    @property
    def text(self) -> str:
        """Return the number as it is shown."""
        return f"{self.count:,} or more" if self.count >= COUNT_MAX else f"{self.count:,}"

    def age(self, now: datetime) -> str:
        """Return how long ago the oldest was, in one unit; nothing when that is not known."""
        if self.since is None:
            return ""
        if now - self.since < MINUTE:
            return "just now"
        return f"{timesince(self.since, now, depth=1)} ago"


@dataclass(frozen=True)
class Need:
    """Something that waits for a person. ``found`` is ``None`` of what cannot be counted."""

    key: str
    level: str
    what: str
    url: str
    found: Found | None = None
    note: str = ""

    @property
    def colour(self) -> str:
        """Return the colour of its level."""
        return LEVELS[self.level]


def found(rows: QuerySet[Any], since: str) -> Found:
    """Return how many of these rows there are, and the oldest ``since``, in one statement.

    Of more than ``COUNT_MAX`` those that come first are looked at: order them by age.
    """
    told = rows[:COUNT_MAX].aggregate(count=Count("pk"), since=Min(since))
    return Found(told["count"], told["since"])


def listed(model: str, **filters: str) -> str:
    """Return the address of a list of the admin (``app_model``), filtered."""
    query = f"?{urlencode(filters)}" if filters else ""
    return reverse(f"admin:{model}_changelist") + query


def named(texts: list[str]) -> str:
    """Return the first of these, and how many more there are."""
    more = len(texts) - NAMES_MAX
    return "; ".join(texts[:NAMES_MAX]) + (f"; and {more} more" if more > 0 else "")
