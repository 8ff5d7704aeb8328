"""The rule about duplicates, asked once more: of requests that did not see each other.

When a payout is asked for, another that is not committed yet cannot be seen. A person who clicks
twice would get two of them, and neither would be a duplicate.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from payouts.kinds import OF_PAYMENTS, Origin
from payouts.models import Payout, Review
from payouts.models_review import RuleCode
from payouts.policy.review import Rules
from payouts.states import Status
from tron.flows import USDT
from tron.outflows import left_without_order

TWIN = "The same amount was asked for this recipient at the same time."
PAID_ALREADY = "The same amount has left for this recipient without an order: this may be paid."
FEES_PAID = "Money has left for this recipient without an order: these fees may be settled."


def twins_among(payouts: Iterable[Payout], rules: Rules) -> set[UUID]:
    """Return those of these payouts, which are being screened, that have a twin nobody looks at.

    Of two twins the later one, by its id, or the one that is screened when the other was before:
    that may have been committed first though it was asked for last. One statement, and none
    while the rule is off.
    """
    rule = rules[RuleCode.DUPLICATE]
    # A shop's payments pay the same payee the same price all day, and each once.
    unseen = [
        payout.pk
        for payout in payouts
        if payout.review == Review.NOT_REQUIRED and payout.origin not in OF_PAYMENTS
    ]
    if not rule.enabled or not unseen:
        return set()
    twin = Payout.objects.filter(
        Q(pk__lt=OuterRef("pk")) | Q(pk__gt=OuterRef("pk"), screened_at__isnull=False),
        recipient_address=OuterRef("recipient_address"),
        amount_micro=OuterRef("amount_micro"),
        created_at__gt=OuterRef("created_at") - timedelta(hours=rule.parameter or 0),
        review=Review.NOT_REQUIRED,
    ).exclude(status__in=(Status.FAILED, Status.CANCELLED))
    found = Payout.objects.filter(Exists(twin), pk__in=unseen)
    return set(found.values_list("pk", flat=True))


def paid_without_order(payouts: Iterable[Payout], *, now: datetime) -> set[UUID]:
    """Return those of these payouts that fit what has left a wallet lately and nobody ordered.

    A database that was set back has forgotten what was asked for and paid after that moment; the
    program that asked repeats its request in good faith. It holds whatever the rules say.
    """
    left = left_without_order(USDT, now=now)
    return {one.pk for one in payouts if met_at(one, left) is not None}


def met_at(payout: Payout, left: Mapping[tuple[str, int], datetime]) -> datetime | None:
    """Return when the last outflow without an order was met that this payout fits, if one was.

    Collected fees fit whatever left for their recipient: the payments that a forgotten settlement
    covered complete again, and are summed up with others.
    """
    if payout.origin != Origin.FEES:
        return left.get((payout.recipient_address, payout.amount_micro))
    times = [at for (recipient, _), at in left.items() if recipient == payout.recipient_address]
    return max(times, default=None)


def why_doubted(payout: Payout) -> str:
    """Return what people are told of a payout that fits."""
    return FEES_PAID if payout.origin == Origin.FEES else PAID_ALREADY
