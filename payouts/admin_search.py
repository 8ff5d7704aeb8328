"""Finding payouts in the admin without reading the whole table."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from access.console import key_of
from access.models import User
from lucidpay.clock import utc_now
from lucidpay.ids import parse_public_id
from payouts.queries import created_within
from tron.address import InvalidAddress, address_parse
from tron.models import ChainTransaction
from tron.words import TXID_LENGTH

OWNERS_MAX = 50


def payouts_found(rows: QuerySet, term: str) -> QuerySet:
    """Return the payouts a pasted term names: an id, its batch, txid, address, reference or person.

    One look for what the term is, instead of a search for it in every column.
    """
    term = term.strip()
    if not term:
        return rows
    if (batch := parse_public_id("batch", term)) is not None:
        return rows.filter(batch=batch)
    if (key := key_of(term)) is not None:
        return rows.filter(Q(pk=key) | Q(reference_id=term))
    if len(term) == TXID_LENGTH:
        subjects = ChainTransaction.objects.filter(txid=term.lower()).values("subject")
        return rows.filter(Q(pk__in=subjects) | Q(reference_id=term))
    if _is_address(term):
        return rows.filter(recipient_address=term)
    people = User.objects.filter(
        Q(username__icontains=term) | Q(first_name__icontains=term) | Q(last_name__icontains=term)
    )
    owners = list(people.values_list("pk", flat=True)[:OWNERS_MAX])
    return rows.filter(Q(reference_id=term) | Q(owner__in=owners))


def _is_address(term: str) -> bool:
    try:
        address_parse(term)
    except InvalidAddress:
        return False
    return True


class CreatedFilter(admin.SimpleListFilter):
    """When a payout was asked for. Goes by the id, which begins with the time and has an index."""

    title = "created"
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the periods."""
        return [
            ("hour", "in the last hour"),
            ("today", "today (UTC)"),
            ("yesterday", "yesterday (UTC)"),
            ("week", "in the last 7 days"),
            ("month", "in the last 30 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the rows of the chosen period."""
        period = _period(self.value(), utc_now())
        if period is None:
            return queryset
        start, end = period
        return created_within(queryset, start=start, end=end)


def _period(name: str | None, now: datetime) -> tuple[datetime, datetime] | None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    later = now + timedelta(days=1)
    match name:
        case "hour":
            return now - timedelta(hours=1), later
        case "today":
            return midnight, later
        case "yesterday":
            return midnight - timedelta(days=1), midnight
        case "week":
            return now - timedelta(days=7), later
        case "month":
            return now - timedelta(days=30), later
    return None
