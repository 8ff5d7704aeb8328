"""Who writes a report's file: one worker, whole and once, and another when that one is gone."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from access.caller import caller_of_user
from gateway import tasks
from gateway.models_report import Report, ReportPart
from gateway.reports import files
from gateway.services import report_claim as claiming
from gateway.services import report_write as writing
from gateway.services.report_claim import (
    GIVEN_UP,
    LEASE,
    PAUSE,
    TRIES_MAX,
    WRITERS_MAX,
    ClaimLost,
    claim_fail,
    claim_keep,
    claim_release,
    locked,
    report_claim,
)
from gateway.services.report_request import Wanted, report_request
from gateway.services.report_write import Clock, report_write_next
from lucidpay.clock import utc_now
from tests import builders
from tests.gateway.payments import payment
from tests.gateway.test_report_request import JANUARY

WRITTEN_LATER = timedelta(minutes=1)


def report(owner: Any = None, **fields: Any) -> Report:
    """Return a report of January 2026 that waits for its file."""
    order = {
        "start_date": JANUARY - timedelta(days=9),
        "end_date": JANUARY + timedelta(days=20),
        "include_failed": False,
        "format": "csv",
        **fields,
    }
    caller = caller_of_user(owner or builders.user("merchant"))
    report_request(Wanted(caller, order, "ab" * 32, "request", "http://here", utc_now()))
    return Report.objects.latest("pk")


def clock(at: datetime | None = None, goes_on: Callable[[], bool] = lambda: True) -> Clock:
    return Clock(lambda: at or utc_now(), goes_on)


@pytest.mark.django_db
def test_a_file_is_written_once() -> None:
    waiting = report()
    done = report_write_next(clock())
    assert done is not None
    assert (done.pk, done.status, done.tries) == (waiting.pk, "ready", 1)
    assert (done.claim, done.claimed_until) == (None, None)
    assert report_write_next(clock()) is None
    assert ReportPart.objects.count() == 1


@pytest.mark.django_db
def test_the_oldest_is_written_first_and_the_task_writes_all() -> None:
    first, second = report(), report()
    done = report_write_next(clock())
    assert done is not None
    assert done.pk == first.pk
    third = report()
    tasks.reports()
    statuses = {one.pk: one.status for one in Report.objects.all()}
    assert statuses == dict.fromkeys((first.pk, second.pk, third.pk), "ready")


@pytest.mark.django_db
def test_what_a_killed_worker_had_begun_another_writes() -> None:
    waiting, now = report(), utc_now()
    killed = report_claim(now=now)
    assert killed is not None
    claim_keep(killed, rows_done=0, now=now + WRITTEN_LATER)

    # As long as it may live, nobody else begins.
    assert report_write_next(clock(now + LEASE)) is None
    done = report_write_next(clock(now + WRITTEN_LATER + LEASE))

    assert done is not None
    assert (done.pk, done.status, done.tries) == (waiting.pk, "ready", 2)


@pytest.mark.django_db
def test_who_was_taken_over_from_writes_nothing_any_more() -> None:
    """A worker that was frozen, and thought dead, goes on in the very end."""
    report()
    now = utc_now()

    def thought_dead(rows: int) -> None:
        other = report_write_next(clock(now + LEASE))
        assert other is not None
        assert other.status == "ready"

    def frozen(*args: Any) -> None:
        original(*args)
        thought_dead(0)

    original = writing.file_write
    with pytest.MonkeyPatch.context() as patch:
        times = iter([frozen])
        patch.setattr(writing, "file_write", lambda *args: next(times, original)(*args))
        done = report_write_next(clock(now))

    assert done is not None
    assert (done.status, done.tries) == ("ready", 2)
    assert ReportPart.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_that_is_lost_is_not_kept() -> None:
    report()
    now = utc_now()
    first = report_claim(now=now)
    second = report_claim(now=now + LEASE)
    assert first is not None
    assert second is not None
    with pytest.raises(ClaimLost):
        claim_keep(first, rows_done=1, now=now + LEASE)
    # Nor may it store a file, or say that there is none.
    with transaction.atomic():
        assert locked(first.pk, first.claim) is None
    assert claim_fail(first, "why", now=now, is_final=True) is False
    claim_release(first)
    claim_keep(second, rows_done=1, now=now + LEASE)
    with transaction.atomic():
        assert locked(second.pk, second.claim) == second


@pytest.mark.django_db
def test_progress_is_told_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = builders.user("merchant")
    for _ in range(4):
        payment(owner, at=JANUARY)
    monkeypatch.setattr("gateway.reports.as_text.STEP", 1)
    waiting, seen = report(owner), []

    def looks() -> bool:
        seen.append(Report.objects.get(pk=waiting.pk).rows_done)
        return True

    report_write_next(clock(goes_on=looks))
    assert sorted(set(seen)) == [0, 1, 2, 3, 4][: len(set(seen))]
    assert len(set(seen)) >= 4


@pytest.mark.django_db
def test_a_worker_that_is_told_to_stop_leaves_it_to_others_at_once() -> None:
    waiting = report()
    assert report_write_next(clock(goes_on=lambda: False)) is None
    waiting.refresh_from_db()
    assert (waiting.status, waiting.tries, waiting.claim) == ("pending", 0, None)
    done = report_write_next(clock())
    assert done is not None
    assert done.status == "ready"


@pytest.mark.django_db
def test_what_fails_is_tried_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, now = report(), utc_now()

    def fails(*_: Any) -> None:
        raise OSError("no space left on device: /secret/path")

    monkeypatch.setattr(writing, "file_write", fails)
    for number in range(1, TRIES_MAX + 1):
        with pytest.raises(OSError, match="no space"):
            report_write_next(clock(now))
        waiting.refresh_from_db()
        assert waiting.tries == number
        if number < TRIES_MAX:
            assert waiting.status == "pending"
            assert report_write_next(clock(now)) is None  # not at once
        now += PAUSE * number
    assert (waiting.status, waiting.claim) == ("failed", None)
    assert waiting.error_message == writing.UNEXPECTED
    assert report_write_next(clock(now + LEASE)) is None
    assert not ReportPart.objects.exists()


@pytest.mark.django_db
def test_one_whose_writers_all_disappear_fails() -> None:
    waiting, now = report(), utc_now()
    for _ in range(TRIES_MAX):
        assert report_claim(now=now) is not None
        now += LEASE
    assert report_claim(now=now) is None
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error_message) == ("failed", GIVEN_UP)


@pytest.mark.django_db
def test_more_rows_than_there_may_be_by_now_are_told(settings: Any) -> None:
    owner = builders.user("merchant")
    waiting = report(owner)
    settings.REPORT_ROWS_MAX = 1
    for _ in range(2):
        payment(owner, at=JANUARY)
    report_write_next(clock())
    waiting.refresh_from_db()
    assert waiting.status == "failed"
    assert "More than 1 payments" in waiting.error_message


@pytest.mark.django_db
def test_no_more_than_some_are_written_at_the_same_time() -> None:
    for _ in range(WRITERS_MAX + 1):
        report()
    now = utc_now()
    claims = [report_claim(now=now) for _ in range(WRITERS_MAX + 1)]
    assert [one is not None for one in claims] == [True] * WRITERS_MAX + [False]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "WRITERS_MAX", 100)
    for _ in range(6):
        report()
    workers, found = Barrier(4), []

    def works() -> None:
        workers.wait()
        try:
            while (mine := report_claim(now=utc_now())) is not None:
                found.append(mine.pk)
        finally:
            connection.close()

    threads = [Thread(target=works) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == len(set(found))
    assert len(found) <= 6


@pytest.mark.django_db
def test_nothing_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for format_ in files.CONTENT_TYPES:
        report(format=format_)
    tasks.reports()
    assert {one.status for one in Report.objects.all()} == {"ready"}
    assert os.listdir(tmp_path) == []
