"""Many clients at once: every payout is confirmed, each exactly once, and the books close."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform.checks import IN_STATUS, assert_books_are_right, assert_each_paid_once
from tests.platform.people import somebody
from tests.platform.running import Answer, Platform, platform
from tests.waiting import until

pytestmark = pytest.mark.slow

PAYOUTS, CLIENTS = 200, 8


@pytest.fixture
def running(tmp_path: Any) -> Iterator[Platform]:
    """Give the whole platform with two workers."""
    with platform(tmp_path) as whole:
        whole.start_web()
        whole.start_beat()
        whole.start_worker("first")
        whole.start_worker("second")
        yield whole


def test_it_pays_two_hundred_people_asked_for_by_eight_clients(running: Platform) -> None:
    # Some recipients and amounts repeat: equal payments are different payments.
    people = [somebody() for _ in range(PAYOUTS // 4)]

    def ask(number: int) -> Answer:
        body = {
            "recipient_address": people[number % len(people)],
            "amount_usdt": f"{1 + number % 3}.25",
            "reference_id": f"salary-{number}",
        }
        return running.api("POST", "/api/payment/payouts", body)

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(ask, range(PAYOUTS)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["payout_id"] for answer in answers}) == PAYOUTS
    until(
        "all payouts are confirmed",
        lambda: running.one(IN_STATUS, "confirmed") == PAYOUTS,
        deadline_s=180,
    )
    assert_each_paid_once(running, PAYOUTS)
    assert_books_are_right(running)
    for kind in ("payout.created", "payout.processing", "payout.confirmed"):
        assert running.one("SELECT count(*) FROM webhooks_event WHERE type = %s", kind) == PAYOUTS
