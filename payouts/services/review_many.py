"""Review of several payouts in one go: seen together, then decided one by one.

Each is approved or rejected in a transaction of its own, under its own lock, with all that the
decision about one alone asks: so none holds up another, and one that was signed, edited or
decided meanwhile is left out and named. What somebody may approve alone, they may approve here,
and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lucidpay.errors import Conflict, LucidError
from payouts.models import Payout
from payouts.person import APPROVERS, Person, allowed
from payouts.policy.approval import content_hash, contents_hash
from payouts.services.review import payout_approve, payout_reject

MANY_MAX = 100


class TooMany(Conflict):
    """At most 100 payouts are decided at once. Tick fewer."""


class SomeChanged(Conflict):
    """Some of these payouts were changed since you looked at them. Look at them again."""


@dataclass(frozen=True)
class Outcome:
    """What became of one of the payouts that somebody decided about."""

    payout: Payout  # as it is afterwards, or as it was seen when it was left out
    refusal: str = ""  # why it was left out


def seen_together(payouts: list[Payout], *, verb: str) -> str:
    """Return the SHA-256, in hex, of what somebody decides about; ``verb`` is what they do."""
    return contents_hash(payouts, of=verb)


def payouts_approve(
    *, payout_ids: list[UUID], by: Person, seen_hash: str, reason: str, now: datetime
) -> list[Outcome]:
    """Record that a person agrees to these payouts as they saw them (``seen_hash``).

    Returns what became of each, the oldest first: one that they may not approve, or that has
    changed since, is left out. Raises ``NotAllowed``, ``TooMany`` or ``SomeChanged``; nothing is
    written then.
    """

    def approve(payout: Payout) -> Payout:
        seen = content_hash(payout)  # which ``seen_hash`` is made of
        return payout_approve(payout_id=payout.pk, by=by, seen_hash=seen, reason=reason, now=now)

    return _each(_seen(payout_ids, by, seen_hash, "approve"), approve)


def payouts_reject(
    *, payout_ids: list[UUID], by: Person, seen_hash: str, reason: str, now: datetime
) -> list[Outcome]:
    """End these payouts, which somebody has seen as they stand (``seen_hash``), for good.

    Returns and raises as ``payouts_approve``.
    """

    def reject(payout: Payout) -> Payout:
        return payout_reject(payout_id=payout.pk, by=by, reason=reason, now=now)

    return _each(_seen(payout_ids, by, seen_hash, "reject"), reject)


def _seen(payout_ids: list[UUID], by: Person, seen_hash: str, verb: str) -> list[Payout]:
    allowed(by, roles=APPROVERS)
    if len(set(payout_ids)) > MANY_MAX:
        raise TooMany
    payouts = list(Payout.objects.filter(pk__in=payout_ids).order_by("pk"))
    if seen_together(payouts, verb=verb) != seen_hash:
        raise SomeChanged
    return payouts


def _each(payouts: list[Payout], decide: Callable[[Payout], Payout]) -> list[Outcome]:
    outcomes = []
    for payout in payouts:
        try:
            outcomes.append(Outcome(decide(payout)))
        except LucidError as error:
            outcomes.append(Outcome(payout, refusal=error.message))
    return outcomes
