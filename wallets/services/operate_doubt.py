"""TRX that may have been sent already waits for a person before its transaction is built."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from tron.flows import TRX
from tron.models import TxKind
from tron.outflows import left_without_order
from wallets.models import Wallet
from wallets.models_deposit import DepositAddress
from wallets.models_operation import Operation

log = structlog.get_logger(__name__)

MAY_BE_PAID = (
    "May be paid: the same amount left for this recipient and nobody ordered it here. "
    "Give it up if it is paid; if it is not, clear it on its page in the admin."
)


def doubted_set_aside(operations: list[Operation], *, now: datetime) -> list[Operation]:
    """Return those of these locked operations that may be built; the others wait for a person.

    A transfer of TRX waits that fits what left without an order lately, unless a person has
    cleared it since that was met. What waits goes on waiting, also when that is forgotten. One
    statement, and none where nothing is to be transferred.
    """
    met = _met(operations, now)
    for operation in operations:
        last = met.get(operation.pk)
        is_known = operation.doubted_at is not None and last and operation.doubted_at >= last
        if last and not is_known:
            _doubt(operation, max(now, last, operation.cleared_at or now))
    return [operation for operation in operations if not operation.is_doubted]


def _doubt(operation: Operation, at: datetime) -> None:
    log.warning("operation_may_be_paid", operation=operation.public_id)
    operation.doubted_at, operation.wait_reason = at, MAY_BE_PAID
    operation.save(update_fields=["doubted_at", "wait_reason"])


def _met(operations: Iterable[Operation], now: datetime) -> dict[UUID, datetime]:
    """Return, by transfer of TRX, when the last outflow was met that it fits.

    None of those to an address of ours: what is there twice is still ours.
    """
    sent = [one for one in operations if one.kind == TxKind.TRANSFER_TRX]
    left = left_without_order(TRX, now=now) if sent else {}
    fit = [one for one in sent if (one.recipient, one.amount_micro) in left]
    ours = _ours({one.recipient for one in fit}) if fit else set()
    return {
        one.pk: left[one.recipient, one.amount_micro] for one in fit if one.recipient not in ours
    }


def _ours(addresses: set[str]) -> set[str]:
    rows = (Wallet.objects.with_books(), DepositAddress.objects.all())
    found = [one.filter(address__in=addresses).values_list("address", flat=True) for one in rows]
    return {str(address) for some in found for address in some}
