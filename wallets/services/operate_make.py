"""Building the transaction of an operation for which people sign."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.errors import Conflict
from tron.models import ChainTransaction, TxKind
from tron.quorum import Quorum
from tron.reads import chain_read
from tron.reference import Reference, reference_now
from wallets.hand import empty_hand
from wallets.models import SIGNED_BY_PEOPLE
from wallets.models_operation import Operation, OperationStatus
from wallets.quorums import quorum_asked
from wallets.services.operate_sign import operations_build


class KeyIsHere(Conflict):
    """A worker signs for this wallet by itself. Nothing is to be built for it."""


class MayBePaid(Conflict):
    """It may be paid already: a person must look at it first. See the reason in details."""


class NothingToBuild(Conflict):
    """This operation has come to its end."""


def reference_for_people(*, valid: timedelta | None, now: datetime) -> Reference:
    """Return the reference of a transaction that people sign, valid for as long as they need.

    By default ``UNSIGNED_VALID_MINUTES``. Raises ``ChainNotReady`` or ``Halted``.
    """
    reference = reference_now(now=now)
    length = valid or timedelta(minutes=settings.UNSIGNED_VALID_MINUTES)
    expiration_ms = reference.chain_time_ms + length // timedelta(milliseconds=1)
    return replace(reference, expiration_ms=expiration_ms)


def quorum_now(address: str, kind: TxKind, permission_id: int) -> Quorum:
    """Return who signs for an account now; raises as ``quorum_asked``, and ``ChainAway``."""
    return chain_read(lambda node: quorum_asked(node, address, kind, permission_id))


def operation_make(
    *, operation_id: UUID, permission_id: int, valid: timedelta | None, now: datetime
) -> ChainTransaction:
    """Return the one transaction of an operation, built now unless it was before.

    Raises ``KeyIsHere``, ``NothingToBuild``, ``MayBePaid``, ``NoSuchPermission``,
    ``NotPermitted``, ``ChainNotReady``, ``OutflowUnjudged``, ``Halted`` or ``ChainAway``.
    """
    operation = Operation.objects.select_related("wallet", "transaction").get(pk=operation_id)
    if operation.wallet.kind not in SIGNED_BY_PEOPLE:
        raise KeyIsHere
    if operation.status != OperationStatus.OPEN:
        raise NothingToBuild({"status": operation.status})
    if operation.transaction is not None:
        return operation.transaction
    address = str(operation.wallet.address)
    quorum = quorum_now(address, TxKind(operation.kind), permission_id)
    reference = reference_for_people(valid=valid, now=utc_now())
    with transaction.atomic(durable=True):
        # It locks the wallet's row first, which keeps two builders apart: the second finds what
        # the first has built.
        operations_build(operation.wallet_id, [operation_id], reference, empty_hand(quorum), now)
    operation.refresh_from_db()
    if operation.status == OperationStatus.OPEN and operation.is_doubted:
        raise MayBePaid({"status": operation.status, "reason": operation.wait_reason})
    if operation.transaction is None:
        raise NothingToBuild({"status": operation.status})
    return ChainTransaction.objects.get(pk=operation.transaction.pk)
