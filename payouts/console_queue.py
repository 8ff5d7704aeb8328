"""The queue of payouts that wait for people: who may decide about which, and what is next."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from access.models import User
from payouts.models import Payout, Review
from payouts.models_review import AwaitingReview
from payouts.policy.approval import agreed_of, needed_for, tiers_now
from payouts.services.review import refusals_of
from payouts.states import Status

ROLE = "Your role may not approve or reject payouts."
LOOKED_THROUGH = 100  # of the queue, for the next one that somebody may decide


@dataclass(frozen=True)
class Place:
    """How one payout of the queue stands for one person."""

    given: int
    needed: int
    why_not: str  # why this person cannot approve it; empty when they can


def waiting() -> QuerySet[AwaitingReview]:
    """Return the payouts that wait for people, the oldest first."""
    rows = AwaitingReview.objects.filter(status=Status.PENDING, review=Review.REQUIRED)
    return rows.defer("metadata", "custom_data").order_by("pk")


def places_of(payouts: list[Payout], person: User | None, *, now: datetime) -> dict[UUID, Place]:
    """Return how these payouts stand for a person, in at most five statements.

    ``person`` is ``None`` when their role does not let them decide.
    """
    agreed, tiers = agreed_of(payouts, now=now), tiers_now()
    refusals = refusals_of(payouts, person, now=now) if person is not None else {}
    places = {}
    for payout in payouts:
        refusal, so_far = refusals.get(payout.pk), agreed[payout.pk]
        needed = max(needed_for(payout.amount_micro, tiers), so_far.needed)
        why_not = refusal.message if refusal else ""
        places[payout.pk] = Place(
            len(so_far.approvers), needed, ROLE if person is None else why_not
        )
    return places


def neighbours_of(payout: Payout) -> tuple[UUID | None, UUID | None]:
    """Return those before and after a payout in the queue."""
    keys = waiting().values_list("pk", flat=True)
    return (
        keys.filter(pk__lt=payout.pk).order_by("-pk").first(),
        keys.filter(pk__gt=payout.pk).first(),
    )


def next_for(person: User, *, after: UUID, now: datetime) -> UUID | None:
    """Return the next payout that this person may approve, from the start again after the last.

    ``None`` when there is none among the next ``LOOKED_THROUGH`` and the first as many.
    """
    rows = waiting()
    for part in (rows.filter(pk__gt=after), rows.filter(pk__lt=after)):
        found: list[Payout] = list(part[:LOOKED_THROUGH])
        refusals = refusals_of(found, person, now=now)
        for payout in found:
            if refusals[payout.pk] is None:
                return payout.pk
    return None
