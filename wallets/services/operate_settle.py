"""Acting on what the chain decided about operations: books, holds and status in one transaction."""

from datetime import datetime
from typing import Any

import structlog

from lucidpay.errors import TRANSACTION_FAILED
from tron.halt import halt_once
from tron.models import ChainTransaction, HaltCause, Purpose, TxKind, TxStatus
from tron.words import failure_in_words
from wallets import ledger
from wallets.ledger import Booking
from wallets.models import Account, Asset, Hold
from wallets.models_operation import Operation, OperationStatus
from wallets.services.ends_settle import ends_settle

log = structlog.get_logger(__name__)

BY = "operations"
# What an operation moves out of the wallet, beside the fee: journal, and whose account takes it.
MOVES = {
    TxKind.TRANSFER_TRX: ("sent", Account.Kind.SENT),
    TxKind.STAKE: ("staked", Account.Kind.STAKED),
}
NOT_IN_TIME = "It was not included in time, and it never can be any more. Nothing was done."
NEVER_SENT = "It expired before it was sent. Nothing was done."
CONTRADICTS = "The receipt contradicts what was asked. A person must look."


def operations_settle(*, now: datetime) -> int:
    """Settle the next operations whose transaction became final; return how many were.

    One that cannot be booked, which takes a broken invariant, waits for a person and stops no
    other.
    """
    return ends_settle(Purpose.OPERATION, _settle, now=now)


def _settle(tx: ChainTransaction, now: datetime) -> bool:
    known = Operation.objects.filter(transaction=tx).values_list("wallet_id", flat=True)
    accounts = ledger.accounts_locked(known)
    operation = Operation.objects.select_for_update().filter(transaction=tx).first()
    if operation is None or operation.status != OperationStatus.OPEN:
        # Impossible by the constraints; were it possible, it must not stop the others.
        log.critical("final_transaction_without_operation", txid=tx.txid, status=tx.status)
        reason = f"{tx.txid} ended as {tx.status}, and no operation under way is done by it"
        halt_once(cause=HaltCause.BOOKS, subject=tx.txid, reason=reason, by=BY, now=now)
        return False
    _end(operation, tx, accounts, now)
    return True


def _end(
    operation: Operation, tx: ChainTransaction, accounts: dict[Any, Account], now: datetime
) -> None:
    trx = accounts[(operation.wallet_id, Asset.TRX)]
    match tx.status:
        case TxStatus.SUCCEEDED:
            ledger.holds_end([operation.pk], status=Hold.Status.POSTED, at=now)
            ledger.book([*_moved(tx, trx), *_fee(tx, trx)], at=now)
            _ended(operation, OperationStatus.CONFIRMED, now)
        case TxStatus.FAILED:
            ledger.holds_end([operation.pk], status=Hold.Status.VOIDED, at=now)
            ledger.book(_fee(tx, trx), at=now)
            _failed(operation, failure_in_words(tx), now)
        case TxStatus.DEAD:
            ledger.holds_end([operation.pk], status=Hold.Status.VOIDED, at=now)
            _failed(operation, _why_dead(tx), now)
        case _:
            # Money may have moved otherwise than asked: its hold stays, and a person looks.
            log.critical("operation_needs_a_person", operation=operation.public_id, txid=tx.txid)
            operation.wait_reason = CONTRADICTS
            operation.save(update_fields=["wait_reason"])


def _why_dead(tx: ChainTransaction) -> str:
    """Return why it was never included, with what the nodes said last."""
    if not tx.sends:
        return NEVER_SENT
    return f"{NOT_IN_TIME} The nodes said last: {tx.last_answer}."


def _moved(tx: ChainTransaction, trx: Account) -> list[Booking]:
    if tx.kind not in MOVES:
        return []
    journal, kind = MOVES[TxKind(tx.kind)]
    taker = ledger.other_account(kind, Asset.TRX)
    sides = ((trx, -tx.amount_micro), (taker, tx.amount_micro))
    return [Booking(journal, tx.txid, sides, tx.block_number)]


def _fee(tx: ChainTransaction, trx: Account) -> list[Booking]:
    return ledger.fee_bookings(tx, trx, ledger.other_account(Account.Kind.FEES, Asset.TRX))


def _failed(operation: Operation, why: str, now: datetime) -> None:
    operation.error_code, operation.error_message = TRANSACTION_FAILED, why[:300]
    _ended(operation, OperationStatus.FAILED, now)


def _ended(operation: Operation, status: OperationStatus, now: datetime) -> None:
    operation.status, operation.ended_at, operation.wait_reason = status, now, ""
    operation.save(
        update_fields=["status", "ended_at", "wait_reason", "error_code", "error_message"]
    )
