"""What came in: each deposit is ruled once, by what a solid block says, and acted upon."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from gateway import story
from gateway.kinds import DisputeCause, Ruling
from gateway.locks import payments_locked
from gateway.models import Incoming, Payment
from gateway.services import book
from gateway.services.confirm import payment_confirm
from gateway.services.dispute import dispute_open
from gateway.services.held import counted_units
from gateway.states import ENDED, PaymentStatus
from lucidpay.clock import from_ms
from lucidpay.errors import InvariantBroken
from wallets import ledger
from wallets.kinds import Asset
from wallets.models import Account
from wallets.models_deposit import Deposit

log = structlog.get_logger(__name__)

CHUNK = 200
BY = "watcher"
OPEN = (PaymentStatus.PENDING, PaymentStatus.PROCESSING)


def deposits_take(*, now: datetime) -> int:
    """Act on the next deposits that were booked; return how many were.

    A deposit is named by its transaction and log, and its row is taken in the transaction that
    acts on it: however many look, it counts once. One that cannot be acted on, which takes a
    broken invariant, waits for a person and stops no other.
    """
    due = list(_due().values_list("pk", flat=True)[:CHUNK])
    try:
        return _take(due, now)
    except (InvariantBroken, DatabaseError):
        log.critical("deposits_go_one_by_one", exc_info=True)
        return sum(_take_alone(pk, now) for pk in due)


def _due() -> QuerySet[Deposit]:
    return Deposit.objects.filter(taken_at=None, is_ours=False).order_by("pk")


def _take_alone(pk: int, now: datetime) -> int:
    try:
        return _take([pk], now)
    except (InvariantBroken, DatabaseError):
        log.critical("deposit_cannot_be_taken", deposit=pk, exc_info=True)
        return 0


def _take(due: list[int], now: datetime) -> int:
    with transaction.atomic():
        rows = _due().filter(pk__in=due).select_related("address")
        deposits = list(rows.select_for_update(skip_locked=True, of=("self",)))
        payments = _payments_of(deposits)
        came: dict[UUID, list[Incoming]] = defaultdict(list)
        for deposit in deposits:
            payment = payments.get(deposit.address_id)
            if payment is None:
                log.critical("deposit_without_payment", address=deposit.address.address)
                continue
            came[payment.pk].append(_incoming(deposit, payment, now))
        Incoming.objects.bulk_create([one for rows in came.values() for one in rows])
        for payment in payments.values():
            incoming_act(payment, came[payment.pk], now)
        taken = [deposit.pk for deposit in deposits]
        Deposit.objects.filter(pk__in=taken).update(taken_at=now)
    return len(deposits)


def _payments_of(deposits: list[Deposit]) -> dict[int, Payment]:
    """Lock the payments of these deposits and return them by the key of their address."""
    addresses = {deposit.address_id for deposit in deposits}
    keys = Payment.objects.filter(deposit__in=addresses).values_list("pk", flat=True)
    return {one.deposit_id: one for one in payments_locked(keys).values() if one.deposit_id}


def _incoming(deposit: Deposit, payment: Payment, now: datetime) -> Incoming:
    return Incoming(
        payment=payment,
        txid=deposit.txid,
        log_index=deposit.log_index,
        asset=deposit.asset,
        units=deposit.units,
        sender=deposit.sender,
        block_number=deposit.block_number,
        block_time_ms=deposit.block_time_ms,
        ruling=ruling_of(deposit, payment),
        at=now,
    )


def ruling_of(deposit: Deposit, payment: Payment) -> Ruling:
    """Return what a deposit is taken for, by its currency, its sender and its block's time.

    Dust of strangers is no question for a person: anybody can send some to any address, and
    swindlers do. What is late goes back to whoever has sent it.
    """
    is_strange = deposit.sender != payment.payer_address
    if deposit.asset != payment.pay_currency or (is_strange and _is_dust(deposit, payment)):
        return Ruling.STRAY
    is_late = payment.expires_at is not None and from_ms(deposit.block_time_ms) > payment.expires_at
    if is_late or payment.status in ENDED:
        return Ruling.LATE
    if is_strange:
        return Ruling.STRANGER
    return Ruling.EXCESS if payment.accepted_units else Ruling.COUNTED


def _is_dust(deposit: Deposit, payment: Payment) -> bool:
    return deposit.units < min(cost_of(deposit.asset) or 1, payment.pay_units)


def cost_of(asset: str) -> int:
    """Return what is kept of money that goes back by itself, in base units."""
    return settings.REFUND_COST_SUN if asset == Asset.TRX else settings.REFUND_COST_MICRO


def incoming_act(payment: Payment, came: list[Incoming], now: datetime) -> None:
    """Act on what was just written down for a locked payment."""
    if not came:
        return
    mine = [one for one in came if one.ruling != Ruling.STRAY]
    if strays := [_stray(one) for one in came if one.ruling == Ruling.STRAY]:
        ledger.book(strays, at=now)
    payment.received_units += sum(one.units for one in mine)
    payment.save(update_fields=["received_units"])
    _tell(payment, came, now)
    payment_look(payment, now)
    _ask(payment, mine, now)


def _ask(payment: Payment, came: list[Incoming], now: datetime) -> None:
    """Ask a person about money of strangers, and about any that comes when all is going back."""
    strangers = [one for one in came if one.ruling == Ruling.STRANGER]
    if strangers:
        text = f"{strangers[0].sender} has paid, and not {payment.payer_address}."
        dispute_open(
            payment, cause=DisputeCause.STRANGER, by=BY, text=text, incoming=strangers[0], now=now
        )
    elif came and payment.status == PaymentStatus.DISPUTED:
        text = f"{came[0].sender} has paid while the payment is disputed."
        dispute_open(payment, cause=DisputeCause.MORE, by=BY, text=text, incoming=came[0], now=now)


def _stray(came: Incoming) -> ledger.Booking:
    """Return what books a stray: too little is kept, anything else a person must explain."""
    is_dust = came.units < (cost_of(came.asset) or 1)
    return book.stray(came, Account.Kind.CHARGED if is_dust else Account.Kind.SUSPENSE)


def _tell(payment: Payment, came: list[Incoming], now: datetime) -> None:
    facts = [
        {"txid": one.txid, "log_index": one.log_index, "units": one.units, "asset": one.asset,
         "sender": one.sender, "ruling": one.ruling, "block": one.block_number}
        for one in came
    ]  # fmt: skip
    story.tell(
        [payment], by=BY, now=now, note="money came in", details={payment.pk: {"incoming": facts}}
    )


def payment_look(payment: Payment, now: datetime) -> None:
    """Confirm a locked payment for which enough has come in."""
    if payment.status in OPEN and counted_units(payment) >= payment.pay_units:
        payment_confirm(payment, by=BY, note="the money stands in a solid block", now=now)
