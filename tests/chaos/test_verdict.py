"""The verdict on a run sees every way in which the promise can be broken."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.clients import Accepted
from tests.chaos.facts import Attempt, Facts, Payout
from tests.chaos.plan import Order
from tests.chaos.verdict import doubles, lost, violations

PAYMENT = ("Tanna", 1_500_000)


def order(**fields: object) -> Order:
    given = {
        "at_s": 0.0, "reference": "r", "key": "", "recipient": "Tanna", "cents": 150,
        "priority": "NORMAL", "twice": False, "cancelled": False,
    }  # fmt: skip
    return Order(**given | fields)  # type: ignore[arg-type]


def events(*told: tuple[str, str]) -> Counter[tuple[str, str]]:
    return Counter((payout, f"payout.{kind}") for payout, kind in told)


TOLD = events(
    *((payout, "created") for payout in ("paid", "failed", "gone")),
    ("paid", "confirmed"),
    ("failed", "failed"),
    ("gone", "cancelled"),
)
GOOD = Facts(
    accepted=(
        Accepted("paid", order()),
        Accepted("failed", order()),
        Accepted("gone", order(), is_cancelled=True),
    ),
    payouts=(
        Payout("paid", "confirmed", PAYMENT, "tx2"),
        Payout("failed", "failed", PAYMENT, "tx3"),
        Payout("gone", "cancelled", PAYMENT, None),
    ),
    attempts=(
        Attempt("tx1", "paid", "dead", has_proof=True, receipt=None),
        Attempt("tx2", "paid", "succeeded", has_proof=False, receipt="SUCCESS"),
        Attempt("tx3", "failed", "failed", has_proof=False, receipt="REVERT"),
    ),
    transfers=(("tx2", PAYMENT),),
    events=TOLD,
    heard=TOLD,
    forged=0,
    open_holds=0,
    unbalanced=0,
    booked={"USDT": 5, "TRX": 7},
    kept={"USDT": 5, "TRX": 7},
    on_chain={"USDT": 5, "TRX": 7},
)
FIRST, SECOND, THIRD = GOOD.payouts
DEAD, PAID, FAILED = GOOD.attempts


def test_it_is_content_with_a_promise_that_was_kept() -> None:
    assert violations(GOOD) == []


BROKEN = {
    "was paid 1 times too often": {"transfers": (("tx2", PAYMENT), ("tx1", PAYMENT))},
    "moved money for no confirmed payout": {"transfers": (("tx2", PAYMENT), ("tx1", PAYMENT))},
    "missing on the chain 1 times": {"transfers": ()},
    "is confirmed by tx2, which paid": {"transfers": (("tx9", PAYMENT),)},
    "made several transfers": {"transfers": (("tx2", PAYMENT), ("tx2", PAYMENT))},
    "was accepted as": {"payouts": (replace(FIRST, payment=("Tother", 1)), SECOND, THIRD)},
    "was never asked for": {"accepted": GOOD.accepted[1:]},
    "answered with the same payout": {"accepted": (GOOD.accepted[0], *GOOD.accepted)},
    "is still processing": {"payouts": (replace(FIRST, status="processing"), SECOND, THIRD)},
    "is still sent": {"attempts": (DEAD, PAID, replace(FAILED, status="sent"))},
    "is called dead; the chain says SUCCESS": {
        "attempts": (replace(DEAD, receipt="SUCCESS"), PAID, FAILED)
    },
    "is called dead; the chain says None": {
        "attempts": (replace(DEAD, has_proof=False), PAID, FAILED)
    },
    "is called failed; the chain says SUCCESS": {
        "attempts": (DEAD, PAID, replace(FAILED, receipt="SUCCESS"))
    },
    "is called failed; the chain says None": {
        "attempts": (DEAD, PAID, replace(FAILED, receipt=None))
    },
    "failed without any attempt": {"attempts": (DEAD, PAID)},
    "is confirmed with 2 payments": {"attempts": (replace(DEAD, status="succeeded"), PAID, FAILED)},
    "was cancelled and is": {"payouts": (FIRST, SECOND, replace(THIRD, status="failed"))},
    "was told as": {"events": GOOD.events + events(("paid", "confirmed"))},
    "was not announced once": {"events": GOOD.events + events(("paid", "created"))},
    "its receiver heard": {"heard": TOLD - events(("paid", "confirmed"))},
    "did not hear of it once": {"heard": TOLD + events(("gone", "created"))},
    "could not be verified": {"forged": 1},
    "holds are open": {"open_holds": 1},
    "do not sum to zero": {"unbalanced": 1},
    "booked": {"booked": {"USDT": 4, "TRX": 7}},
    "kept": {"kept": {"USDT": 4, "TRX": 7}},
    "on chain": {"on_chain": {"USDT": 4, "TRX": 7}},
    "a halt is open": {"halts": ("node a: forked",)},
}


@pytest.mark.parametrize(("words", "changes"), BROKEN.items())
def test_it_sees_a_broken_promise(words: str, changes: dict[str, object]) -> None:
    found = violations(replace(GOOD, **changes))
    assert any(words in text for text in found), found


def test_it_counts_doubles_and_losses() -> None:
    twice = replace(GOOD, transfers=(("tx2", PAYMENT), ("tx1", PAYMENT)))
    assert doubles(twice) == {PAYMENT: 1}
    assert lost(replace(GOOD, transfers=())) == {PAYMENT: 1}
    assert doubles(GOOD) == lost(GOOD) == Counter()
