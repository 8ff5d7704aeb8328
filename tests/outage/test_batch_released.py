"""A batch on the running platform, with two beats: released once, paid once, told once."""

from collections.abc import Iterator

import pytest

from tests.outage.steps import until_all_confirmed
from tests.platform.people import somebody
from tests.platform.running import Platform
from tests.waiting import until

pytestmark = pytest.mark.slow

BATCH = "/api/payment/payouts/batch"
EVERY_MINUTE = (
    "from django_celery_beat.models import *; "
    "task = PeriodicTask.objects.get(name='release DAILY'); "
    "task.crontab = CrontabSchedule.objects.create(minute='*', timezone='UTC'); task.save()"
)


@pytest.fixture
def two_beats(running: Platform) -> Iterator[Platform]:
    """Give the platform with one beat too many."""
    running.start_beat("beat-2")
    yield running
    running.kill("beat-2")


def asked(running: Platform, batch_type: str) -> str:
    """Ask for a batch of ten and return its path."""
    payouts = [
        {"recipient_address": somebody(), "amount_usdt": 1, "reason": "salary"} for _ in range(10)
    ]
    answer = running.api("POST", BATCH, {"payouts": payouts, "batch_type": batch_type})
    assert (answer.status, answer.body["status"]) == (201, "scheduled"), answer.body
    return f"{BATCH}/{answer.body['batch_id']}"


def told(running: Platform) -> int:
    """Return how many ends of batches were announced."""
    return int(running.one("SELECT count(*) FROM webhooks_event WHERE type = 'batch.completed'"))


def test_a_batch_is_released_by_a_schedule_that_was_edited(two_beats: Platform) -> None:
    path, before = asked(two_beats, "DAILY"), told(two_beats)
    two_beats.manage("shell", "-v", "0", "-c", EVERY_MINUTE)
    released = lambda: two_beats.api("GET", path).body["status"] != "scheduled"  # noqa: E731
    until("it is released", released, deadline_s=120)
    until_all_confirmed(two_beats)
    until("its end is told", lambda: told(two_beats) > before)
    body = two_beats.api("GET", path).body
    assert (body["status"], body["completed_payouts"]) == ("completed", 10)
    assert told(two_beats) == before + 1


def test_a_batch_is_released_by_hand(two_beats: Platform) -> None:
    path, before = asked(two_beats, "WEEKLY"), told(two_beats)
    two_beats.manage("release_batches", "WEEKLY")
    until_all_confirmed(two_beats)
    until("its end is told", lambda: told(two_beats) > before)
    assert two_beats.api("GET", path).body["status"] == "completed"
    assert told(two_beats) == before + 1
