"""What may be paid already waits for a person, also when it was screened and approved before."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from payouts.models import Payout, Review
from payouts.models_review import Approval, RuleCode
from payouts.policy.twins import PAID_ALREADY, left_without_order
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import SCREENED, tell

BY = "screening"
CHANGES = ("review", "review_round", "wait_reason", "updated_at")


def payouts_hold_paid(*, now: datetime) -> int:
    """Let those wait for an approval that fit what left without an order; return how many.

    A database that was set back has payouts pending that were paid after that moment. The kill
    switch is on from the moment their money is met until a person lifts it, so none is signed
    before this has seen it. One statement while nothing has left.
    """
    left = left_without_order(now=now)
    if not left:
        return 0
    with transaction.atomic():
        asked = Payout.objects.select_for_update(skip_locked=True).filter(
            status=Status.PENDING,
            review__in=(Review.NOT_REQUIRED, Review.APPROVED),
            recipient_address__in={recipient for recipient, _ in left},
        )
        held = list(_doubtful(asked.order_by("pk"), left))
        for payout in held:
            payout.review, payout.wait_reason = Review.REQUIRED, WAITS_FOR_APPROVAL
            payout.review_round += 1
            payout.updated_at = now
        Payout.objects.bulk_update(held, CHANGES)
        hits = {RuleCode.DUPLICATE.value: PAID_ALREADY}
        details = {payout.pk: {"review": SCREENED, "hits": hits} for payout in held}
        tell(held, by=BY, now=now, note="it may be paid: a person must look", details=details)
    return len(held)


def _doubtful(
    payouts: Iterable[Payout], left: Mapping[tuple[str, int], datetime]
) -> Iterable[Payout]:
    """Return those that fit, and that nobody has approved since it was met."""
    for payout in payouts:
        met_at = left.get((payout.recipient_address, payout.amount_micro))
        if met_at is None:
            continue
        if not Approval.objects.filter(payout=payout, at__gt=met_at).exists():
            yield payout
