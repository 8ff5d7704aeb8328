"""Releases: the database decides when, operators edit the schedules, and beat only rings."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from access.models import User
from lucidpay.clock import NEVER, utc_now
from payouts import tasks
from payouts.models import Payout, PayoutEvent
from payouts.models_batch import Batch, ReleaseSchedule
from payouts.releases import DEFAULTS, NeverComes, next_time
from payouts.representation import payout_body
from payouts.services.follow_schedules import crontab_text, schedules_follow
from tests import builders
from tests.payouts.rivals import Rival, Waiter
from tests.payouts.test_sign import sign_all

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def owner(db: None) -> User:
    """Somebody who asks for payouts; a wallet can pay them."""
    builders.hot_wallet()
    return builders.user()


def edit(batch_type: str, *, enabled: bool = True, **fields: str) -> None:
    """Edit a schedule as an operator does; what is not named is ``*`` or 0."""
    given = {"minute": "0", "hour": "*", "timezone": "UTC", **fields}
    task = PeriodicTask.objects.get(name=f"release {batch_type}")
    task.crontab = CrontabSchedule.objects.create(**given)
    task.enabled = enabled
    task.save()


@pytest.mark.contract("C-BATCH-11")
@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        ("0 * * * *", "UTC", NOON + HOUR),
        ("*/15 * * * *", "UTC", NOON + HOUR / 4),
        ("30 6,18 * * *", "UTC", NOON + 6.5 * HOUR),
        ("0 12 * * *", "UTC", NOON + DAY),
        ("0 0 * * 1", "UTC", datetime(2026, 3, 9, tzinfo=UTC)),
        ("0 0 * * sun", "UTC", datetime(2026, 3, 8, tzinfo=UTC)),
        ("0 9 1 * *", "UTC", datetime(2026, 4, 1, 9, tzinfo=UTC)),
        ("0 0 29 2 *", "UTC", datetime(2028, 2, 29, tzinfo=UTC)),
        ("0 18 * * *", "America/New_York", datetime(2026, 3, 4, 23, tzinfo=UTC)),
        # The clocks go forward on 8 March, 02:00 → 03:00 in New York.
        ("30 2 8 3 *", "America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_schedule_has_a_next_time(text: str, timezone: str, expected: datetime) -> None:
    assert next_time(text, timezone, after=NOON) == expected


@pytest.mark.parametrize("text", ["0 0 30 2 *", "61 * * * *", "x * * * *", "* * *", ""])
def test_a_schedule_that_never_comes_is_refused(text: str) -> None:
    with pytest.raises(NeverComes):
        next_time(text, "UTC", after=NOON)


@pytest.mark.contract("C-BATCH-11")
def test_beats_tasks_are_the_defaults(db: None) -> None:
    found = {
        task.name: (crontab_text(task.crontab), task.task, task.enabled)
        for task in PeriodicTask.objects.select_related("crontab")
    }
    assert found == {f"release {kind}": (text, "payouts.release", True)
                     for kind, text in DEFAULTS.items()}  # fmt: skip
    assert dict(ReleaseSchedule.objects.values_list("batch_type", "crontab")) == DEFAULTS
    assert schedules_follow(now=NOON) == []


@pytest.mark.contract("C-BATCH-11")
def test_what_is_due_is_signed_without_a_tick(owner: User) -> None:
    with time_machine.travel(NOON, tick=False):
        builders.batch(owner, batch_type="HOURLY")
        wallet = Payout.objects.first().wallet
        assert sign_all(wallet) == 0
    with time_machine.travel(NOON + HOUR, tick=False):
        assert sign_all(wallet) == 3


@pytest.mark.contract("C-BATCH-12")
def test_what_waits_follows_an_edited_schedule(owner: User) -> None:
    batch = builders.batch(owner, batch_type="DAILY", now=NOON)
    alone = builders.payout(owner, batch_type="DAILY", now=NOON)
    other = builders.payout(owner, batch_type="WEEKLY", now=NOON)
    edit("DAILY", hour="18")
    assert schedules_follow(now=NOON + HOUR) == ["DAILY"]
    six = NOON + 6 * HOUR
    assert set(batch.payout_set.values_list("due_at", "sign_after")) == {(six, six)}
    assert Batch.objects.get().due_at == Payout.objects.get(pk=alone.pk).due_at == six
    assert Payout.objects.get(pk=other.pk).due_at == other.due_at
    assert alone.events.last().note == "its release schedule was edited"
    asked = builders.payout(owner, batch_type="DAILY", now=NOON + HOUR)
    assert asked.due_at == six
    assert schedules_follow(now=NOON + HOUR) == []


def test_what_is_due_already_stays_due(owner: User) -> None:
    batch = builders.batch(owner, batch_type="HOURLY", now=NOON)
    edit("HOURLY", minute="30")
    schedules_follow(now=NOON + HOUR)
    assert set(batch.payout_set.values_list("due_at", flat=True)) == {NOON + HOUR}
    assert Batch.objects.get().due_at == NOON + HOUR


def test_switched_off_it_waits_for_a_person(owner: User) -> None:
    batch = builders.batch(owner, batch_type="DAILY", now=NOON)
    edit("DAILY", enabled=False, hour="0")
    schedules_follow(now=NOON)
    assert set(batch.payout_set.values_list("due_at", flat=True)) == {NEVER}
    asked = builders.payout(owner, batch_type="DAILY", now=NOON)
    assert payout_body(asked)["estimated_completion"] is None
    edit("DAILY", hour="0")
    schedules_follow(now=NOON)
    assert set(Payout.objects.values_list("due_at", flat=True)) == {NOON + 12 * HOUR}


def test_a_schedule_that_never_comes_is_not_taken_over(owner: User) -> None:
    payout = builders.payout(owner, batch_type="DAILY", now=NOON)
    edit("DAILY", hour="0", day_of_month="31", month_of_year="2")
    assert schedules_follow(now=NOON) == []
    assert Payout.objects.get().due_at == payout.due_at


def test_the_sweep_takes_over_what_was_edited(owner: User) -> None:
    builders.payout(owner, batch_type="DAILY")
    edit("DAILY", minute="*")
    tasks.release()
    assert Payout.objects.get().due_at <= utc_now() + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_while_a_schedule_is_edited_gets_the_edited_time() -> None:
    builders.hot_wallet()
    owner = builders.user()
    crontab = CrontabSchedule.objects.create(minute="0", hour="0", timezone="UTC")
    # Tests that commit leave empty tables, without the rows of the migration.
    PeriodicTask.objects.filter(name="release DAILY").delete()
    PeriodicTask.objects.create(name="release DAILY", task="payouts.release", crontab=crontab)
    schedules_follow(now=NOON)
    asker = Rival(lambda: builders.payout(owner, batch_type="DAILY", now=NOON))
    edit("DAILY", hour="18")
    follower = Waiter(lambda: schedules_follow(now=NOON))
    follower.until_it_waits()
    asker.commit()
    assert follower.end() == ["DAILY"]
    assert Payout.objects.get().due_at == NOON + 6 * HOUR


def released(*words: str) -> str:
    """Run the command and return what it says."""
    out = StringIO()
    call_command("release_batches", *words, stdout=out)
    return out.getvalue()


@pytest.mark.contract("C-BATCH-12")
def test_the_command_releases_one_batch(owner: User) -> None:
    batch = builders.batch(owner, batch_type="WEEKLY")
    other = builders.batch(owner, batch_type="WEEKLY")
    assert "3 payouts are due" in released(batch.public_id)
    assert sign_all(batch.payout_set.first().wallet) == 3
    assert Batch.objects.get(pk=other.pk).released_at is None
    assert batch.events.last().by == "manage.py release_batches"
    with pytest.raises(CommandError, match="released already"):
        released(batch.public_id)


@pytest.mark.contract("C-BATCH-12")
def test_the_command_releases_a_kind(owner: User) -> None:
    builders.batch(owner, batch_type="DAILY")
    builders.payout(owner, batch_type="DAILY")
    weekly = builders.payout(owner, batch_type="WEEKLY")
    assert "1 batches and 1 single payouts are due" in released("DAILY")
    assert sign_all(weekly.wallet) == 4
    assert "0 batches and 0 single payouts" in released("DAILY")
    assert PayoutEvent.objects.filter(note="released by hand").count() == 4
    assert "WEEKLY: 0 batches and 1 single" in released()


@pytest.mark.parametrize("what", ["IMMEDIATE", "daily", "batch_x", "batch_" + "0" * 32])
def test_the_command_refuses_what_it_cannot_release(owner: User, what: str) -> None:
    with pytest.raises(CommandError):
        released(what)


def test_releases_go_chunk_by_chunk(owner: User, monkeypatch: Any) -> None:
    monkeypatch.setattr("payouts.services.release.CHUNK", 2)
    monkeypatch.setattr("payouts.services.move_due.CHUNK", 2)
    for _ in range(5):
        builders.payout(owner, batch_type="DAILY")
    assert "5 single payouts" in released("DAILY")
    assert Payout.objects.filter(due_at__lte=utc_now()).count() == 5
