"""Beat rings the doorbells of the code and the releases of the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from lucidpay.api.throttling import redis_client
from lucidpay.beat import RINGS_MAX, Scheduler
from lucidpay.celery import app
from tests.local import port_free

# It closes its connection when it looks, which must not be a test's own transaction.
pytestmark = pytest.mark.django_db(transaction=True)
HOURLY = "release HOURLY"


@pytest.fixture(autouse=True)
def _hourly(transactional_db: None) -> None:
    """One release, as the migration makes it; tests that commit leave empty tables."""
    PeriodicTask.objects.all().delete()
    crontab = CrontabSchedule.objects.create(minute="0", hour="*", timezone="UTC")
    PeriodicTask.objects.create(name=HOURLY, task="payouts.release", crontab=crontab)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What beat has sent, instead of sending it."""
    sent: list[str] = []
    monkeypatch.setattr(
        Scheduler, "apply_entry", lambda self, entry, producer=None: sent.append(entry.name)
    )
    return sent


def scheduler() -> Scheduler:
    """Return a beat that has just started."""
    return Scheduler(app=app)


def test_it_has_the_doorbells_and_the_releases() -> None:
    assert set(scheduler().schedule) == {*app.conf.beat_schedule, HOURLY}
    assert [task.name for task in PeriodicTask.objects.all()] == [HOURLY]


def test_a_ring_that_nobody_hears_expires() -> None:
    entry = scheduler().schedule["sign"]
    assert entry.options["expires"] == app.conf.beat_schedule["sign"]["options"]["expires"]


def test_it_rings_every_doorbell_and_writes_none_down(rung: list[str]) -> None:
    beat = scheduler()
    for entry in beat._doorbells.values():
        entry.last_run_at = entry.last_run_at.replace(year=2020)
    while beat.tick() == 0:
        pass
    assert set(rung) >= set(app.conf.beat_schedule)
    assert not beat._dirty & set(app.conf.beat_schedule)
    beat.sync()


@pytest.fixture
def unserved() -> Iterator[str]:
    """A queue that nobody takes anything from."""
    name = "lucidpay:payout-router"
    redis_client().flushdb()  # of what other tests have rung
    redis_client().rpush(name, *range(RINGS_MAX))
    yield name
    redis_client().flushdb()


def test_it_does_not_fill_redis_with_rings_that_nobody_hears(unserved: str, caplog: Any) -> None:
    beat = scheduler()
    beat.apply_entry(beat.schedule["sign"])
    assert redis_client().llen(unserved) == RINGS_MAX
    assert "queue_not_served" in caplog.text
    beat.apply_entry(beat.schedule["scan"])  # of another queue
    assert redis_client().llen("lucidpay:tron-client") == 1
    redis_client().delete(unserved)
    beat = scheduler()
    beat.apply_entry(beat.schedule["sign"])
    assert redis_client().llen(unserved) == 1


def test_a_release_is_rung_however_many_wait(unserved: str) -> None:
    beat = scheduler()
    beat.apply_entry(beat.schedule[HOURLY])
    assert redis_client().llen(unserved) == RINGS_MAX + 1


def test_without_redis_no_queue_is_called_full(settings: Any) -> None:
    beat = scheduler()
    redis_client.cache_clear()
    settings.REDIS_URL = f"redis://127.0.0.1:{port_free()}/0"
    try:
        assert beat._full_queues() == frozenset()
    finally:
        redis_client.cache_clear()


def test_an_edited_release_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucidpay.beat.LOOK_S", 0)
    beat = scheduler()
    for _ in range(2):  # when it starts, and when it looks for the first time
        assert HOURLY in beat.schedule
    task = PeriodicTask.objects.get(name=HOURLY)
    task.enabled = False
    task.save()
    assert HOURLY not in beat.schedule


def test_with_the_database_away_it_rings_the_doorbells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the server has gone")

    with monkeypatch.context() as gone:
        gone.setattr(connection, "cursor", away)
        assert set(scheduler().schedule) == set(app.conf.beat_schedule)
