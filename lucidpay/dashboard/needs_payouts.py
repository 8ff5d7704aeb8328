"""Payouts that wait for people, that wait for too long, and that failed."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from lucidpay.dashboard.need import (
    COUNT_MAX,
    NOTICE,
    SOON,
    URGENT,
    Found,
    Need,
    Viewer,
    found,
    listed,
)
from lucidpay.ids import first_id_at
from payouts.late import under_way, unsigned_since
from payouts.models import Payout, Review
from payouts.models_batch import Batch
from payouts.policy.approval import approvable_by
from payouts.services.wait import NO_TRX, NO_USDT, WAITS_FOR_ENERGY, WAITS_FOR_SIGNATURES
from payouts.states import Status
from tron.models import ChainTransaction, TxStatus

PENDING_LATE = timedelta(minutes=5)
# Above the life of a transaction, the wait for a solid block, and one more attempt.
PROCESSING_LATE = timedelta(minutes=10)
# The largest file is stored in minutes.
FILLING_LATE = timedelta(minutes=15)
FAILED_SINCE = timedelta(hours=24)
# What ended today was asked for in this time: the slowest release is weekly.
ASKED_SINCE = timedelta(days=8)
# What the reasons begin with: how urgent they are, and in which words.
REASONS = (
    (NO_USDT, URGENT, "Payouts wait: the paying wallet is short of USDT"),
    (NO_TRX, URGENT, "Payouts wait: the paying wallet is short of TRX for fees"),
    (WAITS_FOR_SIGNATURES, SOON, "Payouts wait for people who sign for their wallet"),
    (WAITS_FOR_ENERGY, NOTICE, "Payouts wait for energy to come back, and burn no TRX"),
)
PAYOUTS = "payouts_payout"


def payout_needs(viewer: Viewer, now: datetime) -> Iterator[Need]:
    """Yield what there is to do about payouts."""
    yield from _late_pending(now)
    yield from _late_filling(now)
    yield from _late_processing(now)
    yield from _review(viewer, now)
    yield from _signatures()
    yield from _failed(now)


def _late_pending(now: datetime) -> Iterator[Need]:
    """Yield payouts that should have been signed: a line for each kind of reason."""
    late = unsigned_since(now - PENDING_LATE).order_by("pk")
    groups: dict[str, list[datetime]] = defaultdict(list)
    for reason, due_at in late.values_list("wait_reason", "due_at")[:COUNT_MAX]:
        groups[_kind_of(reason)].append(due_at)
    known = {start: (level, what) for start, level, what in REASONS}
    for number, (kind, times) in enumerate(sorted(groups.items(), key=lambda one: min(one[1]))):
        level, what = known.get(kind, (SOON, "Payouts are due and not signed"))
        note = "" if kind in known else kind or "No reason is written: does a worker sign?"
        key = f"pending-{number}"
        url = listed(PAYOUTS, status__exact=Status.PENDING)
        yield Need(key, level, what, url, Found(len(times), min(times)), note)


def _kind_of(reason: str) -> str:
    """Return what a reason begins with if that is known, else all of it."""
    return next((start for start, _, _ in REASONS if reason.startswith(start)), reason)


def _late_filling(now: datetime) -> Iterator[Need]:
    begun = Batch.objects.filter(
        filled_at=None, completed_at=None, cancelled_at=None, created_at__lte=now - FILLING_LATE
    )
    told = found(begun.order_by("pk"), "created_at")
    if told.count:
        what = "Batches wait until their file is all in, and none of their payouts is signed"
        note = "Import the file again: that goes on with the next row. Or cancel the batch."
        yield Need("filling", SOON, what, listed("payouts_batch"), told, note)


def _late_processing(now: datetime) -> Iterator[Need]:
    before = now - PROCESSING_LATE
    # By the row's own time first: of most payouts nothing else need be looked up.
    late = under_way().filter(Q(under_way_at__lte=before), updated_at__lte=before)
    told = found(late.order_by("pk"), "under_way_at")
    if told.count:
        minutes = PROCESSING_LATE // timedelta(minutes=1)
        what = f"Payouts are signed for over {minutes} minutes and have not ended"
        url = listed(PAYOUTS, status__exact=Status.PROCESSING)
        yield Need("processing", URGENT, what, url, told, "Do not pay them by hand.")


def _review(viewer: Viewer, now: datetime) -> Iterator[Need]:
    waiting = Payout.objects.filter(status=Status.PENDING, review=Review.REQUIRED).order_by("pk")
    told = found(waiting, "created_at")
    if not told.count:
        return
    note = "Your role may not approve or reject them."
    if viewer.may_review:
        yours = found(approvable_by(waiting, viewer.user_id, now=now), "created_at")
        note = f"You may decide {yours.text} of them."
        if not yours.count:
            note = "You may decide none of them: you asked for them, or have agreed already."
    url = listed("payouts_awaitingreview")
    yield Need("review", SOON, "Payouts wait for an approval", url, told, note)


def _signatures() -> Iterator[Need]:
    waiting = ChainTransaction.objects.filter(status=TxStatus.AWAITING).order_by("pk")
    told = found(waiting, "created_at")
    if told.count:
        url = listed("tron_chaintransaction", status__exact=TxStatus.AWAITING)
        yield Need("signatures", SOON, "Transactions wait for signatures of people", url, told)


def _failed(now: datetime) -> Iterator[Need]:
    # What became of a retry counts for itself.
    retries = Payout.objects.filter(retry_of=OuterRef("pk"))
    failed = Payout.objects.filter(
        ~Exists(retries),
        status=Status.FAILED,
        pk__gte=first_id_at(now - ASKED_SINCE),
        updated_at__gte=now - FAILED_SINCE,
    )
    told = found(failed.order_by("-pk"), "updated_at")
    if told.count:
        what = "Payouts failed in the last 24 hours and were not asked for again"
        url = listed(PAYOUTS, status__exact=Status.FAILED)
        yield Need("failed", SOON, what, url, told, "Nothing was paid. Retry them, or let them be.")
