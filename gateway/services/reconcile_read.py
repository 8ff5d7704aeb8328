"""What is known of payments here, gathered at a price that does not grow with their number.

What is claimed is read before what proves it, which only grows: nothing that is written meanwhile
can look like a difference. The payments are locked by the caller.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from gateway.models import Incoming, Payment
from gateway.models_back import Leg, Refund
from gateway.services import book
from tron.models import ChainFlow, ChainTransaction
from wallets.models import Entry
from wallets.models_deposit import Deposit
from wallets.services.suspense import STRAY

Place = tuple[str, int]  # a transaction's id, and the place there
# The journals in which a payment can stand.
JOURNALS = (
    "deposit", "payout", book.FEE, book.SWAP, book.BILLED, STRAY, book.COST, book.SENT_BACK,
    book.COVERED, book.UNCOVERED,
)  # fmt: skip
Booked = dict[tuple[str, str], int]  # (kind of account, asset) → units


@dataclass
class Known:
    """All that is known of one payment."""

    payment: Payment
    incoming: list[Incoming] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    attempts: list[ChainTransaction] = field(default_factory=list)
    flows: dict[Place, ChainFlow] = field(default_factory=dict)
    deposits: dict[Place, Deposit] = field(default_factory=dict)
    journals: dict[tuple[str, str], Booked] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return where the payer pays to."""
        deposit = self.payment.deposit
        return deposit.address if deposit else self.payment.payee_address

    @property
    def txids(self) -> set[str]:
        """Return every transaction that belongs to it."""
        own = {self.payment.seen_txid, self.payment.paid_txid} - {""}
        came = {one.txid for one in self.incoming} | {txid for txid, _ in self.deposits}
        return own | came | {one.txid for one in self.attempts}


def known_of(payments: Iterable[Payment]) -> dict[UUID, Known]:
    """Return what is known of each payment, by its key."""
    known = {payment.pk: Known(payment) for payment in payments}
    for came in Incoming.objects.filter(payment__in=known).order_by("pk"):
        known[came.payment_id].incoming.append(came)
    legs = Leg.objects.filter(payment__in=known).select_related("payout__transaction")
    for leg in legs.order_by("pk"):
        known[leg.payment_id].legs.append(leg)
    refunds = Refund.objects.filter(payment__in=known)
    linked = refunds.select_related("payout__transaction", "operation__transaction")
    for refund in linked.order_by("pk"):
        known[refund.payment_id].refunds.append(refund)
    _read_attempts(known)
    _read_flows(known)
    _read_journals(known)
    return known


def _read_attempts(known: dict[UUID, Known]) -> None:
    whose: dict[UUID, Known] = {}
    for one in known.values():
        subjects = [leg.payout_id for leg in one.legs]
        subjects += [key for back in one.refunds if (key := back.payout_id or back.operation_id)]
        whose |= dict.fromkeys(subjects, one)
    rows = ChainTransaction.objects.filter(subject__in=whose).defer("signed_hex")
    for tx in rows.order_by("pk"):
        whose[tx.subject].attempts.append(tx)


def _read_flows(known: dict[UUID, Known]) -> None:
    """Read what moved to each deposit address, and by each transaction; deposits after flows."""
    by_txid: dict[str, list[Known]] = defaultdict(list)
    by_address: dict[str, Known] = {}
    for one in known.values():
        for txid in one.txids:
            by_txid[txid].append(one)
        if one.payment.deposit:
            by_address[one.payment.deposit.address] = one
    moved = ChainFlow.objects.filter(Q(txid__in=by_txid) | Q(recipient__in=by_address))
    for flow in moved:
        at = by_address.get(flow.recipient)
        for one in {id(k): k for k in [*by_txid[flow.txid], *([at] if at else [])]}.values():
            one.flows[(flow.txid, flow.log_index)] = flow
    rows = Deposit.objects.filter(address__address__in=by_address).select_related("address")
    for deposit in rows:
        by_address[deposit.address.address].deposits[(deposit.txid, deposit.log_index)] = deposit


def references_of(one: Known) -> set[str]:
    """Return under which references the books can know a payment."""
    found = {one.payment.pk.hex, *(refund.pk.hex for refund in one.refunds)}
    found |= {tx.txid for tx in one.attempts}
    places = [*one.deposits, *((came.txid, came.log_index) for came in one.incoming)]
    return found | {f"{txid}/{index}" for txid, index in places}


def _read_journals(known: dict[UUID, Known]) -> None:
    whose = {reference: one for one in known.values() for reference in references_of(one)}
    rows = Entry.objects.filter(journal__kind__in=JOURNALS, journal__reference__in=whose)
    columns = ("journal__kind", "journal__reference", "account__kind", "asset", "units")
    for kind, reference, account, asset, units in rows.values_list(*columns):
        booked = whose[reference].journals.setdefault((kind, reference), {})
        booked[(account, asset)] = booked.get((account, asset), 0) + units
