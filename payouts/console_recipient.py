"""What is known of a recipient, for who decides about a payout to them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Min, Sum

from access.console import amount_text, time_text
from payouts.models import Payout
from payouts.models_recipients import KycRecord, KycStatus, TrustedRecipient
from payouts.states import Status

HISTORY_MAX = 1_000  # of one address, the newest: more would have to be read row by row
CALLERS_MAX = 5
UNDER_WAY = (Status.PENDING, Status.PROCESSING)
Facts = list[tuple[str, Any]]
Run = tuple[str, bool]  # characters, and whether they differ from the other address's


@dataclass(frozen=True)
class Recipient:
    """An address and what is known of it."""

    address: str
    facts: Facts


@dataclass(frozen=True)
class Alike:
    """A known address that somebody could take for the recipient's, or made it look like."""

    known: Recipient
    asked: list[Run]
    beside: list[Run]  # the known one
    in_words: str


def recipient_of(payout: Payout, address: str, *, now: datetime) -> Recipient:
    """Return what is known of an address; this payout itself is not counted. Three statements."""
    facts = [*_history(payout, address), ("KYC", _kyc(address, now)), ("trusted", _trust(address))]
    return Recipient(address, facts)


def alike_of(payout: Payout, address: str, *, now: datetime) -> Alike:
    """Return the recipient's address beside a known one, character by character."""
    asked, beside = compared(payout.recipient_address, address)
    known = recipient_of(payout, address, now=now)
    return Alike(known, asked, beside, in_words(asked))


def compared(one: str, other: str) -> tuple[list[Run], list[Run]]:
    """Return both addresses, which are of one length, in runs that are alike or differ."""
    pairs = list(zip(one, other, strict=True))
    runs = [
        (list(run), differs) for differs, run in groupby(pairs, lambda pair: pair[0] != pair[1])
    ]
    return (
        [("".join(a for a, _ in run), differs) for run, differs in runs],
        [("".join(b for _, b in run), differs) for run, differs in runs],
    )


def in_words(runs: list[Run]) -> str:
    """Return which characters differ, counted from 1, for who does not see the marks."""
    places, at = [], 1
    for text, differs in runs:
        if differs:
            places.append(str(at) if len(text) == 1 else f"{at}–{at + len(text) - 1}")
        at += len(text)
    if not places:
        return "All characters are the same."
    return f"They differ in the characters {', '.join(places)} of {at - 1}."


def _history(payout: Payout, address: str) -> Facts:
    """Return how often the address was paid before, how much, when and by whom. One statement."""
    newest = Payout.objects.filter(recipient_address=address).exclude(pk=payout.pk)
    found = Payout.objects.filter(pk__in=newest.order_by("-pk").values("pk")[:HISTORY_MAX])
    rows: list[Any] = list(
        found.values("owner__username", "status")
        .annotate(
            count=Count("pk"),
            micro=Sum("amount_micro"),
            first=Min("confirmed_at"),
            last=Max("confirmed_at"),
        )
        .order_by()
    )
    paid = [row for row in rows if row["status"] == Status.CONFIRMED]
    is_cut = sum(row["count"] for row in rows) >= HISTORY_MAX
    facts: Facts = [("paid before", _paid(paid, is_cut))]
    if paid:
        first = time_text(min(row["first"] for row in paid))
        facts.append(("first paid", f"{first}, or earlier" if is_cut else first))
        facts.append(("last paid", time_text(max(row["last"] for row in paid))))
        facts.append(("asked by", _callers(paid)))
    return [*facts, *_others(rows)]


def _paid(paid: list[dict[str, Any]], is_cut: bool) -> str:
    count = sum(row["count"] for row in paid)
    if not count:
        return "Never."
    total = amount_text(sum(row["micro"] for row in paid), "USDT")
    of = f", of the newest {HISTORY_MAX:,} payouts there" if is_cut else ""
    return f"{_times(count)}, {total} in all{of}"


def _others(rows: list[dict[str, Any]]) -> Facts:
    open_ones = [row for row in rows if row["status"] in UNDER_WAY]
    unpaid = [row for row in rows if row["status"] in (Status.FAILED, Status.CANCELLED)]
    facts: Facts = []
    if open_ones:
        total = amount_text(sum(row["micro"] for row in open_ones), "USDT")
        facts.append(("under way", f"{sum(row['count'] for row in open_ones):,}, {total}"))
    if unpaid:
        facts.append(("ended unpaid", f"{sum(row['count'] for row in unpaid):,}"))
    return facts


def _callers(paid: list[dict[str, Any]]) -> str:
    counts = Counter({row["owner__username"]: row["count"] for row in paid})
    told = [f"{name} ({count:,})" for name, count in counts.most_common(CALLERS_MAX)]
    others = len(counts) - len(told)
    return ", ".join(told) + (f" and {others:,} others" if others else "")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _kyc(address: str, now: datetime) -> str:
    """Return whether an identity was checked, by the record that counts or else the newest."""
    records = KycRecord.objects.filter(address=address).order_by("-pk")[:CALLERS_MAX]
    found = _first_approved(records)
    if found is None:
        return "No record."
    until = time_text(found.expires_at)
    if found.status != KycStatus.APPROVED:
        return f"level {found.level}, {found.get_status_display()}"
    is_over = found.expires_at <= now
    return f"level {found.level}, {'expired' if is_over else 'valid until'} {until}"


def _first_approved(records: Iterable[KycRecord]) -> KycRecord | None:
    found = list(records)
    approved = (one for one in found if one.status == KycStatus.APPROVED)
    return next(approved, found[0] if found else None)


def _trust(address: str) -> str:
    found = TrustedRecipient.objects.filter(address=address, removed_at=None).first()
    if found is None:
        return "Not on the list."
    if found.approved_at is None:
        return "Asked for; nobody has agreed yet."
    note = f" ({found.note})" if found.note else ""
    return f"Since {time_text(found.approved_at)}, by {found.approved_by}{note}"
