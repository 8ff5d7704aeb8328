"""What is so of payments at the end of a run: what was promised, what rows say, what was moved."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.chaos.chain import Move, balances, trx_moves, usdt_moves
from tests.chaos.listener import Listener
from tests.chaos.purchases import DEPOSITED, SETTLED_TO
from tests.chaos.shop import Promise, Returned, Shop
from tests.platform.running import Platform

Told = Counter[tuple[str, str]]  # (payment, type of webhook)


@dataclass(frozen=True)
class PaymentRow:
    """A payment as the database has it."""

    payment_id: str
    status: str
    is_completed: bool  # its payee was paid, whatever came after it


@dataclass(frozen=True)
class RefundRow:
    """A refund as the database has it."""

    refund_id: str
    payment_id: str
    cause: str
    is_covered: bool  # by the merchant's balance
    status: str
    asset: str
    units: int
    cost_units: int
    recipient: str

    @property
    def paid_units(self) -> int:
        """Return what its recipient got, or was to get."""
        return self.units - self.cost_units


@dataclass(frozen=True)
class Came:
    """Money that a payment knows of."""

    payment_id: str
    txid: str
    asset: str
    sender: str
    units: int


@dataclass(frozen=True)
class PaymentFacts:
    """All that a verdict on payments rests on."""

    promises: tuple[Promise, ...]
    returned: tuple[Returned, ...]
    rows: tuple[PaymentRow, ...]
    refunds: tuple[RefundRow, ...]
    came: tuple[Came, ...]
    moves: tuple[Move, ...]  # as the chain counts them
    hot: str
    ordered: frozenset[str]  # the recipients of payouts that clients have asked for
    settled_to: str
    settlements: tuple[int, ...]  # the amounts of those that are completed
    spent_micro: int  # of the merchant's balance
    owed: dict[str, int]  # to payers and payees, by the books
    earned_micro: int  # and not settled, by the books
    lying: dict[str, int]  # at deposit addresses, by the books
    on_chain: dict[str, int]  # the same, by the chain
    swept: int
    events: Told
    heard: Told


def payment_facts_of(
    platform: Platform,
    shop: Shop,
    listener: Listener,
    *,
    ordered: frozenset[str],
    credited_micro: int,
) -> PaymentFacts:
    """Collect them. Nothing here is the platform's own code but its tables."""
    places = [one.place for one in shop.promises if one.purchase.method in DEPOSITED]
    by_books = {
        kind: dict(platform.rows(BOOKED, kind)) for kind in ("deposits", "payments", "earned")
    }
    return PaymentFacts(
        promises=tuple(shop.promises),
        returned=tuple(shop.returned),
        rows=tuple(PaymentRow(*row) for row in platform.rows(PAYMENTS)),
        refunds=tuple(RefundRow(*row) for row in platform.rows(REFUNDS)),
        came=tuple(Came(*row) for row in platform.rows(CAME)),
        moves=(
            *usdt_moves(platform),
            *trx_moves(platform, senders=[platform.hot, *places], recipients=places),
        ),
        hot=platform.hot,
        ordered=ordered,
        settled_to=SETTLED_TO,
        settlements=tuple(row[0] for row in platform.rows(SETTLEMENTS)),
        spent_micro=credited_micro + platform.one(MERCHANT),
        owed={asset: -by_books["payments"].get(asset, 0) for asset in ("TRX", "USDT")},
        earned_micro=-by_books["earned"].get("USDT", 0),
        lying={asset: by_books["deposits"].get(asset, 0) for asset in ("TRX", "USDT")},
        on_chain=balances(platform, places),
        swept=platform.one("SELECT count(*) FROM gateway_sweep WHERE status = 'swept'"),
        events=Counter(
            {(_id("pay", key), kind): count for kind, key, count in platform.rows(EVENTS)}
        ),
        heard=listener.heard("payment"),
    )


PAYMENTS = """
    SELECT 'pay_' || replace(id::text, '-', ''), status, completed_at IS NOT NULL
      FROM gateway_payment"""
REFUNDS = """
    SELECT 'refund_' || replace(id::text, '-', ''), 'pay_' || replace(payment_id::text, '-', ''),
           cause, source = 'merchant', status, asset, units, cost_units, recipient
      FROM gateway_refund"""
CAME = """
    SELECT 'pay_' || replace(payment_id::text, '-', ''), txid, asset, sender, units
      FROM gateway_incoming"""
SETTLEMENTS = "SELECT amount_micro FROM gateway_settlement WHERE status = 'completed'"
BOOKED = (
    "SELECT a.asset, sum(e.units)::bigint FROM wallets_entry e "
    "JOIN wallets_account a ON a.id = e.account_id WHERE a.kind = %s GROUP BY 1"
)
# What we owe a merchant stands on the negative side.
MERCHANT = "SELECT balance_units FROM wallets_account WHERE kind = 'merchant'"
EVENTS = (
    "SELECT type, subject, count(*) FROM webhooks_event WHERE type LIKE 'payment.%%' GROUP BY 1, 2"
)


def _id(kind: str, key: Any) -> str:
    return f"{kind}_{str(key).replace('-', '')}"
