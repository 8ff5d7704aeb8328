"""What may be paid already waits for a person, also when it was screened and approved before."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction

from payouts.models import Payout, PayoutEvent, Review
from payouts.models_review import RuleCode
from payouts.policy.twins import met_at, why_doubted
from payouts.services.review import ask_anew, unapproved_set_aside
from payouts.states import Status
from payouts.story import SCREENED
from tron.flows import USDT
from tron.outflows import left_without_order

log = structlog.get_logger(__name__)

BY = "screening"


def payouts_hold_paid(*, now: datetime) -> int:
    """Let those wait for an approval that fit what left without an order; return how many.

    So that people see them before the kill switch is lifted; the signer looks again. One
    statement while nothing has left.
    """
    left = left_without_order(USDT, now=now)
    if not left:
        return 0
    with transaction.atomic():
        asked = Payout.objects.select_for_update(skip_locked=True).filter(
            status=Status.PENDING,
            review__in=(Review.NOT_REQUIRED, Review.APPROVED),
            recipient_address__in={recipient for recipient, _ in left},
        )
        rows = list(asked.order_by("pk"))
        return len(rows) - len(paid_set_aside(rows, now=now))


def last_look(payouts: list[Payout], *, now: datetime) -> list[Payout]:
    """Return those of these locked payouts that may be signed: agreed to, and not paid already."""
    return paid_set_aside(unapproved_set_aside(payouts, now=now), now=now)


def paid_set_aside(payouts: list[Payout], *, now: datetime) -> list[Payout]:
    """Return those of these locked payouts that may be signed; the others wait for an approval.

    The last look before signing, as what was asked for while signing went on, or by callers
    whom nobody reviews, was seen by no other. One statement while nothing has left.
    """
    held = _doubtful(payouts, now) if payouts else {}
    if not held:
        return payouts
    for payout in held:
        log.warning("payout_may_be_paid", payout=payout.public_id)
    details = {payout.pk: {"review": SCREENED, "hits": _hits(payout)} for payout in held}
    # Not before it was met, whatever this machine's clock says: else it would be told for ever.
    at, note = max(now, *held.values()), "it may be paid: a person must look"
    ask_anew(list(held), by=BY, note=note, details=details, now=at)
    return [payout for payout in payouts if payout not in held]


def _doubtful(payouts: Iterable[Payout], now: datetime) -> dict[Payout, datetime]:
    """Return those that fit, and that nobody has approved knowing it, with when it was met."""
    left = left_without_order(USDT, now=now)
    found = {payout: met for payout in payouts if (met := met_at(payout, left)) is not None}
    return {one: met for one, met in found.items() if not _approved_knowing(one, met)}


def _approved_knowing(payout: Payout, met: datetime) -> bool:
    """Return whether it is approved and was told to fit: telling voids what was approved before.

    What was approved for another reason does not count, also when its money was met by then.
    """
    if payout.review != Review.APPROVED:
        return False
    events = PayoutEvent.objects.filter(payout=payout, at__gte=met)
    return events.filter(details__hits__contains=_hits(payout)).exists()


def _hits(payout: Payout) -> dict[str, str]:
    return {RuleCode.DUPLICATE.value: why_doubted(payout)}
