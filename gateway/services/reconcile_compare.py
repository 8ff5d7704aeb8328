"""One payment against the chain and the books: what each says, and where they differ."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.kinds import Method, RefundCause, RefundSource, Ruling
from gateway.models import Incoming
from gateway.models_back import Leg, Refund
from gateway.services import book
from gateway.services.held import free_units
from gateway.services.reconcile_read import Known
from gateway.states import ENDED, PaymentStatus, RefundStatus
from lucidpay.money import tokens_of
from payouts.kinds import Origin
from payouts.models import Payout
from payouts.services.settle import PAID, PAID_TO
from payouts.states import Status
from tron.models import ChainTransaction, TxStatus
from wallets.kinds import Asset
from wallets.models import Account
from wallets.models_operation import OperationStatus

NOTHING = "nothing"
REFUND_OPEN = (RefundStatus.INITIATED, RefundStatus.PROCESSING)


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be; ``is_open`` while it may yet come right by itself."""

    field: str
    expected: str
    found: str
    meaning: str
    is_open: bool = False

    @property
    def body(self) -> dict[str, str]:
        """Return it as it is kept and told."""
        return {
            "field": self.field,
            "expected": self.expected,
            "found": self.found,
            "meaning": self.meaning,
        }


def compare(one: Known) -> list[Difference]:
    """Return where the payment, the chain as it was read, and the books differ."""
    return [
        *_came(one),
        *_not_taken(one),
        *_sums(one),
        *_paid(one),
        *_went_back(one),
        *_booked(one),
    ]


def units_text(units: int, asset: str) -> str:
    """Return an amount as differences tell it."""
    return f"{tokens_of(units)} {asset}"


def _moved(sender: str, recipient: str, units: int, asset: str) -> str:
    return f"{units_text(units, asset)} from {sender} to {recipient}"


def _came(one: Known) -> Iterator[Difference]:
    """Every movement that was taken for the payment stands in a solid block, as it was taken."""
    for came in one.incoming:
        flow = one.flows.get((came.txid, came.log_index))
        expected = _moved(came.sender, one.address, came.units, came.asset)
        found = _moved(flow.sender, flow.recipient, flow.units, flow.asset) if flow else NOTHING
        if found != expected:
            yield Difference(
                f"incoming {came}", expected, found,
                "What was counted as paid in is not what the solid blocks that were read say.",
            )  # fmt: skip


def _not_taken(one: Known) -> Iterator[Difference]:
    """Every movement to the payment's address was booked, and then taken for something."""
    if one.payment.deposit is None:
        return
    taken = {(came.txid, came.log_index): came for came in one.incoming}
    for place, flow in one.flows.items():
        deposit, came = one.deposits.get(place), taken.get(place)
        if flow.recipient != one.address or (deposit and deposit.is_ours):
            continue
        text = units_text(flow.units, flow.asset)
        name = f"flow {place[0]}/{place[1]}"
        if deposit is None:
            yield Difference(
                name, f"{text} in the books", NOTHING,
                "The chain has money at the payment's address that the books do not know yet.",
                is_open=True,
            )  # fmt: skip
        elif came is None:
            yield Difference(
                name, f"{text} taken for the payment", NOTHING,
                "Money came to the payment's address, and the payment has not acted on it yet.",
                is_open=True,
            )  # fmt: skip


def _sums(one: Known) -> Iterator[Difference]:
    """The payment's own sums are those of the rows they stand for."""
    payment, asset = one.payment, one.payment.pay_currency
    back = [refund for refund in one.refunds if refund.status != RefundStatus.FAILED]
    sums = {
        "received_units": (payment.received_units, _received(one.incoming), asset),
        "refunding_units": (
            payment.refunding_units,
            sum(refund.units for refund in back if refund.source == RefundSource.DEPOSIT),
            asset,
        ),
    }
    if payment.method != Method.SWAP:  # what was asked back of a swap is told in another currency
        asked = (refund.units for refund in back if refund.cause == RefundCause.REQUESTED)
        sums["refunded_micro"] = (payment.refunded_micro, sum(asked), Asset.USDT.value)
    for name, (says, adds_up, unit) in sums.items():
        if says != adds_up:
            yield Difference(
                name, units_text(adds_up, unit), units_text(says, unit),
                "The payment's sum is not that of what it is made of.",
            )  # fmt: skip


def _received(incoming: list[Incoming]) -> int:
    return sum(came.units for came in incoming if came.ruling != Ruling.STRAY)


def _paid(one: Known) -> Iterator[Difference]:
    """A payment is completed when its payee is paid, and only then."""
    payment = one.payment
    paid = [leg for leg in one.legs if leg.payout.status == Status.CONFIRMED]
    for leg in one.legs:
        yield from _leg(one, leg)
    if payment.method == Method.DIRECT:
        if payment.completed_at and not any(c.ruling == Ruling.COUNTED for c in one.incoming):
            yield _unpaid(payment.status)
        return
    if payment.completed_at and not paid:
        yield _unpaid(payment.status)
    if paid and not payment.completed_at:
        yield Difference(
            "status", PaymentStatus.COMPLETED, payment.status,
            "The payee's payout is confirmed, and the payment does not say so yet.", is_open=True,
        )  # fmt: skip
    if len(paid) > 1:
        names = ", ".join(leg.payout.public_id for leg in paid)
        yield Difference("legs", "one", names, "The payee was paid more than once.")


def _unpaid(status: str) -> Difference:
    return Difference(
        "status", "not completed", status, "No payment to the payee stands in a solid block."
    )


def _leg(one: Known, leg: Leg) -> Iterator[Difference]:
    payout, payment = leg.payout, one.payment
    if payout.status != Status.CONFIRMED:
        return
    name = f"leg {payout.public_id}"
    expected = f"{units_text(payment.leg_micro, Asset.USDT)} to {payment.payee_address}"
    found = f"{units_text(payout.amount_micro, Asset.USDT)} to {payout.recipient_address}"
    if found != expected:
        yield Difference(name, expected, found, "The payee was paid otherwise than owed.")
    yield from _payout(one, name, payout)


def _payout(one: Known, name: str, payout: Payout) -> Iterator[Difference]:
    """A confirmed payout: its transaction has succeeded, the chain has moved it, the books know."""
    tx = payout.transaction
    if tx is None or tx.status != TxStatus.SUCCEEDED:
        yield Difference(
            name, "a transaction that has succeeded", tx.status if tx else NOTHING,
            "It is confirmed without a proof.",
        )  # fmt: skip
        return
    yield from _moved_by(one, name, tx, payout.recipient_address, payout.amount_micro, Asset.USDT)
    account = PAID_TO.get(payout.origin, PAID)
    booked = one.journals.get(("payout", tx.txid), {}).get((account, Asset.USDT), 0)
    if booked != payout.amount_micro:
        yield Difference(
            f"{name} in the books", units_text(payout.amount_micro, Asset.USDT),
            units_text(booked, Asset.USDT), "What was paid is not booked as it was paid.",
        )  # fmt: skip


def _moved_by(
    one: Known, name: str, tx: ChainTransaction, recipient: str, units: int, asset: Asset
) -> Iterator[Difference]:
    expected = _moved(tx.sender, recipient, units, asset)
    flows = [flow for (txid, _), flow in one.flows.items() if txid == tx.txid]
    found = [_moved(flow.sender, flow.recipient, flow.units, flow.asset) for flow in flows]
    if expected not in found:
        yield Difference(
            f"{name} on the chain", expected, "; ".join(found) or NOTHING,
            f"Transaction {tx.txid} has not moved this in the solid blocks that were read.",
        )  # fmt: skip


def _went_back(one: Known) -> Iterator[Difference]:
    """A refund is completed when it is paid, and only then."""
    for refund in one.refunds:
        yield from _refund(one, refund)


def _refund(one: Known, refund: Refund) -> Iterator[Difference]:
    name = f"refund {refund.public_id}"
    payout, operation = refund.payout, refund.operation
    is_paid = (payout is not None and payout.status == Status.CONFIRMED) or (
        operation is not None and operation.status == OperationStatus.CONFIRMED
    )
    if is_paid and refund.status != RefundStatus.COMPLETED:
        yield Difference(
            name, RefundStatus.COMPLETED, refund.status,
            "It is paid, and does not say so yet.", is_open=refund.status in REFUND_OPEN,
        )  # fmt: skip
    if refund.status != RefundStatus.COMPLETED or not refund.paid_units:
        return
    if not is_paid:
        yield Difference(name, "paid", NOTHING, "It is completed, and nothing has paid it.")
    elif payout is not None:
        yield from _refund_payout(one, name, refund, payout)
    elif operation is not None and operation.transaction is not None:
        tx, units = operation.transaction, refund.paid_units
        yield from _moved_by(one, name, tx, refund.recipient, units, Asset.TRX)


def _refund_payout(one: Known, name: str, refund: Refund, payout: Payout) -> Iterator[Difference]:
    expected = f"{units_text(refund.paid_units, Asset.USDT)} to {refund.recipient}"
    found = f"{units_text(payout.amount_micro, Asset.USDT)} to {payout.recipient_address}"
    if expected != found or payout.origin != Origin.REFUND:
        yield Difference(name, expected, found, "What went back is not what the refund says.")
    yield from _payout(one, name, payout)


def _booked(one: Known) -> Iterator[Difference]:
    """The fee is booked once the payment is completed; in the end nothing is owed any more."""
    payment, kind = one.payment, book.FEE
    if payment.method == Method.DIRECT:
        kind = book.BILLED
    booked = one.journals.get((kind, payment.pk.hex), {})
    earned = sum(units for units in booked.values() if units > 0)
    due = payment.fee_micro if payment.completed_at else 0
    if earned != due:
        yield Difference(
            "fee", units_text(due, Asset.USDT), units_text(earned, Asset.USDT),
            "The fee in the books is not the payment's.",
        )  # fmt: skip
    if not _is_quiet(one):
        return
    for asset in Asset:
        owed = sum(
            journal.get((Account.Kind.PAYMENTS.value, asset.value), 0)
            for journal in one.journals.values()
        )
        if owed:
            yield Difference(
                f"owed {asset}", units_text(0, asset), units_text(-owed, asset),
                "The payment has ended, and the books still owe something for it (below 0: have "
                "given away more than came in).",
            )  # fmt: skip


def _is_quiet(one: Known) -> bool:
    """Return whether nothing of what came in is open: then the books owe nothing for it."""
    payment = one.payment
    is_open = any(refund.status in REFUND_OPEN for refund in one.refunds)
    untaken = any(
        not deposit.is_ours and deposit.taken_at is None for deposit in one.deposits.values()
    )
    free = free_units(payment)
    return payment.status in ENDED and not is_open and not untaken and not free
