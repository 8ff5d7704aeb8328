"""Payouts that are due and not signed, or signed and without an end."""

from datetime import datetime

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from payouts.models import Payout, Review
from payouts.services.wait import WAITS_FOR_ENERGY, WAITS_FOR_SIGNATURES
from payouts.states import Status
from tron.models import NodeAnswer, TxStatus


def unsigned_since(before: datetime) -> QuerySet[Payout]:
    """Return payouts that were due by then, need no approval any more and are not signed.

    Not those of a batch that is paused, or whose file is still being read: they are not signed yet.
    """
    agreed = Q(review__in=(Review.NOT_REQUIRED, Review.APPROVED))
    goes_on = Q(batch=None) | Q(batch__paused_at=None, batch__filled_at__isnull=False)
    return Payout.objects.filter(agreed, goes_on, status=Status.PENDING, due_at__lte=before)


def unsigned_late(now: datetime) -> QuerySet[Payout]:
    """Return those of them that wait for neither people who sign nor for energy."""
    meant = Q(wait_reason__startswith=WAITS_FOR_ENERGY) | Q(wait_reason=WAITS_FOR_SIGNATURES)
    return unsigned_since(now).exclude(meant)


def under_way() -> QuerySet[Payout]:
    """Return signed payouts without an end, with ``under_way_at``: since when.

    Not those whose transaction people have still to sign, which takes them hours. When they have,
    it is since the first sending.
    """
    answers = NodeAnswer.objects.filter(transaction=OuterRef("transaction")).order_by()
    sent = answers.values("transaction").annotate(first=Min("at")).values("first")
    # PostgreSQL's greatest() passes over what was not sent yet.
    at = Greatest("updated_at", Subquery(sent))
    signed = Payout.objects.filter(status=Status.PROCESSING)
    return signed.exclude(transaction__status=TxStatus.AWAITING).annotate(under_way_at=at)
