"""Every movement of a wallet's money on chain meets exactly one journal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from lucidpay.errors import InvariantBroken
from lucidpay.money import tokens_of
from tron.flows import FEE_LOG_INDEX, WITHDRAW_LOG_INDEX
from tron.halt import halt
from tron.models import LIVE, ChainFlow, ChainTransaction, Halt, HaltCause, TxKind, TxStatus
from wallets.ledger import FEE, Booking, accounts_locked, book, other_account
from wallets.models import Account, Asset, Entry, FundingSource, Wallet, WalletStatus

log = structlog.get_logger(__name__)

CHUNK = 500
BY = "books"
UNEXPLAINED = "unexplained"
UNBOOKABLE = (InvariantBroken, IntegrityError, KeyError, ValueError)
OTHERS = (
    Account.Kind.SUSPENSE,
    Account.Kind.FUNDING,
    Account.Kind.STAKED,
    Account.Kind.REWARDS,
)
# A flow of one of these has its journal from the settlement, or will have.
ORDERED = (TxStatus.SUCCEEDED, TxStatus.FAILED)
# What the settlement books beside the fee, by what the transaction does.
MOVED_BY = {
    TxKind.TRANSFER: "payout",
    TxKind.TRANSFER_TRX: "sent",
    TxKind.STAKE: "staked",
}
# From which account the TRX comes that a transaction of ours lets the network pay back.
PAID_BACK = {
    TxKind.UNSTAKE: Account.Kind.STAKED,
    TxKind.CANCEL_UNSTAKE: Account.Kind.STAKED,
    TxKind.WITHDRAW: Account.Kind.STAKED,
    TxKind.CLAIM_REWARDS: Account.Kind.REWARDS,
}


class OutflowUnjudged(RuntimeError):
    """Something left the wallet that the books have not judged yet; nothing is signed meanwhile."""


@dataclass(frozen=True)
class Known:
    """What the flows of a chunk are judged by."""

    wallets: dict[str, Wallet]
    accounts: dict[tuple[UUID, str], Account]
    orders: dict[str, ChainTransaction]
    settled: dict[tuple[str, str, int], int]  # (kind, txid, account) → units booked
    sources: frozenset[str]
    others: dict[tuple[str, str], Account]  # (kind, asset)

    def account(self, address: str, flow: ChainFlow) -> Account | None:
        """Return a wallet's account, if this is one whose books had begun by the flow's block."""
        wallet = self.wallets.get(address)
        if wallet is None or (wallet.opened_at_block or 0) >= flow.block_number:
            return None
        return self.accounts[(wallet.pk, flow.asset)]


def flows_due() -> QuerySet[ChainFlow]:
    """Return the flows that can be booked: those that do not wait for a settlement of ours.

    What belongs to a transaction of ours is judged when its end is settled, so that the
    payment and its flow never meet two journals.
    """
    unsettled = ChainTransaction.objects.filter(
        txid=OuterRef("txid"), settled_at=None, status__in=(*LIVE, *ORDERED)
    )
    return ChainFlow.objects.filter(~Exists(unsettled), booked_at=None)


def flows_book(*, now: datetime) -> int:
    """Book the next recorded flows and return how many were.

    What a settlement has booked is matched with its journal. What came from a funding source
    or another wallet of ours is booked as that. Everything else is unexplained: it goes to
    suspense, and if it went out, all signing and sending is halted in the same transaction.

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
    is_ours = Wallet.objects.with_books().filter(address=flow.sender).exists()
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
        known = _known(flows)
        bookings: list[Booking] = []
        for flow in flows:
            found, unexplained = _judge(flow, known)
            bookings += found
            if unexplained:
                _stop(flow, unexplained, now)
        book(bookings, at=now)
        ChainFlow.objects.filter(pk__in=[flow.pk for flow in flows]).update(booked_at=now)
    return len(flows)


def _known(flows: list[ChainFlow]) -> Known:
    """Lock the accounts of these flows' wallets and read what explains the flows."""
    addresses = {flow.sender for flow in flows} | {flow.recipient for flow in flows}
    used = Wallet.objects.with_books().filter(
        address__in=addresses, status__in=(WalletStatus.ACTIVE, WalletStatus.ARCHIVED)
    )
    wallets = {str(wallet.address): wallet for wallet in used.defer("sealed_key")}
    accounts = accounts_locked(wallet.pk for wallet in wallets.values())
    txids = {flow.txid for flow in flows}
    orders = ChainTransaction.objects.defer("signed_hex").filter(txid__in=txids)
    entries = Entry.objects.filter(
        journal__kind__in=(FEE, *MOVED_BY.values()),
        journal__reference__in=txids,
        account__in=[account.pk for account in accounts.values()],
    ).values_list("journal__kind", "journal__reference", "account", "units")
    sources = FundingSource.objects.filter(address__in=addresses, removed_at=None)
    return Known(
        wallets=wallets,
        accounts=accounts,
        orders={order.txid: order for order in orders},
        settled={(kind, txid, account): units for kind, txid, account, units in entries},
        sources=frozenset(sources.values_list("address", flat=True)),
        others={(kind, asset): other_account(kind, asset) for kind in OTHERS for asset in Asset},
    )


def _judge(flow: ChainFlow, known: Known) -> tuple[list[Booking], int]:
    """Return what is to be booked for a flow, and how much of it left without an order."""
    giver, taker = known.account(flow.sender, flow), known.account(flow.recipient, flow)
    ordered = _ordered(flow, giver, known) if giver else 0
    unexplained = flow.units - ordered if giver else 0
    if giver and taker and not ordered:
        return [_booking("internal", flow, giver, taker, flow.units)], unexplained
    bookings = []
    suspense = known.others[(Account.Kind.SUSPENSE, flow.asset)]
    source = _source_of(flow, giver, known)
    if giver and unexplained:
        bookings.append(_booking(UNEXPLAINED, flow, giver, suspense, unexplained))
    if taker and source:
        bookings.append(_booking("inflow", flow, source, taker, flow.units))
    elif taker:
        bookings.append(_booking(UNEXPLAINED, flow, suspense, taker, flow.units))
    return bookings, unexplained


def _source_of(flow: ChainFlow, giver: Account | None, known: Known) -> Account | None:
    """Return the account that an inflow comes from, if anybody knows it."""
    order = known.orders.get(flow.txid)
    if giver or flow.sender in known.sources:
        return known.others[(Account.Kind.FUNDING, flow.asset)]
    if flow.log_index != WITHDRAW_LOG_INDEX or order is None or order.status != TxStatus.SUCCEEDED:
        return None
    back = PAID_BACK.get(TxKind(order.kind))
    return known.others[(back, flow.asset)] if back else None


def _ordered(flow: ChainFlow, giver: Account, known: Known) -> int:
    """Return how much of an outflow a settlement has booked as ours.

    Only of a transaction that is what it should be. Money that moved with one that was found
    dead or contradicts its order is nobody's order.
    """
    order = known.orders.get(flow.txid)
    if order is None or order.status not in ORDERED:
        return 0
    kind = FEE if flow.log_index == FEE_LOG_INDEX else MOVED_BY.get(TxKind(order.kind), "")
    if kind != FEE and not _is_as_ordered(flow, order):
        return 0
    return -known.settled.get((kind, flow.txid, giver.pk), 0)


def _is_as_ordered(flow: ChainFlow, order: ChainTransaction) -> bool:
    """Return whether this is the movement that the order asks for, to the last unit."""
    asset = Asset.USDT if order.kind == TxKind.TRANSFER else Asset.TRX
    taker = "" if order.kind == TxKind.STAKE else order.recipient
    return (flow.asset, flow.sender, flow.recipient, flow.units) == (
        asset, order.sender, taker, order.amount_micro,
    )  # fmt: skip


def _booking(kind: str, flow: ChainFlow, source: Account, target: Account, units: int) -> Booking:
    sides = ((source, -units), (target, units))
    return Booking(kind, f"{flow.txid}/{flow.log_index}", sides, flow.block_number)


def _stop(flow: ChainFlow, units: int, now: datetime) -> None:
    what = "burned as a fee" if flow.log_index == FEE_LOG_INDEX else f"to {flow.recipient or '—'}"
    reason = (
        f"{tokens_of(units)} {flow.asset} left {flow.sender} in block {flow.block_number}, "
        f"{what}, and nobody ordered it here"
    )
    halt(cause=HaltCause.OUTFLOW, subject=flow.txid, reason=reason, by=BY, now=now)
