"""Setting deliveries on their way."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from lucidpay.ids import new_id
from lucidpay.rows import insert
from webhooks.models import Delivery


def deliveries_begin(
    wanted: Iterable[tuple[UUID, UUID]], *, now: datetime, passes_known: bool = False
) -> int:
    """Store a delivery, due now, for each (endpoint, event); return how many were new.

    ``passes_known`` leaves out those that are on their way already.
    """
    shared = {
        "status": Delivery.Status.PENDING.value,
        "due_at": now,
        "tries": 0,
        "attempts": 0,
        "created_at": now,
    }
    rows = [
        {"id": new_id(), "endpoint_id": endpoint_id, "event_id": event_id, **shared}
        for endpoint_id, event_id in wanted
    ]
    if not passes_known:
        insert(Delivery, rows)
        return len(rows)
    return len(insert(Delivery, rows, returning=["id"], passes_known=True))
