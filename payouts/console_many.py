"""Several payouts that somebody is about to decide together: what they come to, and what is not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.functions import Left, Right

from access.console import amount_text
from access.models import User
from payouts.models import Payout, Review
from payouts.policy.approval import agreed_of, needed_for, tiers_now
from payouts.services.review import NotWaiting, refusals_of
from payouts.services.review_many import seen_together
from payouts.states import Status


@dataclass(frozen=True)
class Many:
    """What is shown before several payouts are decided."""

    payouts: list[Payout]  # those that can be, the oldest first
    left_out: list[tuple[Payout, str]]  # the others, each with why
    facts: list[tuple[str, Any]]
    seen_hash: str


def many_of(payouts: list[Payout], person: User, *, verb: str, now: datetime) -> Many:
    """Return which of these payouts this person may decide about, and what they come to."""
    why_not = _why_not(payouts, person, verb=verb, now=now)
    kept = [payout for payout in payouts if not why_not[payout.pk]]
    left_out = [(one, why_not[one.pk]) for one in payouts if why_not[one.pk]]
    facts = _facts(kept, verb=verb, now=now) if kept else []
    return Many(kept, left_out, facts, seen_together(kept, verb=verb))


def _why_not(payouts: list[Payout], person: User, *, verb: str, now: datetime) -> dict[Any, str]:
    if verb == "approve":
        found = refusals_of(payouts, person, now=now)
        return {key: refusal.message if refusal else "" for key, refusal in found.items()}
    # Whoever asked for a payout, or approved it, may still stop it.
    return {one.pk: "" if _waits(one) else NotWaiting().message for one in payouts}


def _waits(payout: Payout) -> bool:
    return payout.status == Status.PENDING and payout.review != Review.NOT_REQUIRED


def _facts(payouts: list[Payout], *, verb: str, now: datetime) -> list[tuple[str, Any]]:
    recipients = {payout.recipient_address for payout in payouts}
    largest = max(payouts, key=lambda one: one.amount_micro)
    facts = [
        ("payouts", f"{len(payouts):,}"),
        ("sum", amount_text(sum(one.amount_micro for one in payouts), "USDT")),
        ("largest", f"{amount_text(largest.amount_micro, 'USDT')} to {largest.recipient_address}"),
        ("recipients", f"{len(recipients):,} different"),
        ("never paid before", f"{len(recipients - _known(payouts)):,} of them"),
    ]
    if verb == "approve":
        facts.append(("enough with yours", f"{_enough(payouts, now):,} of {len(payouts):,}"))
    return facts


def _known(payouts: list[Payout]) -> set[str]:
    """Return the recipients that were paid before, or are being paid. One statement.

    By the index of addresses by their ends: each recipient costs one step, however often paid.
    """
    paid = Payout.objects.alias(
        head=Left("recipient_address", 4), tail=Right("recipient_address", 4)
    ).filter(
        head=Left(OuterRef("recipient_address"), 4),
        tail=Right(OuterRef("recipient_address"), 4),
        recipient_address=OuterRef("recipient_address"),
        status__in=(Status.PROCESSING, Status.CONFIRMED),
    )
    rows = Payout.objects.filter(Exists(paid), pk__in=[payout.pk for payout in payouts])
    return set(rows.values_list("recipient_address", flat=True))


def _enough(payouts: list[Payout], now: datetime) -> int:
    """Return how many need nobody else's approval after one more."""
    agreed, tiers = agreed_of(payouts, now=now), tiers_now()
    return sum(
        len(agreed[one.pk].approvers) + 1
        >= max(needed_for(one.amount_micro, tiers), agreed[one.pk].needed)
        for one in payouts
    )
