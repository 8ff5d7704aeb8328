"""Reading operations, and what callers are shown of them."""

from typing import Any

from django.db.models import QuerySet

from lucidpay.clock import iso
from lucidpay.errors import NOT_FOUND, LucidError
from lucidpay.ids import parse_public_id
from lucidpay.money import tokens_of
from tron.models import ChainTransaction, TxKind, TxStatus
from wallets.models import Asset
from wallets.models_operation import Operation, OperationStatus

AWAITING, SIGNED, BROADCAST = "awaiting_signatures", "signed", "broadcast"
STATUSES = (AWAITING, SIGNED, BROADCAST, OperationStatus.CONFIRMED, OperationStatus.FAILED)
PREFIXES = ("stake", "operation")
SHOWN = {TxStatus.AWAITING: AWAITING, TxStatus.SIGNED: SIGNED}


class OperationNotFound(LucidError):
    """No such operation."""

    code = NOT_FOUND
    status_code = 404


def operations() -> QuerySet[Operation]:
    """Return all operations with what their representation needs, the newest first."""
    rows = Operation.objects.select_related("wallet", "transaction")
    return rows.defer("wallet__sealed_key", "transaction__signed_hex").order_by("-pk")


def operation_of(operation_id: str) -> Operation:
    """Return the operation of a public id, or raise ``OperationNotFound``."""
    for prefix in PREFIXES:
        key = parse_public_id(prefix, operation_id)
        operation = operations().filter(pk=key).first() if key else None
        if operation is not None and operation.public_id == operation_id:
            return operation
    raise OperationNotFound


def status_of(operation: Operation) -> str:
    """Return where an operation is on its road, in the words of the API."""
    if operation.status != OperationStatus.OPEN:
        return str(operation.status)
    if operation.transaction is None:
        return AWAITING
    return SHOWN.get(TxStatus(operation.transaction.status), BROADCAST)


def operation_body(operation: Operation) -> dict[str, Any]:
    """Return an operation as the API shows it."""
    tx = operation.transaction
    return {
        "operation_id": operation.public_id,
        "kind": operation.kind,
        "status": status_of(operation),
        "txid": tx.txid if tx else None,
        "wallet_id": operation.wallet.public_id,
        "address": operation.wallet.address,
        "to_address": operation.recipient or None,
        "amount": tokens_of(operation.amount_micro) if operation.amount_micro else None,
        "token": Asset.USDT if operation.kind == TxKind.APPROVE else Asset.TRX,
        "terms": operation.terms,
        **_end(tx),
        "waiting_for": operation.wait_reason or None,
        "error_code": operation.error_code or None,
        "error_message": operation.error_message or None,
        "created_at": iso(operation.created_at),
        "ended_at": iso(operation.ended_at) if operation.ended_at else None,
    }


def _end(tx: ChainTransaction | None) -> dict[str, Any]:
    fee_sun = tx.fee_sun if tx else None
    return {
        "block_number": tx.block_number if tx else None,
        "fee_trx": tokens_of(fee_sun) if fee_sun is not None else None,
        "energy_used": tx.energy_used if tx else None,
    }
