"""One run from an empty directory to a verdict."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.actors import Actors
from tests.chaos.alarms import alarms_of, wrong_alarms
from tests.chaos.clients import Clients
from tests.chaos.facts import Facts, facts_of
from tests.chaos.listener import WAITING, Listener
from tests.chaos.plan import Plan
from tests.chaos.verdict import violations
from tests.platform.running import Platform, platform
from tests.waiting import until

FACES, BLOCK_MS = 2, 150
# As short as may be, so that deaths are proven and books compared many times in a run.
SETTINGS = {
    "TRON_EXPIRATION_S": "60", "RECONCILE_INTERVAL_S": "5", "WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
    "WEBHOOK_TIMEOUT_S": "2", "WEBHOOK_RETRIES_S": "1,2,4" + 12 * ",5",
}  # fmt: skip
SETTLE_S = 300  # from the end of the chaos until everything is final
UNDER_WAY = "SELECT count(*) FROM payouts_payout WHERE status IN ('pending', 'processing')"
TO_BOOK = "SELECT count(*) FROM tron_chainflow WHERE booked_at IS NULL"
OPEN_HOLDS = "SELECT count(*) FROM wallets_hold WHERE status = 'open'"
HALTS = "SELECT count(*) FROM tron_halt WHERE lifted_at IS NULL"


@dataclass(frozen=True)
class Outcome:
    """What a run did, what was so at its end, and what of it must not be."""

    plan: Plan
    clients: Clients
    actors: Actors
    facts: Facts
    alarms: Counter[str]
    verified: str
    settle_s: float
    wrong: list[str]


def chaos_run(plan: Plan, directory: Path, say: Callable[[str], None]) -> Outcome:
    """Carry a plan out on a platform of its own in a directory, and judge it."""
    listener = Listener()
    with listener, platform(directory, faces=FACES, block_ms=BLOCK_MS, **SETTINGS) as whole:
        actors, clients = Actors(whole), Clients(whole)
        actors.start_all()
        listener.register(whole)
        say(f"{len(plan.orders)} orders and {len(plan.acts)} acts in {plan.duration_s:.0f} s")
        _live_through(plan, actors, clients)
        say("the chaos is over; waiting for every payout to be final")
        settle_s, late = _settle(whole, actors)
        facts = facts_of(whole, clients.accepted, listener)
        verified = _verify(whole)
        alarms = alarms_of(directory)
        wrong = [*late, *clients.complaints, *violations(facts), *wrong_alarms(alarms)]
        if verified.startswith("FAILED"):
            wrong.append(f"manage.py verify: {verified}")
        return Outcome(plan, clients, actors, facts, alarms, verified, settle_s, wrong)


def _live_through(plan: Plan, actors: Actors, clients: Clients) -> None:
    """Let actors and clients do their part; when one breaks, stop the other and raise."""
    start_s = time.monotonic()
    failures: list[BaseException] = []

    def pay() -> None:
        try:
            clients.run(plan, start_s)
        except BaseException as error:
            failures.append(error)
            clients.stopped.set()

    paying = threading.Thread(target=pay)
    paying.start()
    try:
        actors.run(plan, start_s, clients.stopped)
        actors.heal()
        while paying.is_alive():
            paying.join(1)
            actors.supervise()
    finally:
        clients.stopped.set()
        paying.join()
    if failures:
        raise failures[0]


def _settle(whole: Platform, actors: Actors) -> tuple[float, list[str]]:
    """Wait until nothing is under way; return the seconds it took, and what did not end."""
    start_s = time.monotonic()

    def at_rest() -> bool:
        actors.supervise()
        # After a halt nothing moves any more: the verdict names it.
        is_over = not any(whole.one(query) for query in (UNDER_WAY, OPEN_HOLDS, TO_BOOK, WAITING))
        return is_over or bool(whole.one(HALTS))

    try:
        until("every payout is final, booked and told", at_rest, deadline_s=SETTLE_S, pause_s=0.5)
    except AssertionError as error:
        return time.monotonic() - start_s, [str(error)]
    return time.monotonic() - start_s, []


def _verify(whole: Platform) -> str:
    """Run the platform's own proof of its books."""
    try:
        return whole.manage("verify").strip().splitlines()[-1]
    except AssertionError as error:
        return f"FAILED: {error}"
