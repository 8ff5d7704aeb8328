"""Signing operations: stored, signed, committed, before anything is sent.

An operation gets one transaction, ever. When that ends without having been included, nothing was
done, and who asked for it asks anew.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from lucidpay.clock import utc_now
from tron.halt import refuse_halted
from tron.models import Purpose, TxKind
from tron.networks import network
from tron.reference import Reference, reference_now
from tron.store import transactions_store
from tron.transactions import Draft
from wallets.hand import Hand, own_hand
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation, OperationStatus
from wallets.services.book_flows import refuse_unjudged_outflow
from wallets.services.operate_doubt import doubted_set_aside

CHUNK = 50
TO_SIGN: dict[str, Any] = {"status": OperationStatus.OPEN, "transaction": None}
# The others wait for a person, however many they are, and hold up none of these.
NOT_DOUBTED = Q(doubted_at=None) | Q(cleared_at__gt=F("doubted_at"))


def operations_doubted() -> QuerySet[Operation]:
    """Return the operations that may be paid already, and wait for a person to say so."""
    return Operation.objects.filter(~NOT_DOUBTED, **TO_SIGN).order_by("pk")


def wallets_to_sign_for() -> list[UUID]:
    """Return the hot wallets that have operations to sign."""
    waiting = Operation.objects.filter(
        NOT_DOUBTED, wallet__kind=WalletKind.HOT, wallet__status=WalletStatus.ACTIVE, **TO_SIGN
    )
    return list(waiting.values_list("wallet", flat=True).distinct())


def operations_sign(*, wallet_id: UUID, now: datetime) -> int:
    """Sign a hot wallet's next operations and return how many were.

    Raises ``ChainNotReady``, ``OutflowUnjudged``, ``Halted`` or ``VaultClosed``; they wait then.
    """
    wallet = Wallet.objects.get(pk=wallet_id)
    if wallet.kind != WalletKind.HOT or wallet.status != WalletStatus.ACTIVE:
        return 0
    waiting = Operation.objects.filter(NOT_DOUBTED, wallet=wallet, **TO_SIGN).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:CHUNK])
    if not keys:
        return 0
    hand = own_hand(wallet)
    reference = reference_now(now=utc_now())
    with transaction.atomic(durable=True):
        return len(operations_build(wallet_id, keys, reference, hand, now))


def operations_build(
    wallet_id: UUID, keys: Sequence[UUID], reference: Reference, hand: Hand, now: datetime
) -> list[Operation]:
    """Lock the operations that have no transaction yet; build, store and return them.

    Works inside the caller's transaction, which is the write-ahead record: what was built is on
    disk before anybody can send it. What may be paid already waits for a person. Raises
    ``OutflowUnjudged`` or ``Halted``.
    """
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet_id)
    operations = list(
        Operation.objects.select_for_update(skip_locked=True)
        .filter(pk__in=keys, **TO_SIGN)
        .order_by("pk")
    )
    operations = doubted_set_aside(operations, now=now)
    start_ms = max(wallet.last_timestamp_ms + 1, reference.chain_time_ms)
    signed = {
        operation.pk: hand.make(_draft(wallet, operation, reference, hand, timestamp_ms))
        for timestamp_ms, operation in enumerate(operations, start=start_ms)
    }
    if not signed:
        return []
    wallet.last_timestamp_ms = start_ms + len(signed) - 1
    wallet.save(update_fields=["last_timestamp_ms"])
    rows = transactions_store(
        signed,
        energies=dict.fromkeys(signed, 0),
        reference=reference,
        now=now,
        purpose=Purpose.OPERATION,
        status=hand.status,
    )
    for operation in operations:
        operation.transaction, operation.wait_reason = rows[operation.pk], ""
        operation.save(update_fields=["transaction", "wait_reason"])
    refuse_unjudged_outflow(str(wallet.address))
    refuse_halted()
    return operations


def _draft(
    wallet: Wallet, operation: Operation, reference: Reference, hand: Hand, timestamp_ms: int
) -> Draft:
    is_call = operation.kind == TxKind.APPROVE
    return Draft(
        kind=TxKind(operation.kind),
        sender=str(wallet.address),
        recipient=operation.recipient,
        contract=network().usdt_contract if is_call else "",
        amount=operation.amount_micro,
        terms=operation.terms,
        fee_limit_sun=operation.fee_limit_sun,
        ref_block_id=reference.block_id,
        expiration_ms=reference.expiration_ms,
        timestamp_ms=timestamp_ms,
        quorum=hand.quorum,
    )
