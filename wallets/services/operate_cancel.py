"""Giving up an operation of which nothing was built yet."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lucidpay.errors import CONFLICT, Conflict
from wallets import ledger
from wallets.models import Hold
from wallets.models_operation import Operation, OperationStatus

MESSAGE_MAX = 300
CANCELLED = "It was cancelled before a transaction was built. Nothing was done."


class OperationNotCancellable(Conflict):
    """It can no longer be cancelled: its transaction is built, and who signs it could send it."""


def operation_cancel(*, operation_id: UUID, by: str, now: datetime, reason: str = "") -> Operation:
    """End an operation that has no transaction, and free what was held for it.

    Who and why stay with it. Raises ``OperationNotCancellable`` once it has one, or has ended.
    """
    with transaction.atomic():
        wallet_id = Operation.objects.values_list("wallet_id", flat=True).get(pk=operation_id)
        ledger.accounts_locked([wallet_id])
        operation = Operation.objects.select_for_update().get(pk=operation_id)
        if operation.status != OperationStatus.OPEN or operation.transaction_id is not None:
            raise OperationNotCancellable({"status": operation.status})
        ledger.holds_end([operation.pk], status=Hold.Status.VOIDED, at=now)
        operation.status, operation.ended_at = OperationStatus.FAILED, now
        operation.error_code, operation.error_message = CONFLICT, _message(by, reason)
        operation.wait_reason = ""
        operation.save(
            update_fields=["status", "ended_at", "wait_reason", "error_code", "error_message"]
        )
    return operation


def _message(by: str, reason: str) -> str:
    return f"{CANCELLED} By {by}{f': {reason}' if reason else '.'}"[:MESSAGE_MAX]
