"""Saying of an operation that it is not paid yet, though the same amount left without an order."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from lucidpay.errors import Conflict
from wallets.models_operation import Operation, OperationStatus

log = structlog.get_logger(__name__)

MOMENT = timedelta(microseconds=1)


class NothingToClear(Conflict):
    """This operation does not wait for a person to say whether it is paid already."""


def operation_clear(*, operation_id: UUID, by: str, reason: str, now: datetime) -> Operation:
    """Let an operation be signed that may have been paid already; who and why stay with it.

    It waits again when the same amount is met once more. Raises ``NothingToClear`` unless it is
    open and waits for this.
    """
    with transaction.atomic():
        operation = Operation.objects.select_for_update().get(pk=operation_id)
        doubted_at = operation.doubted_at
        if operation.status != OperationStatus.OPEN or not operation.is_doubted or not doubted_at:
            raise NothingToClear({"status": operation.status})
        # Not before the doubt, whatever this machine's clock says.
        operation.cleared_at = max(now, doubted_at + MOMENT)
        operation.cleared_by, operation.cleared_reason, operation.wait_reason = by, reason, ""
        operation.save(update_fields=["cleared_at", "cleared_by", "cleared_reason", "wait_reason"])
        log.warning("operation_cleared", operation=operation.public_id, by=by, reason=reason)
    return operation
