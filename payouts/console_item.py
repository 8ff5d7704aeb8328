"""One payout that waits for people, with all that helps to decide about it.

No node is asked, and the number of statements is bounded and does not depend on how much there is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from access.console import amount_text, time_text
from access.models import User
from payouts.console_queue import Place, neighbours_of, places_of
from payouts.console_recipient import Alike, Recipient, alike_of, recipient_of
from payouts.console_review import Signature, hits_told, order_facts, signatures_of
from payouts.models import Payout
from payouts.models_limits import LimitKind, LimitWindow, Period
from payouts.policy.facts import facts_of
from payouts.policy.limits import windows_of
from payouts.policy.refusals import Window
from payouts.states import Status
from tron.models import ChainTransaction

DAY = timedelta(hours=24)
TWINS_MAX = 10
SAMPLE = 20  # of the newest confirmed payouts, to say what transfers cost lately
Facts = list[tuple[str, Any]]


@dataclass(frozen=True)
class Use:
    """What a payout takes of one window, and what is left of it. In micro-USDT."""

    whose: str
    period: str
    used: str
    limit: str
    left: str


@dataclass(frozen=True)
class Item:
    """The page of a payout to review."""

    hits: list[str]
    facts: Facts
    recipient: Recipient
    alike: Alike | None
    uses: list[Use]
    cost: Facts
    twins: list[Payout]
    twins_cut: bool
    signatures: list[Signature]
    place: Place
    previous: UUID | None
    next: UUID | None


def item_of(payout: Payout, person: User | None, *, now: datetime) -> Item:
    """Return what is known of a payout in review; owner, key and wallet should be loaded.

    ``person``: who looks, ``None`` when their role does not let them decide.
    """
    twins = _twins(payout)
    previous, following = neighbours_of(payout)
    return Item(
        hits=hits_told(payout),
        facts=[*_asked(payout), *order_facts(payout)],
        recipient=recipient_of(payout, payout.recipient_address, now=now),
        alike=_alike(payout, now),
        uses=_uses(payout, now),
        cost=_cost(payout),
        twins=twins[:TWINS_MAX],
        twins_cut=len(twins) > TWINS_MAX,
        signatures=signatures_of(payout, now=now),
        place=places_of([payout], person, now=now)[payout.pk],
        previous=previous,
        next=following,
    )


def _asked(payout: Payout) -> Facts:
    facts: Facts = [("asked", f"{time_text(payout.created_at)} UTC")]
    if payout.api_key is not None:
        facts.append(("API key", str(payout.api_key)))
    facts.append(("request", payout.request_id))
    return facts


def _alike(payout: Payout, now: datetime) -> Alike | None:
    known = facts_of([payout], key_id=payout.api_key_id, now=now)
    address = known.facts[0].alike if known.facts else ""  # nobody asks about exempt callers
    return alike_of(payout, address, now=now) if address else None


def _uses(payout: Payout, now: datetime) -> list[Use]:
    """Return the windows that a payout counts against, hour and day of each limit."""
    windows = {_key(one): one for one in windows_of(payout)}
    if not windows:
        return []
    wanted = [
        Q(kind=one.kind, subject=one.subject, period=one.period, starts_at=one.starts_at)
        for one in windows.values()
    ]
    rows = LimitWindow.objects.filter(reduce(or_, wanted)).order_by("kind", "-period")
    return [_use(row, windows[_key(row)], now) for row in rows]


def _key(window: Window | LimitWindow) -> tuple[Any, ...]:
    return window.kind, window.subject, window.period, window.starts_at


def _use(row: LimitWindow, window: Window, now: datetime) -> Use:
    limit = row.limit_micro
    return Use(
        whose=LimitKind(row.kind).label,
        period=_period(window, is_over=window.ends_at <= now),
        used=amount_text(row.used_micro),
        limit="none" if limit is None else amount_text(limit),
        left="any amount" if limit is None else amount_text(max(0, limit - row.used_micro)),
    )


def _period(window: Window, *, is_over: bool) -> str:
    if window.period == Period.HOUR:
        return f"{window.starts_at:%Y-%m-%d %H:00}, over" if is_over else "this hour"
    return f"{window.starts_at:%Y-%m-%d}, over" if is_over else "today (UTC)"


def _twins(payout: Payout) -> list[Payout]:
    """Return the payouts of the same amount to the same address within 24 hours, newest first."""
    rows = Payout.objects.filter(
        recipient_address=payout.recipient_address,
        amount_micro=payout.amount_micro,
        created_at__gte=payout.created_at - DAY,
        created_at__lte=payout.created_at + DAY,
    )
    others = rows.exclude(pk=payout.pk).select_related("owner").defer("metadata", "custom_data")
    return list(others.order_by("-created_at")[: TWINS_MAX + 1])


def _cost(payout: Payout) -> Facts:
    """Return what the transfer uses, and what transfers burned lately. One statement."""
    energy = payout.screened_energy
    told = f"{energy:,}" if energy else "not measured yet: the signer asks before it signs"
    facts: Facts = [("energy", told)]
    confirmed = Payout.objects.filter(status=Status.CONFIRMED, transaction__isnull=False)
    keys = confirmed.order_by("-pk").values("transaction")[:SAMPLE]
    txs = list(ChainTransaction.objects.filter(pk__in=keys).defer("signed_hex").order_by("-pk"))
    fees_sun = [tx.fee_sun for tx in txs if tx.fee_sun is not None]
    if not fees_sun:
        return [*facts, ("network fee", "unknown: nothing was paid from here yet")]
    if energy and (most_sun := _burned_for(energy, txs)):
        text = f"{amount_text(most_sun, 'TRX')} at most, less what staked energy covers"
        facts.append(("would burn", text))
    mean = amount_text(sum(fees_sun) // len(fees_sun), "TRX")
    most = amount_text(max(fees_sun), "TRX")
    paid = "payout" if len(fees_sun) == 1 else "payouts"
    lately = f"{mean} on average, {most} at most, by the newest {len(fees_sun)} {paid}"
    return [*facts, ("burned lately", lately)]


def _burned_for(energy: int, txs: list[ChainTransaction]) -> int:
    """Return what this much energy burns (sun) at the price of the newest one that burned any."""
    for tx in txs:
        bought = (tx.energy_used or 0) - (tx.energy_staked or 0)
        if tx.fee_sun and bought > 0:
            return -(-energy * tx.fee_sun // bought)
    return 0
