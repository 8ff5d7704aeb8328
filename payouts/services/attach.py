"""Building and signing what people sign for, whichever row of ours it is for."""

from datetime import datetime, timedelta

from lucidpay.errors import NETWORK, NOT_FOUND, Conflict, LucidError, ValidationFailed
from lucidpay.ids import parse_public_id
from payouts.models import Payout
from payouts.queries import PayoutNotFound
from payouts.services.build import payout_build
from tron.attach import signature_attach
from tron.halt import Halted, refuse_halted
from tron.models import ChainTransaction
from tron.reference import ChainNotReady
from wallets.models import Wallet
from wallets.operations import operation_of
from wallets.services.book_flows import OutflowUnjudged
from wallets.services.operate_make import operation_make


class TransactionNotFound(LucidError):
    """This wallet has no such transaction."""

    code = NOT_FOUND
    status_code = 404


class NothingIsSigned(Conflict):
    """The kill switch is on: nothing is built or signed."""


class BooksAreBehind(Conflict):
    """Something left this wallet, and the books are finding out why. Try again in a moment."""


class ChainUnknown(LucidError):
    """TRON network error: the chain is not known well enough to build on it. Try again soon."""

    code = NETWORK
    status_code = 500


class OneOfTwo(LucidError):
    """Name either payout_id or operation_id."""

    code = ValidationFailed.code
    status_code = 400


def unsigned_build(
    *,
    wallet: Wallet,
    payout_id: str | None,
    operation_id: str | None,
    permission_id: int,
    valid: timedelta | None,
    now: datetime,
) -> ChainTransaction:
    """Return the transaction of a wallet's payout or operation, built unless it was before.

    Raises ``OneOfTwo``, ``PayoutNotFound`` or ``OperationNotFound`` when this wallet has none of
    the id, ``NothingIsSigned``, ``BooksAreBehind``, ``ChainUnknown``, and what ``payout_build`` and
    ``operation_make`` raise.
    """
    if (payout_id is None) == (operation_id is None):
        raise OneOfTwo({"payout_id": ["Name one of the two."]})
    try:
        refuse_halted()  # what was built before is shown to nobody meanwhile either
        if payout_id is not None:
            key = parse_public_id("payout", payout_id)
            if key is None or not Payout.objects.filter(pk=key, wallet=wallet).exists():
                raise PayoutNotFound
            return payout_build(payout_id=key, permission_id=permission_id, valid=valid, now=now)
        return _of_operation(wallet, str(operation_id), permission_id, valid, now)
    except Halted as error:
        raise NothingIsSigned({"reason": str(error)}) from error
    except OutflowUnjudged as error:
        raise BooksAreBehind from error
    except ChainNotReady as error:
        raise ChainUnknown({"reason": str(error)}) from error


def _of_operation(
    wallet: Wallet, operation_id: str, permission_id: int, valid: timedelta | None, now: datetime
) -> ChainTransaction:
    operation = operation_of(operation_id)
    if operation.wallet_id != wallet.pk:
        raise TransactionNotFound
    return operation_make(
        operation_id=operation.pk, permission_id=permission_id, valid=valid, now=now
    )


def signature_add(
    *, wallet: Wallet, txid: str, signature: bytes, now: datetime
) -> ChainTransaction:
    """Add a signature to a transaction of this wallet; raises as ``signature_attach``.

    Raises ``TransactionNotFound`` for another wallet's.
    """
    if not ChainTransaction.objects.filter(txid=txid, sender=wallet.address).exists():
        raise TransactionNotFound
    return signature_attach(txid=txid, signature=signature, now=now)
