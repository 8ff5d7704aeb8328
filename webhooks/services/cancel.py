"""Sending no more of what waits, whyever: its endpoint is gone, or may not be told any more."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from webhooks.models import Delivery

Status = Delivery.Status
CANCELLED_MAX = 10_000


def deliveries_cancel(chosen: QuerySet[Delivery], *, now: datetime) -> int:
    """Cancel those of the chosen that wait, ``CANCELLED_MAX`` at most; return how many these were.

    They are locked in the order in which ``attempts_record`` locks: each would else wait for the
    other.
    """
    waiting = chosen.filter(status=Status.PENDING).order_by("pk").values_list("pk", flat=True)
    with transaction.atomic():
        keys = list(waiting.select_for_update(of=("self",))[:CANCELLED_MAX])
        rows = Delivery.objects.filter(pk__in=keys)
        return rows.update(status=Status.CANCELLED, ended_at=now)
