"""Reading payouts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from access.caller import Caller
from lucidpay.errors import PAYOUT_NOT_FOUND, LucidError
from lucidpay.ids import first_id_at, parse_public_id
from payouts.lookup import payout_lookup
from payouts.models import Payout, Review
from payouts.models_batch import Batch
from payouts.models_review import Approval
from payouts.states import Status
from wallets import ledger
from wallets.models import Asset, Wallet

# Ids are made of their row's time, or a moment later.
ID_SLACK = timedelta(minutes=1)
# Times that can still be moved by that much, and that an id can hold.
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class PayoutNotFound(LucidError):
    """Payout not found"""

    code = PAYOUT_NOT_FOUND
    status_code = 404


def visible_to(caller: Caller) -> QuerySet[Payout]:
    """Return the payouts that exist for this caller, with what their representation needs."""
    rows = Payout.objects.select_related("transaction")
    return rows if caller.sees_all else rows.filter(owner_id=caller.user_id)


def payout_visible_to(caller: Caller, payout_id: str) -> Payout:
    """Return one payout, or raise ``PayoutNotFound``: also for other people's and odd ids."""
    key = parse_public_id("payout", payout_id)
    owner_id = None if caller.sees_all else caller.user_id
    payout = payout_lookup(key, owner_id=owner_id) if key else None
    if payout is None:
        raise PayoutNotFound
    return payout


def due_now(wallet_id: UUID, *, now: datetime) -> QuerySet[Payout]:
    """Return the due payouts of a wallet for which no person is waited for, in signing order.

    One that was approved is among them while anybody's approval of it is in time.
    """
    in_time = Approval.objects.filter(
        payout=OuterRef("pk"), round=OuterRef("review_round"), expires_at__gt=now
    )
    agreed = Q(review=Review.NOT_REQUIRED) | Q(Exists(in_time), review=Review.APPROVED)
    goes_on = Q(batch=None) | Q(batch__paused_at=None, batch__filled_at__isnull=False)
    return Payout.objects.filter(
        agreed, goes_on, wallet_id=wallet_id, status=Status.PENDING, sign_after__lte=now
    ).order_by("priority", "pk")


def created_within(
    rows: QuerySet[Payout], *, start: datetime | None = None, end: datetime | None = None
) -> QuerySet[Payout]:
    """Return those asked for from ``start`` on and before ``end``, where given.

    Ids begin with that time and have an index in every list's order. Their bounds are a minute
    wider than the rows' own time, which decides.
    """
    if start is not None:
        first = first_id_at(max(start, EARLIEST) - ID_SLACK)
        rows = rows.filter(pk__gte=first, created_at__gte=start)
    if end is not None:
        first_after = first_id_at(min(end, LATEST) + ID_SLACK)
        rows = rows.filter(pk__lt=first_after, created_at__lt=end)
    return rows


def due_for_signing(wallet_id: UUID, *, now: datetime) -> QuerySet[Payout]:
    """Return the payouts of a wallet that may be signed now, the most urgent and oldest first."""
    return due_now(wallet_id, now=now).filter(screened_at__isnull=False)


def due_for_screening(wallet_id: UUID, *, now: datetime, most: int) -> list[Payout]:
    """Return the next pending payouts about which the chain was not asked yet, with the wallet.

    Those that are due in signing order, so that a large batch holds up nothing more urgent; then
    scheduled ones, as what is found must leave people time. Not those put aside for a while.
    """
    rows = Payout.objects.filter(
        wallet_id=wallet_id, status=Status.PENDING, screened_at__isnull=True
    )
    rows = rows.select_related("wallet").defer("wallet__sealed_key")
    found = list(rows.filter(sign_after__lte=now).order_by("priority", "pk")[:most])
    if len(found) < most:
        scheduled = rows.filter(due_at__gt=now, sign_after__gt=now).order_by("sign_after", "pk")
        found += scheduled[: most - len(found)]
    return found


def of_open_batches(payouts: list[Payout]) -> list[Payout]:
    """Return those whose batch lets them be signed, and keep it so until the transaction ends.

    Shares the rows of the batches: a pause waits for this transaction, and sees what it signed.
    A batch that somebody works on at this moment is passed by and not waited for.
    """
    wanted = sorted({payout.batch_id for payout in payouts if payout.batch_id is not None})
    if not wanted:
        return payouts
    found = Batch.objects.raw(
        "SELECT id FROM payouts_batch WHERE id = ANY(%s) AND paused_at IS NULL"
        " AND filled_at IS NOT NULL FOR SHARE SKIP LOCKED",
        [wanted],
    )
    open_ones = {None, *(batch.pk for batch in found)}
    return [payout for payout in payouts if payout.batch_id in open_ones]


class BatchNotFound(LucidError):
    """Batch not found"""

    code = PAYOUT_NOT_FOUND
    status_code = 404


def batch_visible_to(caller: Caller, batch_id: str) -> Batch:
    """Return one batch, or raise ``BatchNotFound``: also for other people's and odd ids."""
    key = parse_public_id("batch", batch_id)
    rows = Batch.objects.all() if caller.sees_all else Batch.objects.filter(owner=caller.user_id)
    batch = rows.filter(pk=key).first() if key else None
    if batch is None:
        raise BatchNotFound
    return batch


def available_micro(wallet: Wallet, *, now: datetime) -> int:
    """Return what a wallet could still pay: solid balance − holds − due and not yet held.

    Read without locks: two requests at once may both count on the same money. Then the later
    payout waits; the hold that the signer takes is what decides.
    """
    account = ledger.wallet_account(wallet, Asset.USDT)
    promised = Payout.objects.filter(
        wallet=wallet, status=Status.PENDING, due_at__lte=now
    ).aggregate(total=Sum("amount_micro"))["total"]
    return account.free_units - (promised or 0)
