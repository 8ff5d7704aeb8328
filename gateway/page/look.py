"""What the page needs to know of a payment: two statements, and one more when money went back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Subquery

from gateway.kinds import Method, Ruling
from gateway.models import Incoming, Payment
from gateway.services.held import back_units
from gateway.services.place import OPEN
from lucidpay.ids import parse_public_id
from tron.models import ScanCursor
from tron.networks import network


@dataclass(frozen=True)
class Came:
    """What came in for a payment, in base units of what it is paid in."""

    counted_units: int  # while it can be paid: less what went back, which pays nothing any more
    excess_units: int
    late_units: int
    has_stranger: bool
    has_stray: bool


@dataclass(frozen=True)
class Look:
    """A payment as it is now, what came in for it, and the chain's head."""

    payment: Payment
    came: Came
    head_number: int | None  # before the scanner's first look

    @property
    def address(self) -> str | None:
        """Return where the payer pays to, ``None`` where the payer need not do anything."""
        if self.payment.method == Method.ROUTE:
            return None
        deposit = self.payment.deposit
        return deposit.address if deposit else self.payment.payee_address


def payment_look(payment_id: str) -> Look | None:
    """Return the payment of a public id, ``None`` when there is none."""
    key = parse_public_id("pay", payment_id)
    if key is None:
        return None
    cursors = ScanCursor.objects.filter(genesis_id=network().genesis_id)
    found = (
        Payment.objects.select_related("deposit")
        .annotate(head_number=Subquery(cursors.values("head_number")[:1]))
        .filter(pk=key)
        .first()
    )
    if found is None:
        return None
    rows = Incoming.objects.filter(payment=key).values_list("ruling", "asset", "units")
    return Look(found, _came(rows, found), found.head_number)


def _came(rows: Iterable[tuple[str, str, int]], payment: Payment) -> Came:
    sums = dict.fromkeys(Ruling, 0)
    has_stray = False
    for ruling, asset, units in rows:
        is_other = asset != payment.pay_currency
        has_stray = has_stray or is_other
        sums[Ruling(ruling)] += 0 if is_other else units
    if payment.status in OPEN:
        sums[Ruling.COUNTED] -= back_units(payment)
    counted_units = min(sums[Ruling.COUNTED], payment.pay_units)
    return Came(
        counted_units=counted_units,
        # A transfer that is larger than what was due is one row.
        excess_units=sums[Ruling.EXCESS] + sums[Ruling.COUNTED] - counted_units,
        late_units=sums[Ruling.LATE],
        has_stranger=sums[Ruling.STRANGER] > 0,
        has_stray=has_stray,
    )
