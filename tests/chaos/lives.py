"""Payments one by one: what was promised, what rows say, and what the chain has moved for each."""

from dataclasses import dataclass
from functools import cached_property

from tests.chaos.chain import Move
from tests.chaos.facts_payments import PaymentFacts, PaymentRow, RefundRow
from tests.chaos.purchases import ROUTE, address_of
from tests.chaos.shop import Promise

GONE = "failed"  # a refund of which nothing was paid


@dataclass(frozen=True)
class Life:
    """One payment: what was promised, what its row says, and what the chain has moved for it."""

    promise: Promise
    row: PaymentRow
    refunds: tuple[RefundRow, ...]
    came: tuple[Move, ...]  # to its deposit address, or to its payee directly
    to_payee: tuple[Move, ...]  # from us
    back: tuple[Move, ...]  # from us to its payer and to strangers

    @property
    def method(self) -> str:
        """Return how it was paid."""
        return self.promise.purchase.method

    def sum_of(self, moves: tuple[Move, ...], asset: str, recipient: str = "") -> int:
        """Return what these moves are of one asset, in base units."""
        return sum(
            one.units for one in moves if one.asset == asset and recipient in ("", one.recipient)
        )

    def live(self, **wanted: object) -> list[RefundRow]:
        """Return its refunds that did not fail and are so."""
        return [
            one
            for one in self.refunds
            if one.status != GONE
            and all(getattr(one, name) == value for name, value in wanted.items())
        ]


class Seen:
    """The facts, sorted by payment."""

    def __init__(self, facts: PaymentFacts) -> None:
        self.facts = facts

    @cached_property
    def lives(self) -> list[Life]:
        """Return one of each promise that has a row."""
        rows = {one.payment_id: one for one in self.facts.rows}
        return [
            self._life(one, rows[one.payment_id])
            for one in self.facts.promises
            if one.payment_id in rows
        ]

    @cached_property
    def to(self) -> dict[str, list[Move]]:
        """Return all moves by who got them."""
        found: dict[str, list[Move]] = {}
        for move in self.facts.moves:
            found.setdefault(move.recipient, []).append(move)
        return found

    def ours(self, recipient: str) -> tuple[Move, ...]:
        """Return what somebody got from us."""
        return tuple(one for one in self.to.get(recipient, ()) if one.sender == self.facts.hot)

    def theirs(self, recipient: str) -> tuple[Move, ...]:
        """Return what somebody got from others: what we send to deposit addresses is for fees."""
        return tuple(one for one in self.to.get(recipient, ()) if one.sender != self.facts.hot)

    def _life(self, promise: Promise, row: PaymentRow) -> Life:
        purchase = promise.purchase
        people = (address_of(purchase.payer), address_of(purchase.stranger))
        return Life(
            promise,
            row,
            tuple(one for one in self.facts.refunds if one.payment_id == promise.payment_id),
            () if purchase.method == ROUTE else self.theirs(promise.place),
            self.ours(purchase.payee),
            tuple(move for person in people for move in self.ours(person)),
        )
