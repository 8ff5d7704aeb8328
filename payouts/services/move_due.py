"""Giving payouts that wait for their release another time."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from payouts.models import Payout
from payouts.states import Status
from payouts.story import tell

CHUNK = 500  # rows that one statement writes; the batch of a file has many times as many


def due_move(rows: QuerySet[Payout], *, to: datetime, by: str, now: datetime, note: str) -> int:
    """Make ``to`` the release time of those that wait for theirs, and return how many these are.

    Inside the caller's transaction. What is due already is left as it is: it may be signed at
    this moment.
    """
    count = 0
    waiting = rows.filter(status=Status.PENDING, due_at__gt=now).exclude(due_at=to)
    for chunk in chunks_locked(waiting):
        payouts = list(chunk.only("status", "request_id"))
        Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(
            due_at=to, sign_after=to
        )
        tell(payouts, by=by, now=now, note=note)
        count += len(payouts)
    return count


def chunks_locked(rows: QuerySet[Payout]) -> Iterator[QuerySet[Payout]]:
    """Lock these payouts, in the order of their keys, and yield them in chunks.

    All are locked before the first is yielded, so what is read of them holds.
    """
    keys = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield Payout.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk")
