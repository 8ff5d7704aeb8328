"""Collecting the signatures of a transaction that people sign, until they are enough."""

from datetime import datetime

from django.db import transaction

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict, LucidError, ValidationFailed
from tron.cursor import cursor_here
from tron.models import ChainTransaction, TxStatus
from tron.store import signed_of
from tron.transactions import (
    SIGNATURE_BYTES,
    NotASignature,
    SignedAlready,
    SignedByStranger,
    signers_of,
    with_signature,
)


class NotAwaitingSignatures(Conflict):
    """This transaction waits for no signature: it has enough, or has come to its end."""


class SignedTooLate(Conflict):
    """This transaction has expired, so no signature helps it any more. Build it anew."""


class SignedTwice(Conflict):
    """This key has signed the transaction already. It needs the signature of another one."""


class SignatureNotUsable(LucidError):
    """The signature is by no key that may sign this transaction, or signs another one."""

    code = ValidationFailed.code
    status_code = 400


def signature_parse(text: str) -> bytes:
    """Return the 65 bytes of a signature in hex, or raise ``SignatureNotUsable``."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != SIGNATURE_BYTES:
        said = f"A signature is {SIGNATURE_BYTES * 2} hex digits: r, s and v."
        raise SignatureNotUsable({"signature": [said]})
    return raw


def signature_attach(*, txid: str, signature: bytes, now: datetime) -> ChainTransaction:
    """Add a signature; with the last that is needed, the transaction is due for sending.

    Raises ``NotAwaitingSignatures``, ``SignedTooLate``, ``SignedTwice`` or
    ``SignatureNotUsable``; nothing is changed then.
    """
    with transaction.atomic():
        tx = ChainTransaction.objects.select_for_update().get(txid=txid)
        if tx.status != TxStatus.AWAITING:
            raise NotAwaitingSignatures({"status": tx.status})
        _refuse_late(tx)
        try:
            signed = with_signature(signed_of(tx), signature)
        except SignedAlready as error:
            raise SignedTwice({"signer": str(error)}) from error
        except (NotASignature, SignedByStranger) as error:
            raise SignatureNotUsable({"signature": [str(error)]}) from error
        tx.signed_hex = signed.signed_hex
        if signed.draft.signatories.is_met_by(signers_of(signed)):
            tx.status, tx.next_send_at = TxStatus.SIGNED, now
        tx.save(update_fields=["signed_hex", "status", "next_send_at"])
    return tx


def _refuse_late(tx: ChainTransaction) -> None:
    """By the chain's time, which alone decides."""
    cursor = cursor_here()
    if cursor is not None and cursor.head_time_ms >= tx.expiration_ms:
        raise SignedTooLate({"expired_at": iso(from_ms(tx.expiration_ms))})
