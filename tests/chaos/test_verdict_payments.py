"""The verdict on payments sees every way in which they can be broken."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.chain import TRX, USDT, Move
from tests.chaos.facts_payments import Came, PaymentFacts, PaymentRow, RefundRow
from tests.chaos.purchases import (
    DIRECT,
    GATEWAY,
    SETTLED_TO,
    SWAP,
    Purchase,
    address_of,
    key_of,
)
from tests.chaos.shop import Promise, Returned
from tests.chaos.verdict_payments import payment_doubles, payment_lost, payment_violations

HOT, EXPIRES_MS = address_of(key_of("hot")), 100_000
AMOUNT, FEE, NET = 10_000_000, 15_000, 9_985_000
SUN = 200_000_000
COST, COST_SUN = 1_000_000, 1_100_000


def purchase(name: str, method: str = GATEWAY) -> Purchase:
    return Purchase(
        at_s=0, reference=name, key="", method=method, amount_micro=AMOUNT, priority="normal",
        habit="exact", share=0.5, refund="", twice=False, cancelled=False,
    )  # fmt: skip


def promise(name: str, method: str = GATEWAY) -> Promise:
    made = purchase(name, method)
    is_direct, is_swap = method == DIRECT, method == SWAP
    return Promise(
        payment_id=name,
        purchase=made,
        payer=address_of(made.payer),
        place=made.payee if is_direct else address_of(key_of(f"{name} place")),
        fee_micro=FEE,
        net_micro=AMOUNT if is_direct else NET,
        pay_units=SUN if is_swap else AMOUNT,
        asset=TRX if is_swap else USDT,
        expires_ms=EXPIRES_MS,
    )


PROMISES = {
    one.payment_id: one
    for one in (
        promise("plain"), promise("over"), promise("short"), promise("part"), promise("covered"),
        promise("strange"), promise("swapped", SWAP), promise("late", SWAP),
        promise("direct", DIRECT),
    )
}  # fmt: skip


def payer(name: str) -> str:
    return address_of(PROMISES[name].purchase.payer)


def stranger(name: str) -> str:
    return address_of(PROMISES[name].purchase.stranger)


def came(name: str, units: int, sender: str = "", asset: str = "") -> Move:
    """Money to where a payment is paid."""
    one = PROMISES[name]
    return Move(f"in {name}", asset or one.asset, sender or payer(name), one.place, units, 1)


def paid(name: str, units: int = NET) -> Move:
    """Money from us to a payee."""
    return Move(f"out {name}", USDT, HOT, PROMISES[name].purchase.payee, units)


def back(recipient: str, units: int, asset: str = USDT) -> Move:
    """Money from us to a payer."""
    return Move(f"back {recipient}", asset, HOT, recipient, units)


MOVES = (
    came("plain", AMOUNT), paid("plain"),
    came("over", AMOUNT + 5_000_000), paid("over"), back(payer("over"), 5_000_000 - COST),
    came("short", 4_000_000), back(payer("short"), 4_000_000 - COST),
    came("part", AMOUNT), paid("part", NET - 3_000_000), back(payer("part"), 3_000_000),
    came("covered", AMOUNT), paid("covered"), back(payer("covered"), 2_000_000),
    came("strange", AMOUNT, stranger("strange")), back(stranger("strange"), AMOUNT - COST),
    came("swapped", SUN), paid("swapped"),
    came("late", SUN)._replace(time_ms=EXPIRES_MS + 1), back(payer("late"), SUN - COST_SUN, TRX),
    came("direct", AMOUNT),
    Move("fees", USDT, HOT, SETTLED_TO, 5 * FEE),
    Move("swept", USDT, PROMISES["plain"].place, HOT, AMOUNT),
    Move("fuel", TRX, HOT, PROMISES["plain"].place, 7_000_000),
    Move("order", USDT, HOT, "Torder", 1),
)  # fmt: skip


def refund(name: str, cause: str, units: int, cost: int = 0, **fields: Any) -> RefundRow:
    one = PROMISES[name]
    given = {
        "refund_id": f"refund {name}", "payment_id": name, "cause": cause, "is_covered": False,
        "status": "completed", "asset": one.asset, "units": units, "cost_units": cost,
        "recipient": payer(name),
    }  # fmt: skip
    return RefundRow(**given | fields)


REFUNDS = (
    refund("over", "overpaid", 5_000_000, COST),
    refund("short", "underpaid", 4_000_000, COST),
    refund("part", "requested", 3_000_000),
    refund("covered", "requested", 2_000_000, is_covered=True),
    refund("strange", "disputed", AMOUNT, COST, recipient=stranger("strange")),
    refund("late", "late", SUN, COST_SUN),
)
COMPLETED = ("plain", "over", "part", "covered", "swapped", "direct")
STATUSES = dict.fromkeys(COMPLETED, "completed") | {
    "short": "failed", "strange": "refunded", "late": "failed",
}  # fmt: skip
EVENTS = Counter(
    [(name, "payment.created") for name in PROMISES]
    + [(name, "payment.completed") for name in COMPLETED]
)
GOOD = PaymentFacts(
    promises=tuple(PROMISES.values()),
    returned=(
        Returned("refund part", "part", 3_000_000, USDT),
        Returned("refund covered", "covered", 2_000_000, USDT),
    ),
    rows=tuple(PaymentRow(name, STATUSES[name], name in COMPLETED) for name in PROMISES),
    refunds=REFUNDS,
    came=tuple(
        Came(name, move.txid, move.asset, move.sender, move.units)
        for name, one in PROMISES.items()
        for move in MOVES
        if move.recipient == one.place and move.sender != HOT
    ),
    moves=MOVES,
    hot=HOT,
    ordered=frozenset({"Torder"}),
    settled_to=SETTLED_TO,
    settlements=(5 * FEE,),
    spent_micro=2_000_000,
    owed={USDT: 0, TRX: 0},
    earned_micro=0,
    lying={USDT: 5, TRX: 7},
    on_chain={USDT: 5, TRX: 7},
    swept=1,
    events=EVENTS,
    heard=EVENTS,
)


def moved(*more: Move, without: str = "") -> dict[str, Any]:
    """Return the moves with more of them, or without one."""
    return {"moves": (*(one for one in MOVES if one.txid != without), *more)}


def status_of(name: str, status: str, *, is_completed: bool = False) -> dict[str, Any]:
    """Return the rows with another status of one."""
    rows = (
        PaymentRow(name, status, is_completed) if one.payment_id == name else one
        for one in GOOD.rows
    )
    return {"rows": tuple(rows)}


def refunds(change: Callable[[RefundRow], RefundRow], name: str) -> dict[str, Any]:
    """Return the refunds with that of one payment changed."""
    return {"refunds": tuple(change(one) if one.payment_id == name else one for one in REFUNDS)}


def test_it_is_content_with_payments_that_were_kept() -> None:
    assert payment_violations(GOOD) == []
    assert payment_doubles(GOOD) == payment_lost(GOOD) == 0


BROKEN: dict[str, dict[str, Any]] = {
    "has paid its payee 2 times, not 1": moved(paid("plain")),
    "has paid its payee 0 times, not 1": moved(without="out plain"),
    "has paid its payee 1 times, not 0": moved(paid("short")),
    f"has paid its payee {NET + 1}, not {NET}": moved(paid("plain", NET + 1), without="out plain"),
    f"has paid its payee {NET}, not {NET - 3_000_000}": moved(paid("part"), without="out part"),
    "its payer has not paid its payee": moved(without="in direct"),
    "was paid in time": status_of("plain", "failed"),
    "4000000 came, 0 went on": moved(without=f"back {payer('short')}"),
    "-4000000 are missing": moved(back(payer("over"), 5_000_000 - COST)),
    f"{SUN} came, 0 went on": moved(without=f"back {payer('late')}"),
    "1 USDT units went back, 0 were covered": moved(back(payer("swapped"), 1)),
    "units of USDT went back of 10000000": moved(back(payer("plain"), AMOUNT + 1)),
    "a stranger sent 10000000 and got 10000001 back": moved(
        back(stranger("strange"), AMOUNT + 1), without=f"back {stranger('strange')}"
    ),
    "(underpaid) has kept 1000001": refunds(
        lambda one: replace(one, cost_units=COST + 1), "short"
    ),
    "(requested) has kept 1": refunds(lambda one: replace(one, cost_units=1), "part"),
    "short is still pending": status_of("short", "pending"),
    "refund short is still processing": refunds(
        lambda one: replace(one, status="processing"), "short"
    ),
    "stands on the chain, and its payment does not know it": {"came": GOOD.came[1:]},
    "is known to a payment and not to the chain": {
        "came": (*GOOD.came, replace(GOOD.came[0], txid="invented"))
    },
    "was paid 1 times too often": moved(back(payer("short"), 4_000_000 - COST)),
    "is said to be paid and missing on the chain 1 times": moved(
        without=f"back {payer('part')}"
    ),
    "is refunded 1 times too often": {"returned": GOOD.returned[1:]},
    "was promised to be refunded and is not, 1 times": {
        "returned": (*GOOD.returned, GOOD.returned[0])
    },
    f"the settlement address has got {10 * FEE} of {5 * FEE} earned": moved(
        Move("again", USDT, HOT, SETTLED_TO, 5 * FEE)
    ),
    f"the settlement address has got 0 of {5 * FEE} earned": moved(without="fees"),
    "were settled": {"settlements": (2 * FEE, 3 * FEE)},
    "went from a deposit address to a stranger": moved(
        Move("stolen", USDT, PROMISES["over"].place, "Tthief", 1)
    ),
    "whom nobody named": moved(Move("stray", USDT, HOT, "Tnobody", 1)),
    "the books owe": {"owed": {USDT: 1, TRX: 0}},
    "and 1 of fees": {"earned_micro": 1},
    "lie at deposit addresses by the books": {"lying": {USDT: 6, TRX: 7}},
    "merchants have paid 0 for refunds of 2000000": {"spent_micro": 0},
    "was promised, and nobody knows it": {"rows": GOOD.rows[1:]},
    "was never asked for": {"promises": GOOD.promises[1:]},
    "answered with the same payment": {"promises": (*GOOD.promises, GOOD.promises[0])},
    "was not announced once": {
        "events": EVENTS - Counter({("plain", "payment.created"): 1})
    },
    "is completed, and nobody was told": {
        "events": EVENTS - Counter({("plain", "payment.completed"): 1})
    },
    "was not heard 1 times": {"heard": EVENTS - Counter({("plain", "payment.created"): 1})},
    "was heard 1 times too often": {"heard": EVENTS + Counter({("plain", "payment.created"): 1})},
}  # fmt: skip


@pytest.mark.parametrize(("words", "changes"), BROKEN.items())
def test_it_sees_a_broken_payment(words: str, changes: dict[str, Any]) -> None:
    found = payment_violations(replace(GOOD, **changes))
    assert any(words in text for text in found), found


def test_it_counts_doubles_and_losses() -> None:
    assert payment_doubles(replace(GOOD, **moved(paid("plain")))) == 1
    assert payment_doubles(replace(GOOD, **moved(back(payer("short"), 4_000_000 - COST)))) == 1
    assert payment_lost(replace(GOOD, **moved(without="out plain"))) == 1
    assert payment_lost(replace(GOOD, came=GOOD.came[1:])) == 1


def test_what_is_too_little_to_count_may_stay() -> None:
    dust = came("plain", 400_000, stranger("plain"))
    known = Came("plain", dust.txid, USDT, dust.sender, dust.units)
    assert payment_violations(replace(GOOD, **moved(dust), came=(*GOOD.came, known))) == []
