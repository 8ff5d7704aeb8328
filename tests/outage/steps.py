"""What the tests of this folder do again and again."""

from typing import Any

from tests.platform.checks import assert_books_are_right, assert_each_paid_once
from tests.platform.people import somebody
from tests.platform.running import Platform
from tests.waiting import until

PAYOUTS = "/api/payment/payouts"


def ask(running: Platform, **fields: Any) -> str:
    """Ask for a payout and return its path."""
    body = {"recipient_address": somebody(), "amount_usdt": 1, "reason": "outage"} | fields
    created = running.api("POST", PAYOUTS, body)
    assert created.status == 201, created.body
    return f"{PAYOUTS}/{created.body['payout_id']}"


def status(running: Platform, path: str) -> str:
    """Return the status of a payout."""
    return str(running.api("GET", path).body["status"])


def total(running: Platform) -> int:
    """Return how many payouts there are."""
    return int(running.one("SELECT count(*) FROM payouts_payout"))


def attempts(running: Platform, path: str) -> list[str]:
    """Return the statuses of the transactions signed for a payout, in order."""
    subject = path.rpartition("payout_")[2]
    query = "SELECT status FROM tron_chaintransaction WHERE subject = %s ORDER BY id"
    return [row[0] for row in running.rows(query, subject)]


def hurry(running: Platform) -> None:
    """Make every transaction under way due for sending, as if its pause were over."""
    running.rows(
        "UPDATE tron_chaintransaction SET next_send_at = now() "
        "WHERE next_send_at IS NOT NULL RETURNING id"
    )


def sends(running: Platform) -> int:
    """Return how often the transaction that was sent least often was sent, of those under way."""
    query = "SELECT coalesce(min(sends), 0) FROM tron_chaintransaction WHERE status = 'sent'"
    return int(running.one(query))


def until_all_confirmed(running: Platform) -> None:
    """Wait until no payout is under way, then check money and books."""
    under_way = "SELECT count(*) FROM payouts_payout WHERE status IN ('pending', 'processing')"
    until("all payouts have ended", lambda: running.one(under_way) == 0, deadline_s=120)
    assert_each_paid_once(running, total(running))
    assert_books_are_right(running)


def assert_signed_once(running: Platform) -> None:
    """No payout ever had a second transaction."""
    twice = "SELECT subject FROM tron_chaintransaction GROUP BY subject HAVING count(*) > 1"
    assert running.rows(twice) == []


def assert_told_once(running: Platform) -> None:
    """Each step of each payout was announced once."""
    twice = "SELECT type, subject FROM webhooks_event GROUP BY 1, 2 HAVING count(*) > 1"
    assert running.rows(twice) == []
    confirmed = "SELECT count(*) FROM webhooks_event WHERE type = 'payout.confirmed'"
    assert running.one(confirmed) == total(running)
