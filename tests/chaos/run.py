"""One run from an empty directory to a verdict."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.actors import Actors
from tests.chaos.alarms import alarms_of, wrong_alarms
from tests.chaos.asking import Desk
from tests.chaos.beginning import CREDITED_MICRO, SETTINGS, merchant_made, payers_fund
from tests.chaos.clients import Clients
from tests.chaos.facts import Facts, facts_of
from tests.chaos.facts_payments import PaymentFacts, payment_facts_of
from tests.chaos.listener import Listener
from tests.chaos.plan import Plan
from tests.chaos.rest import HALTS, settle, stand_still
from tests.chaos.shop import Shop
from tests.chaos.verdict import violations
from tests.chaos.verdict_payments import payment_violations
from tests.platform.payers import Payers
from tests.platform.running import Platform, platform

FACES, BLOCK_MS = 2, 150
# Within it a payer who means to pay in time does so, however slow the machine is.
IN_TIME_S = 60
EXPIRY_MIN_MINUTES = 5  # the setting's own bound


@dataclass(frozen=True)
class Outcome:
    """What a run did, what was so at its end, and what of it must not be."""

    plan: Plan
    desk: Desk
    actors: Actors
    shop: Shop
    facts: Facts
    payments: PaymentFacts
    alarms: Counter[str]
    verified: str
    settle_s: float
    wrong: list[str]


def chaos_run(
    plan: Plan, directory: Path, say: Callable[[str], None], *, is_wide: bool = False
) -> Outcome:
    """Carry a plan out on a platform of its own in a directory, and judge it.

    A wide one has two web servers, three workers, two beats, and PgBouncer in transaction mode.
    """
    listener, minutes = Listener(), expiry_minutes(plan)
    settings = SETTINGS | {"PAYMENT_EXPIRY_MINUTES": str(minutes)}
    with listener, platform(directory, faces=FACES, block_ms=BLOCK_MS, **settings) as whole:
        desk, actors = Desk(whole), Actors(whole, is_wide)
        clients, shop = Clients(desk), Shop(desk, Payers(whole, desk.stopped), merchant_made(whole))
        payers_fund(whole, plan.purchases)
        actors.start_all()
        listener.register(whole)
        say(
            f"{len(plan.orders)} orders, {len(plan.purchases)} purchases and {len(plan.acts)} acts "
            f"in {plan.duration_s:.0f} s"
        )
        _live_through(plan, actors, clients, shop, minutes * 60)
        say("the chaos is over; waiting for everything to be final")
        settle_s, late = settle(whole, actors)
        if not late and not whole.one(HALTS):
            stand_still(whole)
        facts = facts_of(whole, clients.accepted, listener)
        ordered = frozenset(one.recipient for one in plan.orders)
        payments = payment_facts_of(
            whole, shop, listener, ordered=ordered, credited_micro=CREDITED_MICRO
        )
        verified = _verify(whole)
        alarms = alarms_of(directory)
        wrong = [
            *late, *desk.complaints, *violations(facts), *payment_violations(payments),
            *wrong_alarms(alarms),
        ]  # fmt: skip
        if verified.startswith("FAILED"):
            wrong.append(f"manage.py verify: {verified}")
        return Outcome(plan, desk, actors, shop, facts, payments, alarms, verified, settle_s, wrong)


def expiry_minutes(plan: Plan) -> int:
    """Return how long payments can be paid: chain time runs ahead of the clock they expire by."""
    return max(EXPIRY_MIN_MINUTES, -(-(plan.stepped_s + IN_TIME_S) // 60))


def _live_through(plan: Plan, actors: Actors, clients: Clients, shop: Shop, expiry_s: int) -> None:
    """Let everybody do their part; when one breaks, stop the others and raise."""
    start_s, stopped = time.monotonic(), clients.desk.stopped
    failures: list[BaseException] = []

    def guarded(part: Callable[[Plan, float], None]) -> None:
        try:
            part(plan, start_s)
        except BaseException as error:
            failures.append(error)
            stopped.set()

    parts = [threading.Thread(target=guarded, args=(one.run,)) for one in (clients, shop)]
    for part in parts:
        part.start()
    try:
        actors.run(plan, start_s, stopped)
        actors.heal()
        _wait(actors, lambda: shop.nearly_done.is_set() or stopped.is_set())
        # Those who mean to pay too late need not wait any longer.
        shop.payers.platform.control("step", {"seconds": expiry_s})
        _wait(actors, lambda: not any(part.is_alive() for part in parts))
    finally:
        stopped.set()
        for part in parts:
            part.join()
    if failures:
        raise failures[0]


def _wait(actors: Actors, is_over: Callable[[], bool]) -> None:
    while not is_over():
        time.sleep(0.3)
        actors.supervise()


def _verify(whole: Platform) -> str:
    """Run the platform's own proof of its books."""
    try:
        return whole.manage("verify").strip().splitlines()[-1]
    except AssertionError as error:
        return f"FAILED: {error}"
