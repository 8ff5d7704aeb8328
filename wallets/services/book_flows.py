"""Every movement of our money on chain meets exactly one journal, and a deposit its row."""

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from lucidpay.errors import InvariantBroken
from lucidpay.money import tokens_of
from lucidpay.rows import rows_insert
from tron.flows import FEE_LOG_INDEX
from tron.halt import halt
from tron.models import LIVE, ChainFlow, ChainTransaction, Halt, HaltCause, ScanCursor
from wallets.ledger import book
from wallets.models import Wallet
from wallets.models_deposit import Deposit, DepositAddress
from wallets.services.judge_flows import ORDERED, judge, known_of

log = structlog.get_logger(__name__)

CHUNK = 500
BY = "books"
UNBOOKABLE = (InvariantBroken, IntegrityError, KeyError, ValueError)


class OutflowUnjudged(RuntimeError):
    """Something left the wallet that the books have not judged yet; nothing is signed meanwhile."""


def flows_due() -> QuerySet[ChainFlow]:
    """Return the flows that can be booked now.

    What belongs to a transaction of ours is judged when its end is settled, so that the
    payment and its flow never meet two journals. What others have paid, to a deposit address or
    as a pair that is watched, counts when a second node has told it (``tron/agree.py``): it is
    paid on. What leaves us does not wait for that.
    """
    unsettled = ChainTransaction.objects.filter(
        txid=OuterRef("txid"), settled_at=None, status__in=(*LIVE, *ORDERED)
    )
    one_witness = ScanCursor.objects.filter(agreed_number__lt=OuterRef("block_number"))
    paid_in = DepositAddress.objects.filter(address=OuterRef("recipient"))
    swept = DepositAddress.objects.filter(address=OuterRef("sender"))
    of_wallet = Wallet.objects.with_books().filter(
        Q(address=OuterRef("sender")) | Q(address=OuterRef("recipient"))
    )
    of_others = Exists(paid_in) | ~(Exists(of_wallet) | Exists(swept))
    rows = ChainFlow.objects.filter(~Exists(unsettled), booked_at=None)
    return rows.filter(~Exists(one_witness) | ~of_others)


def flows_book(*, now: datetime) -> int:
    """Book the next recorded flows and return how many were.

    What a settlement has booked is matched with its journal. What came from a funding source
    or another wallet of ours is booked as that, and what came to a deposit address as owed to
    whoever paid. Everything else is unexplained: it goes to suspense, and if it went out, all
    signing and sending is halted in the same transaction.

    Two bookers take different flows. One that cannot be booked, which takes a broken
    invariant, waits for a person and stops no other.
    """
    due = list(flows_due().order_by("pk").values_list("pk", flat=True)[:CHUNK])
    try:
        return _book(due, now)
    except UNBOOKABLE:
        log.critical("flows_are_booked_one_by_one", exc_info=True)
        return sum(_book_alone(pk, now) for pk in due)


def _book_alone(pk: int, now: datetime) -> int:
    try:
        return _book([pk], now)
    except UNBOOKABLE:
        log.critical("flow_cannot_be_booked", flow=pk, exc_info=True)
        _stop_unbooked(ChainFlow.objects.get(pk=pk), now)
        return 0


def _stop_unbooked(flow: ChainFlow, now: datetime) -> None:
    """Halt, once, for what left a wallet and cannot be booked: its halt went with its booking."""
    is_ours = (
        Wallet.objects.with_books().filter(address=flow.sender).exists()
        or DepositAddress.objects.filter(address=flow.sender).exists()
    )
    if is_ours and _unjudged(str(flow.sender)).filter(pk=flow.pk).exists():
        _stop(flow, flow.units, now)


def has_unjudged_outflow(address: str) -> bool:
    """Return whether something left an address in a block that was read, and nobody knows yet why.

    It was not signed here, as far as this database knows, and is not booked. Signing waits for
    it: after a database was set back, it is a payout that was paid and looks unpaid.
    """
    return _unjudged(address).exists()


def refuse_unjudged_outflow(address: str) -> None:
    """Raise ``OutflowUnjudged`` while nobody knows why something left this address."""
    if has_unjudged_outflow(address):
        raise OutflowUnjudged(f"money left {address}, and nobody knows yet why")


def _unjudged(address: str) -> QuerySet[ChainFlow]:
    """Return the unbooked outflows without an order here for which nothing was ever halted."""
    signed = ChainTransaction.objects.filter(txid=OuterRef("txid"))
    halted = Halt.objects.filter(cause=HaltCause.OUTFLOW, subject=OuterRef("txid"))
    rows = ChainFlow.objects.filter(~Exists(signed), ~Exists(halted))
    return rows.filter(sender=address, booked_at=None)


def _book(due: list[int], now: datetime) -> int:
    with transaction.atomic():
        flows = list(
            ChainFlow.objects.select_for_update(skip_locked=True)
            .filter(pk__in=due, booked_at=None)
            .order_by("pk")
        )
        if not flows:
            return 0
        known = known_of(flows)
        judged = [(flow, judge(flow, known)) for flow in flows]
        for flow, found in judged:
            if found.unexplained:
                _stop(flow, found.unexplained, now)
        book([booking for _, found in judged for booking in found.bookings], at=now)
        rows_insert(
            [
                _deposit(flow, known.handed_out[flow.recipient], is_ours=found.is_ours, now=now)
                for flow, found in judged
                if flow.recipient in known.handed_out
            ]
        )
        ChainFlow.objects.filter(pk__in=[flow.pk for flow in flows]).update(booked_at=now)
    return len(flows)


def _deposit(flow: ChainFlow, address_id: int, *, is_ours: bool, now: datetime) -> Deposit:
    return Deposit(
        address_id=address_id,
        txid=flow.txid,
        log_index=flow.log_index,
        asset=flow.asset,
        units=flow.units,
        sender=flow.sender,
        is_ours=is_ours,
        block_number=flow.block_number,
        block_time_ms=flow.block_time_ms,
        created_at=now,
    )


def _stop(flow: ChainFlow, units: int, now: datetime) -> None:
    what = "burned as a fee" if flow.log_index == FEE_LOG_INDEX else f"to {flow.recipient or '—'}"
    reason = (
        f"{tokens_of(units)} {flow.asset} left {flow.sender} in block {flow.block_number}, "
        f"{what}, and nobody ordered it here"
    )
    halt(cause=HaltCause.OUTFLOW, subject=flow.txid, reason=reason, by=BY, now=now)
