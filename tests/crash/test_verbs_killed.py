"""What people do, killed at every point: all of it has happened, or nothing."""

from collections.abc import Iterator

import pytest

from tests.outage.steps import ask
from tests.platform.checks import assert_books_are_right, assert_each_paid_once
from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.platform.verb_points import VERB_POINT_NAMES
from tests.waiting import until

pytestmark = pytest.mark.slow
BATCH = "/api/payment/payouts/batch"
LARGE = 6_000  # USDT: a person must agree
STATE = """
    SELECT array_agg(DISTINCT p.status), array_agg(DISTINCT p.review),
           bool_or(p.due_at <= now()), bool_and(p.due_at <= now()),
           (SELECT count(*) FROM payouts_payoutevent WHERE payout_id = ANY(array_agg(p.id))),
           (SELECT count(*) FROM webhooks_event
             WHERE subject = ANY(array_agg(p.id)) OR subject = ANY(array_agg(p.batch_id))),
           (SELECT count(*) FROM payouts_batchevent WHERE batch_id = ANY(array_agg(p.batch_id))),
           (SELECT count(*) FROM payouts_approval WHERE payout_id = ANY(array_agg(p.id))),
           (SELECT sum(used_micro) FROM payouts_limitwindow)
      FROM payouts_payout AS p WHERE p.id::text = %s OR p.batch_id::text = %s
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give a platform of its own: not everything asked for here is paid."""
    with platform(tmp_path_factory.mktemp("verbs")) as whole:
        whole.start_web()
        yield whole


def batch(running: Platform, batch_type: str) -> str:
    """Ask for a batch of three and return its key."""
    payouts = [
        {"recipient_address": somebody(), "amount_usdt": 1, "reason": "salary"} for _ in range(3)
    ]
    answer = running.api("POST", BATCH, {"payouts": payouts, "batch_type": batch_type})
    assert answer.status == 201, answer.body
    return key_of(answer.body["batch_id"])


def key_of(public_id: str) -> str:
    """Return the key in an id, as PostgreSQL writes it."""
    digits = public_id.rpartition("_")[2]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def state(running: Platform, key: str) -> tuple[object, ...]:
    """Return all that a verb could change."""
    return running.rows(STATE, key, key)[0]


def killed_everywhere(running: Platform, verb: str, key: str) -> None:
    """Let a process die at each point of a verb: before its commit nothing has happened."""
    before = state(running, key)
    for point in VERB_POINT_NAMES[verb]:
        assert state(running, key) == before, f"{verb}: something was left behind before {point}"
        running.fork("verb", "tests.platform.verbs", verb, key, point)
        running.died("verb")
    assert state(running, key) != before


def count(running: Platform, status: str) -> int:
    """Return how many payouts have a status."""
    return int(running.one("SELECT count(*) FROM payouts_payout WHERE status = %s", status))


def paid(running: Platform, expected: int) -> None:
    """Let a worker pay what it may pay, and check money and books."""
    running.start_beat()
    running.start_worker()
    until("they are paid", lambda: count(running, "confirmed") == expected, deadline_s=120)
    running.kill("worker")
    running.kill("beat")
    assert_each_paid_once(running, expected)
    assert_books_are_right(running)


def test_verbs_killed_at_every_point_leave_all_or_nothing(running: Platform) -> None:
    cancelled, released = batch(running, "IMMEDIATE"), batch(running, "WEEKLY")
    waiting = key_of(ask(running, amount_usdt=LARGE))

    killed_everywhere(running, "cancel", cancelled)
    killed_everywhere(running, "release", released)

    # Those of the batch are paid, and nothing of what was cancelled; a person is waited for.
    paid(running, 3)
    assert (count(running, "cancelled"), count(running, "pending")) == (3, 1)

    killed_everywhere(running, "approve", waiting)
    paid(running, 4)
    told = running.rows(
        "SELECT type, subject FROM webhooks_event GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert told == []
