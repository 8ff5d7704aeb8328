"""What a movement of our money on chain means: which journals it meets, and whose order it was."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from tron.flows import FEE_LOG_INDEX, WITHDRAW_LOG_INDEX
from tron.models import ChainFlow, ChainTransaction, Purpose, TxKind, TxStatus
from wallets.ledger import FEE, Booking, accounts_locked, other_accounts
from wallets.models import Account, Asset, Entry, FundingSource, Wallet, WalletStatus
from wallets.models_deposit import DepositAddress

UNEXPLAINED, DEPOSIT = "unexplained", "deposit"
OTHERS = (
    Account.Kind.SUSPENSE,
    Account.Kind.FUNDING,
    Account.Kind.STAKED,
    Account.Kind.REWARDS,
    Account.Kind.DEPOSITS,
    Account.Kind.PAYMENTS,
)
# A flow of one of these has its journal from the settlement, or will have.
ORDERED = (TxStatus.SUCCEEDED, TxStatus.FAILED)
# What the settlement books beside the fee, by what the transaction does.
MOVED_BY = {
    TxKind.TRANSFER: "payout",
    TxKind.TRANSFER_TRX: "sent",
    TxKind.STAKE: "staked",
}
SWEEP = "sweep"  # whatever it moves
# From which account the TRX comes that a transaction of ours lets the network pay back.
PAID_BACK = {
    TxKind.UNSTAKE: Account.Kind.STAKED,
    TxKind.CANCEL_UNSTAKE: Account.Kind.STAKED,
    TxKind.WITHDRAW: Account.Kind.STAKED,
    TxKind.CLAIM_REWARDS: Account.Kind.REWARDS,
}


@dataclass(frozen=True)
class Known:
    """What the flows of a chunk are judged by."""

    wallets: dict[str, Wallet]
    accounts: dict[tuple[UUID, str], Account]
    handed_out: dict[str, int]  # deposit address → its key
    orders: dict[str, ChainTransaction]
    settled: dict[tuple[str, str, int], int]  # (kind, txid, account) → units booked
    sources: frozenset[str]
    others: dict[tuple[str, str], Account]  # (kind, asset)

    def account(self, address: str, flow: ChainFlow) -> Account | None:
        """Return the account that holds an address's money, if its books had begun by then.

        Of a wallet its own, of deposit addresses the one that they share.
        """
        if address in self.handed_out:
            return self.others[(Account.Kind.DEPOSITS, flow.asset)]
        wallet = self.wallets.get(address)
        if wallet is None or (wallet.opened_at_block or 0) >= flow.block_number:
            return None
        return self.accounts[(wallet.pk, flow.asset)]


@dataclass(frozen=True)
class Judged:
    """What is to be booked for a flow.

    ``unexplained``: how much of it left without an order. ``is_ours``: what came to a deposit
    address is no payment.
    """

    bookings: list[Booking] = field(default_factory=list)
    unexplained: int = 0
    is_ours: bool = True


def known_of(flows: list[ChainFlow]) -> Known:
    """Lock the accounts of these flows' wallets and read what explains the flows."""
    addresses = {flow.sender for flow in flows} | {flow.recipient for flow in flows}
    used = Wallet.objects.with_books().filter(
        address__in=addresses, status__in=(WalletStatus.ACTIVE, WalletStatus.ARCHIVED)
    )
    wallets = {str(wallet.address): wallet for wallet in used.defer("sealed_key")}
    accounts = accounts_locked(wallet.pk for wallet in wallets.values())
    handed_out = DepositAddress.objects.filter(address__in=addresses)
    txids = {flow.txid for flow in flows}
    orders = ChainTransaction.objects.defer("signed_hex").filter(txid__in=txids)
    sources = FundingSource.objects.filter(address__in=addresses, removed_at=None)
    others = other_accounts(OTHERS)
    shared = (others[(Account.Kind.DEPOSITS, asset)] for asset in Asset)
    return Known(
        wallets=wallets,
        accounts=accounts,
        handed_out=dict(handed_out.values_list("address", "pk")),
        orders={order.txid: order for order in orders},
        settled=_settled(txids, (*accounts.values(), *shared)),
        sources=frozenset(sources.values_list("address", flat=True)),
        others=others,
    )


def _settled(txids: set[str], accounts: Iterable[Account]) -> dict[tuple[str, str, int], int]:
    entries = Entry.objects.filter(
        journal__kind__in=(FEE, SWEEP, *MOVED_BY.values()),
        journal__reference__in=txids,
        account__in=[account.pk for account in accounts],
    ).values_list("journal__kind", "journal__reference", "account", "units")
    return {(kind, txid, account): units for kind, txid, account, units in entries}


def judge(flow: ChainFlow, known: Known) -> Judged:
    """Return what is to be booked for a flow."""
    giver, taker = known.account(flow.sender, flow), known.account(flow.recipient, flow)
    ordered = _ordered(flow, giver, known) if giver else 0
    unexplained = flow.units - ordered if giver else 0
    if giver and taker and not ordered:
        return Judged([_booking("internal", flow, giver, taker, flow.units)], unexplained)
    bookings = []
    suspense = known.others[(Account.Kind.SUSPENSE, flow.asset)]
    if giver and unexplained:
        bookings.append(_booking(UNEXPLAINED, flow, giver, suspense, unexplained))
    if taker is None:
        return Judged(bookings, unexplained)
    if flow.recipient in known.handed_out and _is_payment(flow, giver, known):
        owed = known.others[(Account.Kind.PAYMENTS, flow.asset)]
        bookings.append(_booking(DEPOSIT, flow, owed, taker, flow.units))
        return Judged(bookings, unexplained, is_ours=False)
    source = _source_of(flow, giver, known)
    kind = "inflow" if source else UNEXPLAINED
    bookings.append(_booking(kind, flow, source or suspense, taker, flow.units))
    return Judged(bookings, unexplained)


def _is_payment(flow: ChainFlow, giver: Account | None, known: Known) -> bool:
    """Return whether somebody has paid to a deposit address.

    So does who lets us pay out to it: the payee of one payment may be the address of another.
    What comes from the network itself was staked there, by nobody that we know of.
    """
    if giver is None:
        return bool(flow.sender)
    order = known.orders.get(flow.txid)
    return order is not None and order.purpose == Purpose.PAYOUT


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
    kind = FEE if flow.log_index == FEE_LOG_INDEX else _moved_by(order)
    if kind != FEE and not _is_as_ordered(flow, order):
        return 0
    return -known.settled.get((kind, flow.txid, giver.pk), 0)


def _moved_by(order: ChainTransaction) -> str:
    if order.purpose == Purpose.SWEEP:
        return SWEEP
    return MOVED_BY.get(TxKind(order.kind), "")


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
