"""Workers killed at every point of a payment's road: it costs time, never money."""

import threading
from collections.abc import Iterator

import pytest

from tests.chaos.actors import Actors
from tests.chaos.asking import Desk
from tests.chaos.beginning import CREDITED_MICRO, SETTINGS, merchant_made, payers_fund
from tests.chaos.facts_payments import payment_facts_of
from tests.chaos.listener import Listener
from tests.chaos.purchases import GATEWAY, Purchase
from tests.chaos.rest import settle, stand_still
from tests.chaos.shop import Shop
from tests.chaos.verdict_payments import payment_violations
from tests.platform.checks import assert_books_are_right
from tests.platform.payers import Payers
from tests.platform.payment_points import EXPIRY_POINT_NAMES, PAYMENT_POINT_NAMES
from tests.platform.running import Platform, platform

pytestmark = pytest.mark.slow
EXPIRY_MINUTES = 5


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give a platform of its own that takes payments and settles fees at once."""
    often = SETTINGS | {"PAYMENT_EXPIRY_MINUTES": str(EXPIRY_MINUTES)}
    with platform(tmp_path_factory.mktemp("payments"), **often) as whole:
        whole.start_beat()
        whole.start_web()
        yield whole


@pytest.fixture
def listener(running: Platform) -> Iterator[Listener]:
    """Give somebody who hears of every payment."""
    listening = Listener()
    with listening:
        listening.register(running)
        yield listening


@pytest.fixture
def shop(running: Platform) -> Shop:
    """Give a merchant."""
    return Shop(Desk(running), Payers(running, threading.Event()), merchant_made(running))


def purchases(points: tuple[str, ...], habit: str) -> list[Purchase]:
    """Return one for each point."""
    return [
        Purchase(
            at_s=0, reference=f"at {point}", key="", method=GATEWAY, amount_micro=20_000_000,
            priority="normal", habit=habit, share=0.3, refund="", twice=False, cancelled=False,
        )
        for point in points
    ]  # fmt: skip


def start(running: Platform, killed_at: str = "") -> None:
    """Start a worker."""
    running.fork("worker", "tests.platform.payment_worker", "w", killed_at)


def assert_all_is_kept(running: Platform, shop: Shop, listener: Listener) -> None:
    """Let a worker finish, and check by the chain what everybody got."""
    start(running)
    _, waits = settle(running, Actors(running))
    assert waits == []
    stand_still(running)
    facts = payment_facts_of(
        running, shop, listener, ordered=frozenset(), credited_micro=CREDITED_MICRO
    )
    assert [*shop.desk.complaints, *payment_violations(facts)] == []
    assert len(facts.rows) == len(shop.promises) > 0
    assert_books_are_right(running)
    assert running.manage("verify").strip().endswith("All is well.")
    running.kill("worker")


def test_a_payment_is_kept_when_workers_are_killed_at_every_point(
    running: Platform, shop: Shop, listener: Listener
) -> None:
    """Each worker finds what the one before it left, and a new payment, and dies further on."""
    bought = purchases(PAYMENT_POINT_NAMES, "over")
    payers_fund(running, bought)
    for point, purchase in zip(PAYMENT_POINT_NAMES, bought, strict=True):
        start(running, point)
        shop.buy(purchase)
        running.died("worker")
    assert_all_is_kept(running, shop, listener)


def test_what_came_in_goes_back_once_when_workers_are_killed_at_its_expiry(
    running: Platform, shop: Shop, listener: Listener
) -> None:
    bought = purchases(EXPIRY_POINT_NAMES, "short")
    payers_fund(running, bought)
    for purchase in bought:
        shop.buy(purchase)
    running.control("step", {"seconds": EXPIRY_MINUTES * 60})
    for point in EXPIRY_POINT_NAMES:
        start(running, point)
        running.died("worker")
    assert_all_is_kept(running, shop, listener)
