"""With the node away payouts wait, and go on by themselves when it is back."""

import pytest

from tests.outage.steps import ask, status, total, until_all_confirmed
from tests.platform.running import Platform
from tests.waiting import until

pytestmark = pytest.mark.slow


def health(running: Platform) -> str:
    """Return what health says of the chain."""
    return str(running.api("GET", "/api/payment/health").body["checks"]["tron"]["status"])


def test_it_accepts_while_the_node_is_away_and_pays_when_it_is_back(running: Platform) -> None:
    running.kill("node")
    path = ask(running)
    until("health says so", lambda: health(running) == "degraded", pause_s=1)
    assert running.api("GET", "/api/payment/health").status == 200
    assert status(running, path) == "pending"
    reason = "SELECT wait_reason FROM payouts_payout WHERE status = 'pending'"
    until("the payout says why it waits", lambda: "node" in running.one(reason))
    running.start_node()
    until_all_confirmed(running)
    until("health is well again", lambda: health(running) == "healthy", pause_s=1)


def test_it_sends_what_it_signed_when_the_node_went_away_before_sending(
    running: Platform,
) -> None:
    running.kill("worker")
    running.start_worker(killed_at="after store")
    path = ask(running)
    running.died("worker")
    running.kill("node")
    running.start_worker()
    tries = "SELECT count(*) FROM tron_nodeanswer WHERE outcome = 'not_here'"
    until("sending was tried in vain", lambda: running.one(tries) > 0)
    assert status(running, path) == "processing"
    running.start_node()
    until_all_confirmed(running)


def test_it_confirms_when_the_node_went_away_before_confirmation(running: Platform) -> None:
    running.kill("worker")
    running.start_worker(killed_at="after the answer is recorded")
    path = ask(running)
    running.died("worker")
    until("the transfer is in a block", lambda: len(running.transfers()) == total(running))
    running.kill("node")
    running.start_worker()
    assert status(running, path) == "processing"
    running.start_node()
    until_all_confirmed(running)


def test_it_tries_again_when_the_transaction_is_proven_dead(running: Platform) -> None:
    """The node accepts and forgets, as a node killed before its next block does."""
    running.kill("worker")
    http_auto = {"block_ms": 0}
    running.node("/sandbox/auto", http_auto)
    running.start_worker(killed_at="after the answer is recorded")
    path = ask(running)
    running.died("worker")
    running.kill("node")  # its pool of pending transactions is gone
    running.start_node()
    running.node("/sandbox/auto", http_auto)
    running.node("/sandbox/step", {"seconds": 600})  # chain time: beyond the expiration
    running.node("/sandbox/mine", {"blocks": 25})
    running.start_worker()
    running.node("/sandbox/auto", {"block_ms": 100})
    until_all_confirmed(running)
    payout = running.api("GET", path).body
    attempts = running.rows(
        "SELECT txid, status, proof FROM tron_chaintransaction WHERE subject = %s ORDER BY id",
        payout["payout_id"].removeprefix("payout_"),
    )
    assert [one[1] for one in attempts] == ["dead", "succeeded"]
    assert payout["txid"] == attempts[1][0]
    assert attempts[0][2]["solid_block_time_ms"] >= attempts[0][2]["expiration_ms"]
