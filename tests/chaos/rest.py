"""Waiting until nothing is under way any more, and helping along what only waits for its time."""

import time
from contextlib import suppress

from tests.chaos.actors import Actors
from tests.chaos.listener import WAITING
from tests.platform.running import Platform
from tests.waiting import until

SETTLE_S = 300  # from the end of the chaos until everything is final
HALTS = "SELECT count(*) FROM tron_halt WHERE lifted_at IS NULL"
# Each is a number of things that are not done; the first that is not 0 is what is waited for.
UNDER_WAY = {
    "payouts": "SELECT count(*) FROM payouts_payout WHERE status IN ('pending', 'processing')",
    "holds": "SELECT count(*) FROM wallets_hold WHERE status = 'open'",
    "payments": """
        SELECT count(*) FROM gateway_payment
         WHERE status IN ('pending', 'processing', 'confirmed', 'disputed')""",
    "refunds": "SELECT count(*) FROM gateway_refund WHERE status IN ('initiated', 'processing')",
    "money of ended payments": """
        SELECT count(*) FROM gateway_payment
         WHERE status IN ('completed', 'failed', 'cancelled', 'refunded')
           AND received_units > accepted_units + refunding_units""",
    "deposits": "SELECT count(*) FROM wallets_deposit WHERE taken_at IS NULL AND NOT is_ours",
    "weighing": "SELECT count(*) FROM wallets_deposit WHERE weighed_at IS NULL AND NOT is_ours",
    "operations": "SELECT count(*) FROM wallets_operation WHERE status = 'open'",
    "sweeps": """
        SELECT count(*) FROM gateway_sweep WHERE status = 'signed'
            OR status = 'wanted' AND look_at < now() + interval '1 minute'""",
    "settlements": """
        SELECT count(*) FROM gateway_settlement WHERE status IN ('initiated', 'processing')""",
    "fees": """
        SELECT count(*) FROM gateway_payment WHERE completed_at IS NOT NULL
           AND settlement_id IS NULL AND method <> 'direct_transfer'""",
    "flows": "SELECT count(*) FROM tron_chainflow WHERE booked_at IS NULL",
    "webhooks": WAITING,
}
UNREAD = "SELECT count(*) FROM tron_scancursor WHERE least(number, agreed_number) < %s"
# A sweep whose turn comes in a while need not be waited for.
HURRY = """
    UPDATE gateway_sweep SET look_at = now()
     WHERE status = 'wanted' AND look_at BETWEEN now() AND now() + interval '1 minute'"""


def settle(whole: Platform, actors: Actors) -> tuple[float, list[str]]:
    """Wait until nothing is under way; return the seconds it took, and what did not end."""
    start_s = time.monotonic()
    waits: list[str] = []

    def at_rest() -> bool:
        actors.supervise()
        # After a halt nothing moves any more: the verdict names it.
        waits[:] = [] if whole.one(HALTS) else _under_way(whole)
        if waits:
            _help(whole, waits)
        return not waits

    try:
        until("nothing is under way", at_rest, deadline_s=SETTLE_S, pause_s=0.5)
    except AssertionError as error:
        return time.monotonic() - start_s, [f"{error}: {', '.join(waits)}"]
    return time.monotonic() - start_s, []


def stand_still(whole: Platform) -> None:
    """Stop the chain and wait until all of it is read and booked, so that it can be compared.

    Balances of many addresses cannot be asked of one block while blocks come this fast.
    """
    whole.control("auto", {"block_ms": 0})
    solid = whole.sandbox("state")["solid"]["number"]
    until("all blocks are read", lambda: whole.one(UNREAD, solid) == 0 and not _under_way(whole))


def _under_way(whole: Platform) -> list[str]:
    counts = {name: whole.one(query) for name, query in UNDER_WAY.items()}
    return [f"{count} {name}" for name, count in counts.items() if count]


def _help(whole: Platform, waits: list[str]) -> None:
    """Let sweeps have their turn, and settle by hand what else would wait for the schedule."""
    names = {wait.partition(" ")[2] for wait in waits}
    if "sweeps" in names:
        whole.execute(HURRY)
    if "fees" in names and not names & {"payments", "settlements"}:
        with suppress(AssertionError):  # the schedule was faster
            whole.manage("settle_now")
