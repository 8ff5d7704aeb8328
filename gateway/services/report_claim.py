"""Who writes a report's file: one worker at a time, and another when it is gone.

A claim is kept by telling at times that its holder still lives. It is not a lock that is held
all the time: a file takes minutes, and no transaction should.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q

from gateway.models_report import Report
from gateway.states import ReportStatus

LEASE = timedelta(minutes=5)  # longer than any step between two signs of life
PAUSE = timedelta(seconds=30)  # after a failure, times how often it was tried
TRIES_MAX = 3
# A matter of manners: files must not take the processes that payments need.
WRITERS_MAX = 2
GIVEN_UP = "Its writer was lost each time. Ask for a shorter period, or for another format."


class ClaimLost(Exception):
    """Somebody else writes this file by now."""


def report_claim(*, now: datetime) -> Report | None:
    """Return the oldest report whose file is to be written, claimed; ``None`` when none is.

    Nor while enough others are being written. One that was begun often enough, and whose
    writers have all disappeared, fails.
    """
    with transaction.atomic():
        pending = Report.objects.filter(status=ReportStatus.PENDING)
        taken = pending.filter(claim__isnull=False, claimed_until__gt=now)
        if taken.count() >= WRITERS_MAX:
            return None
        free = pending.filter(Q(claimed_until=None) | Q(claimed_until__lte=now)).order_by("pk")
        for report in free.select_for_update(skip_locked=True)[:WRITERS_MAX]:
            if report.tries >= TRIES_MAX:
                _fail(report, GIVEN_UP)
                continue
            report.claim, report.claimed_until = uuid4(), now + LEASE
            report.tries += 1
            report.rows_done = 0
            report.save(update_fields=["claim", "claimed_until", "tries", "rows_done"])
            return report
    return None


def claim_keep(report: Report, *, rows_done: int, now: datetime) -> None:
    """Say that the writer lives and how far it is, or raise ``ClaimLost``."""
    mine = Report.objects.filter(pk=report.pk, claim=report.claim, status=ReportStatus.PENDING)
    if mine.update(rows_done=rows_done, claimed_until=now + LEASE) != 1:
        raise ClaimLost(report.public_id)


def claim_release(report: Report) -> None:
    """Leave a report to others at once: it is no failure that its writer is told to stop."""
    mine = Report.objects.filter(pk=report.pk, claim=report.claim, status=ReportStatus.PENDING)
    mine.update(claim=None, claimed_until=None, tries=F("tries") - 1)


def claim_fail(report: Report, why: str, *, now: datetime, is_final: bool = False) -> bool:
    """Note that the file could not be written; return whether it is not tried again."""
    with transaction.atomic():
        mine = locked(report.pk, report.claim)
        if mine is None:
            return False
        if is_final or mine.tries >= TRIES_MAX:
            _fail(mine, why)
            return True
        mine.claim, mine.claimed_until = None, now + PAUSE * mine.tries
        mine.save(update_fields=["claim", "claimed_until"])
    return False


def locked(report_id: UUID, claim: UUID | None) -> Report | None:
    """Return a report under its row lock while this claim still holds, else ``None``."""
    rows = Report.objects.select_for_update().filter(status=ReportStatus.PENDING)
    return rows.filter(pk=report_id, claim=claim).first()


def _fail(report: Report, why: str) -> None:
    report.status, report.error_message = ReportStatus.FAILED, why[:300]
    report.claim = report.claimed_until = None
    report.save(update_fields=["status", "error_message", "claim", "claimed_until"])
