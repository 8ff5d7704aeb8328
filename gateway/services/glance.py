"""Telling payers that their money was seen, before its block is solid. Nothing is paid by it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from gateway import story
from gateway.kinds import DEPOSITED, Method
from gateway.locks import payments_locked
from gateway.models import Payment
from gateway.models_glance import GlanceCursor
from gateway.services.held import counted_units
from gateway.services.place import OPEN
from gateway.states import PaymentStatus
from tron.cursor import cursor_here
from tron.glance import Seen, glance

BY = "watcher"
WATCHED_MAX = 5_000
SEEN = ("seen_txid", "seen_block")
UNDONE = "the block in which the money was seen was undone"


def payments_glance(*, now: datetime) -> int:
    """Let payments whose money stands in a block that is not solid yet be ``processing``.

    Each such block is looked at once. Those whose block was undone are pending again. Returns how
    many have moved. Raises ``NodeError`` when no node tells.
    """
    rows = Payment.objects.filter(status__in=OPEN, method__in=(*DEPOSITED, Method.DIRECT))
    payments = list(rows.select_related("deposit").order_by("-pk")[:WATCHED_MAX])
    if not payments:
        return 0
    seen, undone_above = _look(payments)
    found = {one.pk: mine for one in payments if (mine := _of(one, seen)) is not None}
    moved = _seen(found, now)
    unseen = [one.pk for one in payments if one.pk not in found]
    return moved + _unseen(unseen, undone_above, now)


def _look(payments: list[Payment]) -> tuple[list[Seen], int | None]:
    """Return what was seen since the last look, or, when that has left the chain, since the solid
    block. Then that block's number comes with it: what was seen above is all told.
    """
    addresses = {one.deposit.address for one in payments if one.deposit}
    pairs = {
        (one.payer_address, one.payee_address) for one in payments if one.method == Method.DIRECT
    }
    cursor, _ = GlanceCursor.objects.get_or_create(pk=1)
    look = glance(addresses, pairs, after_block=cursor.number)
    has_left = look.has_left(cursor.number, cursor.block_id) or look.head.number < cursor.number
    if has_left:
        look = glance(addresses, pairs)
    if look.blocks:
        last = look.blocks[-1]
        GlanceCursor.objects.filter(pk=1).update(number=last.number, block_id=last.block_id)
    return look.seen, look.solid_number if has_left else None


def _of(payment: Payment, seen: list[Seen]) -> Seen | None:
    """Return the newest transfer that, with what is solid, pays a payment."""
    to = payment.deposit.address if payment.deposit else payment.payee_address
    asked = (to, payment.payer_address, payment.pay_currency)
    mine = [one for one in seen if (one.recipient, one.sender, one.asset) == asked]
    if payment.method == Method.DIRECT:
        mine = [one for one in mine if one.units == payment.pay_units]
    solid = counted_units(payment) if mine and payment.received_units else 0
    is_enough = sum(one.units for one in mine) + solid >= payment.pay_units
    return mine[-1] if mine and is_enough else None


def _seen(found: dict[UUID, Seen], now: datetime) -> int:
    moved = 0
    with transaction.atomic():
        for key, payment in payments_locked(found).items():
            if payment.status != PaymentStatus.PENDING:
                continue
            payment.seen_txid, payment.seen_block = found[key].txid, found[key].block_number
            story.advance(
                [payment], to=PaymentStatus.PROCESSING, by=BY, now=now,
                note="the money was seen in a block that is not solid yet",
                details={key: {"txid": payment.seen_txid, "block": payment.seen_block}},
                changes=SEEN,
            )  # fmt: skip
            moved += 1
    return moved


def _unseen(keys: list[UUID], undone_above: int | None, now: datetime) -> int:
    """Let those be pending again whose block was undone: it is not there any more, or was passed
    by what is solid, and their money was not in it.
    """
    rows = Payment.objects.filter(pk__in=keys, status=PaymentStatus.PROCESSING)
    rows = rows.exclude(method=Method.ROUTE)
    cursor = cursor_here()
    gone = Q(seen_block__lte=cursor.number if cursor else 0)
    if undone_above is not None:
        gone |= Q(seen_block__gt=undone_above)
    rows = rows.filter(gone)
    moved = 0
    with transaction.atomic():
        for payment in payments_locked(rows.values_list("pk", flat=True)).values():
            if payment.status != PaymentStatus.PROCESSING or counted_units(payment):
                continue
            payment.seen_txid, payment.seen_block = "", None
            story.advance(
                [payment], to=PaymentStatus.PENDING, by=BY, now=now, note=UNDONE, changes=SEEN
            )
            moved += 1
    return moved
