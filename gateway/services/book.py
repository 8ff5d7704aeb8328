"""What payments write into the books, beside what wallets and payouts write themselves."""

from gateway.kinds import Method
from gateway.models import Incoming, Payment
from gateway.models_back import Refund
from wallets import ledger
from wallets.kinds import Asset
from wallets.ledger import Booking
from wallets.models import Account
from wallets.services.suspense import STRAY

Kind = Account.Kind
FEE, SWAP, BILLED, COST = "payment_fee", "swap", "billed", "refund_cost"
SENT_BACK, COVERED, UNCOVERED = "refund_trx", "refund_covered", "refund_uncovered"


def completed(payment: Payment) -> list[Booking]:
    """Return what a payment earns when its payee is paid: the fee, and on a swap what was swapped.

    A direct transfer's fee is billed, as nothing of it went through our hands. That of a route
    lies in the wallet that has paid.
    """
    if payment.method == Method.DIRECT:
        return _billed(payment)
    owed = Kind.PAYOUTS if payment.method == Method.ROUTE else Kind.PAYMENTS
    bookings = []
    if payment.fee_micro:
        bookings.append(_moved(FEE, payment.pk.hex, owed, Kind.EARNED, payment.fee_micro))
    if payment.method == Method.SWAP:
        bookings.append(_swapped(payment))
    return bookings


def _billed(payment: Payment) -> list[Booking]:
    if not payment.fee_micro:
        return []
    merchant = ledger.merchant_account(Kind.BILLED, payment.owner_id, Asset.USDT)
    due = ledger.other_account(Kind.DUE, Asset.USDT)
    sides = ((merchant, payment.fee_micro), (due, -payment.fee_micro))
    return [Booking(BILLED, payment.pk.hex, sides)]


def _swapped(payment: Payment) -> Booking:
    """Return the exchange: the TRX are ours now, and USDT are owed for them."""
    paid_in, owed = (ledger.other_account(Kind.PAYMENTS, one) for one in (Asset.TRX, Asset.USDT))
    trx, usdt = (ledger.other_account(Kind.SWAPS, one) for one in (Asset.TRX, Asset.USDT))
    sides = (
        (paid_in, payment.accepted_units),
        (trx, -payment.accepted_units),
        (usdt, payment.amount_micro),
        (owed, -payment.amount_micro),
    )
    return Booking(SWAP, payment.pk.hex, sides)


def stray(came: Incoming, to: Account.Kind) -> Booking:
    """Return what takes money that counts for no payment out of what payments are owed."""
    reference = f"{came.txid}/{came.log_index}"
    return _moved(STRAY, reference, Kind.PAYMENTS, to, came.units, Asset(came.asset))


def refunded(refund: Refund) -> list[Booking]:
    """Return what a refund that was paid books, beside what its payout or operation has booked."""
    bookings, asset = [], Asset(refund.asset)
    if refund.cost_units:
        bookings.append(
            _moved(COST, refund.pk.hex, Kind.PAYMENTS, Kind.CHARGED, refund.cost_units, asset)
        )
    if asset == Asset.TRX and refund.paid_units:
        # An operation books what it sends as sent to others; it was owed to this payer.
        bookings.append(
            _moved(SENT_BACK, refund.pk.hex, Kind.PAYMENTS, Kind.SENT, refund.paid_units, asset)
        )
    return bookings


def covered(refund: Refund, owner_id: int, *, back: bool = False) -> Booking:
    """Return what takes a refund from a merchant's balance, or puts it back there."""
    merchant = ledger.merchant_account(Kind.MERCHANT, owner_id, Asset.USDT)
    payments = ledger.other_account(Kind.PAYMENTS, Asset.USDT)
    units = -refund.units if back else refund.units
    sides = ((merchant, units), (payments, -units))
    return Booking(UNCOVERED if back else COVERED, refund.pk.hex, sides)


def _moved(
    kind: str,
    reference: str,
    source: Account.Kind,
    target: Account.Kind,
    units: int,
    asset: Asset = Asset.USDT,
) -> Booking:
    """Return a booking that lessens what one account owes and grows what another does."""
    less, more = ledger.other_account(source, asset), ledger.other_account(target, asset)
    return Booking(kind, reference, ((less, units), (more, -units)))
