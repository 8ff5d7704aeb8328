"""Newest-first pages: by offset for people, by cursor at constant cost for machines."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, UUIDField
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import StrictSerializer
from lucidpay.errors import ValidationFailed

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
OFFSET_MAX = 10_000
COUNT_MAX = 10_000  # counted exactly up to here; an unbounded count reads the whole table

PAGINATION_EXAMPLE = {
    "total": 1,
    "total_exact": True,
    "limit": LIMIT_DEFAULT,
    "offset": 0,
    "has_next": False,
    "has_previous": False,
    "next_cursor": None,
}
NUMBERS_MAX = 2**63  # of keys that are numbers
Key = UUID | int


class CountField(serializers.IntegerField):
    """A whole number in plain digits: ``int()`` would also take "1_0", " 5", "-0" and "١"."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number, or raise when it is written otherwise."""
        if not re.fullmatch(r"0|-?[1-9][0-9]{0,8}", str(data)):
            self.fail("invalid")
        return int(data)


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]{21}[AQgw]$"})
class CursorField(serializers.CharField):
    """A key in base64url: 128 bits in 22 characters, so two bits are left for the last one."""


class PageQuery(StrictSerializer):
    """``limit``, ``offset`` and ``cursor`` of a list."""

    limit = CountField(
        min_value=1, max_value=LIMIT_MAX, default=LIMIT_DEFAULT, help_text="Rows a page."
    )
    offset = CountField(
        min_value=0, max_value=OFFSET_MAX, default=0, help_text="Rows to skip; not with a cursor."
    )
    cursor = CursorField(required=False, help_text="`next_cursor` of the page before.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a cursor beside an offset: they are two different places to start from."""
        if "cursor" in attrs and attrs["offset"]:
            raise serializers.ValidationError({"cursor": ["Not together with offset."]})
        return attrs


class PaginationOut(serializers.Serializer):
    """Where this page stands in its list."""

    total = serializers.IntegerField(
        min_value=0, help_text="Exact up to 10 000, an estimate beyond."
    )
    total_exact = serializers.BooleanField()
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT_MAX)
    offset = serializers.IntegerField(min_value=0, max_value=OFFSET_MAX)
    has_next = serializers.BooleanField()
    has_previous = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True, help_text="`null` on the last page.")


@dataclass(frozen=True)
class Page:
    """The rows of a page and the ``pagination`` object that describes it."""

    rows: list[Any]
    pagination: dict[str, Any]


def paginate(
    rows: QuerySet,
    query: dict[str, Any],
    *,
    load: Callable[[QuerySet], list[Any]],
    parts: Sequence[QuerySet] = (),
    known: Callable[[], int] | None = None,
    estimate: Callable[[], int] | None = None,
) -> Page:
    """Return one page of rows whose keys grow, UUIDv7 or numbers, newest first.

    ``load`` returns the rows of a query for keys, in this order. ``parts`` are the same rows cut
    into disjoint lists, for when an index has each of them in order but not all together.
    ``known`` tells how many there are; without it they are counted to a bound, beyond which
    ``estimate`` tells, or the planner.
    """
    limit, offset = query["limit"], query["offset"]
    total, total_exact = _total(rows, known, estimate)
    before = _cursor_parse(query["cursor"], rows) if "cursor" in query else None
    found = load(_keys(rows, parts, before, slice(offset, offset + limit + 1)))
    page, has_next = found[:limit], len(found) > limit
    return Page(
        page,
        {
            "total": total,
            "total_exact": total_exact,
            "limit": limit,
            "offset": offset,
            "has_next": has_next,
            "has_previous": offset > 0 or before is not None,
            "next_cursor": _cursor_text(page[-1].pk) if has_next else None,
        },
    )


def _keys(rows: QuerySet, parts: Sequence[QuerySet], before: Key | None, wanted: slice) -> QuerySet:
    """Return the query for the keys of the wanted rows.

    Keys are looked for first, by themselves: an index that has all of a filter's columns then is
    the cheapest way by far. For whole rows the planner may rather walk over everybody's newest,
    as if nobody ever stopped asking for payouts.
    """
    # The first rows of all parts hold the first rows of the whole. The database merges them, and
    # reads no more of each than the page needs.
    heads = [_ordered(part, before).values("pk")[: wanted.stop] for part in parts or [rows]]
    merged = heads[0].union(*heads[1:], all=True).order_by("-pk") if len(heads) > 1 else heads[0]
    return merged[wanted]


def _ordered(rows: QuerySet, before: Key | None) -> QuerySet:
    newest = rows.order_by("-pk")
    return newest if before is None else newest.filter(pk__lt=before)


def _total(
    rows: QuerySet, known: Callable[[], int] | None, estimate: Callable[[], int] | None
) -> tuple[int, bool]:
    """Return (total, whether it is exact): counted to 10 000, then estimated."""
    counted = known() if known else rows.order_by()[: COUNT_MAX + 1].count()
    if counted <= COUNT_MAX:
        return counted, True
    if known:
        return counted, False
    return max(COUNT_MAX + 1, (estimate or partial(_planned, rows))()), False


def _planned(rows: QuerySet) -> int:
    """Return how many rows the planner expects."""
    plan = json.loads(rows.order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def _cursor_text(key: Key) -> str:
    key = key if isinstance(key, UUID) else UUID(int=key)
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")


def _cursor_parse(text: str, rows: QuerySet) -> Key:
    """Return the key in a cursor, of the kind that these rows have."""
    try:
        key = UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        # The decoder skips what is not of its alphabet; only what was written here is read.
        if _cursor_text(key) != text:
            raise ValueError(text)
        if isinstance(rows.model._meta.pk, UUIDField):
            return key
        if key.int >= NUMBERS_MAX:
            raise ValueError(text)
        return key.int
    except (ValueError, binascii.Error) as error:
        raise ValidationFailed({"cursor": ["Not a cursor of this list."]}) from error
