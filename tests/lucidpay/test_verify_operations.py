"""Corruptions of operations and of their holds are named, as those of payouts are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from tests import builders
from tests.corruption import guards_off
from tron.contracts import Order
from tron.models import ChainTransaction, TxKind
from tron.reference import Reference
from wallets import ledger
from wallets.hand import own_hand
from wallets.models import Asset, Hold
from wallets.models_operation import Operation
from wallets.services.operate import Asker, Cost, operation_request
from wallets.services.operate_cancel import operation_cancel
from wallets.services.operate_sign import operations_build

pytestmark = pytest.mark.django_db
TIME_MS = builders.CHAIN_TIME_MS
REFERENCE = Reference(1000, f"{1000:016x}" + "ab" * 24, TIME_MS + 120_000, TIME_MS)


def findings() -> list[str]:
    """Return what is wrong."""
    return [one.what for one in database_findings(Scope(now=utc_now()))]


def signed(kind: TxKind = TxKind.STAKE) -> Operation:
    """Return an operation with its transaction."""
    operation = asked(kind)
    hand, key = own_hand(operation.wallet), operation.wallet_id
    with transaction.atomic():
        operations_build(key, [operation.pk], REFERENCE, hand, utc_now())
    operation.refresh_from_db()
    return operation


def asked(kind: TxKind) -> Operation:
    """Return an operation that nothing was built for."""
    wallet = builders.hot_wallet()
    recipient = builders.address() if kind == TxKind.APPROVE else ""
    terms = {"resource": "ENERGY"} if kind == TxKind.STAKE else {}
    order = Order(kind, str(wallet.address), recipient, amount=10**6, terms=terms)
    cost, asker = Cost(10**6, 5 * 10**5), Asker("tests")
    return operation_request(
        wallet_id=wallet.pk, order=order, cost=cost, asker=asker, now=utc_now()
    )


def lost_pointer(operation: Operation) -> None:
    """As if it had been given up while its transaction could still do it."""
    Operation.objects.filter(pk=operation.pk).update(transaction=None)
    operation_cancel(operation_id=operation.pk, by="tests", now=utc_now())


def held_on(operation: Operation) -> None:
    """An end that leaves another hold behind."""
    lost_pointer(operation)
    trx = ledger.wallet_account(operation.wallet, Asset.TRX)
    with transaction.atomic():
        ledger.hold(trx, amounts={operation.pk: 7}, at=utc_now())


def posted(operation: Operation) -> None:
    """Given up, and spent all the same."""
    lost_pointer(operation)
    with guards_off(Hold):
        Hold.objects.filter(subject=operation.pk).update(status="posted")


def changed(**fields: Any) -> Callable[[Operation], None]:
    """Return a breaking of the transaction."""

    def breaking(operation: Operation) -> None:
        with guards_off(ChainTransaction):
            ChainTransaction.objects.filter(subject=operation.pk).update(**fields)

    return breaking


CORRUPTIONS: dict[str, tuple[TxKind, Callable[[Operation], None], str]] = {
    "a live transaction of none": (TxKind.STAKE, lost_pointer, "has 1 transactions"),
    "a hold after the end": (TxKind.STAKE, held_on, "of 7 units is open"),
    "a hold posted for nothing": (TxKind.STAKE, posted, "is posted for"),
    "another fee limit": (TxKind.STAKE, changed(fee_limit_sun=1), "ordered: fee limit"),
    "another token": (TxKind.APPROVE, changed(contract=builders.address()), "ordered: contract"),
    "another kind": (TxKind.STAKE, changed(kind="unstake"), "ordered: kind"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_of_an_operation_is_named(name: str) -> None:
    kind, breaking, said = CORRUPTIONS[name]
    operation = signed(kind)
    assert findings() == []
    breaking(operation)
    assert [one for one in findings() if said in one] != []


def test_a_payout_s_transaction_of_another_kind_or_memo_is_named() -> None:
    builders.hot_wallet()
    tx = builders.signed(builders.payout(builders.user()))
    for fields, said in (({"kind": "approve"}, "kind"), ({"memo": "x"}, "memo")):
        with guards_off(ChainTransaction):
            ChainTransaction.objects.filter(pk=tx.pk).update(**fields)
        assert [one for one in findings() if f"ordered: {said}" in one] != []
        with guards_off(ChainTransaction):
            ChainTransaction.objects.filter(pk=tx.pk).update(kind="transfer", memo="")
