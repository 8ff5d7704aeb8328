"""Corruptions of deposits, of their books and of sweeps are named, and the chain is asked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from gateway.models_sweep import Sweep
from gateway.states import SweepStatus
from lucidpay.clock import utc_now
from lucidpay.verification.chain import BooksBehind, deposits_now, other_deposits
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from tests import builders
from tests.corruption import guards_off
from tests.sandbox.people import Person, settle, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import send
from tests.wallets.books import UNIT, faucet, faucet_is_known, hot, read, solidify
from tests.wallets.depositing import deposit_address, follow, fuel, sweep, thief_of
from tron.flows import FEE_LOG_INDEX
from tron.models import ChainFlow, ChainTransaction, ScanCursor
from wallets import ledger
from wallets.deposited import addresses_holding, deposited_at
from wallets.models import Account, Asset, Entry, Journal
from wallets.models_deposit import Deposit, DepositAddress

pytestmark = pytest.mark.django_db
FOREVER = 10**9  # no block has this number


def findings() -> list[str]:
    """Return what is wrong."""
    return [one.what for one in database_findings(Scope(now=utc_now()))]


def differences() -> list[str]:
    """Return where the chain has other amounts than came and went."""
    return [
        found.what for address, chain in deposits_now() for found in other_deposits(address, chain)
    ]


def swept(deposit: DepositAddress, node: SandboxProcess, wallet: Any, units: int) -> Sweep:
    """Return a sweep that is done, as the gateway writes it."""
    tx = sweep(deposit, wallet, node, units=units)
    made = Sweep.objects.create(
        id=tx.subject, address=deposit, asset=Asset.USDT, units=units, wallet=wallet,
        status=SweepStatus.SIGNED, transaction=tx, look_at=utc_now(), created_at=utc_now(),
    )  # fmt: skip
    send(node, tx)
    follow(node)
    made.status, made.ended_at = SweepStatus.SWEPT, utc_now()
    made.save(update_fields=["status", "ended_at"])
    return made


@pytest.fixture
def shop(node: SandboxProcess, settings: Any) -> tuple[DepositAddress, DepositAddress]:
    """Two addresses with deposits: of the first 20 USDT were swept, 10 lie there still."""
    settings.TRON_HEAD_AGE_MAX_S = 3600
    faucet_is_known(node)
    wallet, _ = hot(node)
    first, second = deposit_address(), deposit_address()
    faucet(node, first.address, usdt=30)
    faucet(node, second.address, usdt=5, trx=2)
    fuel(node, wallet, first, trx=30)
    swept(first, node, wallet, 20 * UNIT)
    return first, second


def update(model: Any, fields: dict[str, Any], **which: Any) -> None:
    """Change rows that cannot be changed."""
    with guards_off(model):
        assert model.objects.filter(**which).update(**fields) > 0


def lost(model: Any, **which: Any) -> None:
    """Delete rows that cannot be deleted."""
    with guards_off(model):
        rows = model.objects.filter(**which)
        assert rows._raw_delete(rows.db) > 0


def entries_lost() -> None:
    """Forget the booking of one deposit."""
    journal = Journal.objects.filter(kind="deposit").latest("pk")
    lost(Entry, journal=journal)
    lost(Journal, pk=journal.pk)


def deposit_invented() -> None:
    """As if money had come that never came."""
    address = DepositAddress.objects.earliest("pk")
    Deposit.objects.create(
        address=address, txid="ab" * 32, log_index=0, asset="USDT", units=7, sender="T",
        is_ours=False, block_number=1, block_time_ms=1, created_at=utc_now(),
    )  # fmt: skip


def booked_twice() -> None:
    """Book money at deposit addresses that is not there."""
    deposits = ledger.other_account(Account.Kind.DEPOSITS, Asset.USDT)
    owed = ledger.other_account(Account.Kind.PAYMENTS, Asset.USDT)
    with transaction.atomic():
        sides = ((deposits, 7), (owed, -7))
        ledger.book([ledger.Booking("deposit", "twice", sides, 1)], at=utc_now())


def outflow(**fields: Any) -> None:
    """Write a movement out of a deposit address that was looked at."""
    given = {
        "txid": "cd" * 32, "log_index": 0, "asset": "USDT", "units": 7, "recipient": "T",
        "sender": DepositAddress.objects.earliest("pk").address, "block_number": 1,
        "block_time_ms": 1, "booked_at": utc_now(),
    }  # fmt: skip
    ChainFlow.objects.create(**{**given, **fields})


def fee_of_a_sweep(units: int) -> None:
    tx = ChainTransaction.objects.get(purpose="sweep")
    rows = ChainFlow.objects.filter(txid=tx.txid, log_index=FEE_LOG_INDEX)
    assert rows.update(units=units) == 1


def tx_changed(**fields: Any) -> Callable[[], None]:
    return lambda: update(ChainTransaction, fields, purpose="sweep")


def sweep_changed(**fields: Any) -> Callable[[], None]:
    return lambda: update(Sweep, fields)


def deposit_changed(**fields: Any) -> Callable[[], None]:
    return lambda: update(Deposit, fields, is_ours=False, asset="USDT", units=5 * UNIT)


CORRUPTIONS: dict[str, tuple[Callable[[], None], str]] = {
    "a deposit that is gone": (lambda: lost(Deposit, units=5 * UNIT), "that is not booked"),
    "a deposit of another amount": (deposit_changed(units=7), "that is not booked"),
    "a deposit of somebody else": (deposit_changed(sender="T"), "that is not booked"),
    "a payment called ours": (deposit_changed(is_ours=True), "that is not booked"),
    "a deposit that is not in the books": (entries_lost, "that is not booked"),
    "a deposit that never came": (deposit_invented, "nothing came there"),
    "a deposit in another block": (deposit_changed(block_number=1), "nothing came there"),
    "books that say more": (booked_twice, "lie at deposit addresses, the books say"),
    "a theft": (outflow, "no sweep says so"),
    "a burned fee": (lambda: outflow(log_index=FEE_LOG_INDEX, asset="TRX"), "no sweep says so"),
    "a sweep that burned more": (lambda: fee_of_a_sweep(7), "no sweep says so"),
    "a sweep that was not booked": (
        lambda: update(Journal, {"reference": "x"}, kind="sweep"), "sweep of transaction"
    ),
    "a booking of a sweep that never was": (tx_changed(settled_at=None), "no end says so"),
    "a sweep of another amount": (sweep_changed(units=7), "ordered: amount"),
    "a sweep to somebody else": (tx_changed(recipient="T"), "ordered: recipient"),
    "a sweep of another token": (tx_changed(contract="T"), "ordered: contract"),
    "a sweep of nobody": (
        tx_changed(subject="00000000-0000-0000-0000-000000000000"), "belongs to no payout"
    ),
    "a sweep that failed and moved": (sweep_changed(status="failed"), "is failed, and its"),
    "a sweep without its transaction": (sweep_changed(transaction=None), "is swept, and its"),
    "a deposit in no block": (
        lambda: update(Journal, {"block_number": None}, kind="deposit"), "balance in no block"
    ),
}  # fmt: skip


def test_each_corruption_is_named(shop: Any, subtests: Any) -> None:
    assert findings() == []
    for name, (breaking, expected) in CORRUPTIONS.items():
        with subtests.test(name):
            point = transaction.savepoint()
            try:
                breaking()
                found = findings()
            finally:
                transaction.savepoint_rollback(point)
            assert any(expected in what for what in found), found
    assert findings() == []


def test_a_merchant_s_balance_that_is_wrong_is_named() -> None:
    account = ledger.merchant_account(Account.Kind.MERCHANT, builders.user().pk, Asset.USDT)
    Account.objects.filter(pk=account.pk).update(balance_units=-7)
    [found] = findings()
    assert "merchant" in found
    assert "says -7 units, its entries sum to 0" in found


def test_what_is_settled_and_not_yet_matched_adds_up(
    shop: tuple[DepositAddress, DepositAddress],
) -> None:
    tx = ChainTransaction.objects.get(purpose="sweep")
    ChainFlow.objects.filter(txid=tx.txid).update(booked_at=None)
    assert not any("lie at deposit addresses" in what for what in findings())


def test_the_chain_agrees_with_what_came_and_went(
    shop: tuple[DepositAddress, DepositAddress], node: SandboxProcess
) -> None:
    assert set(addresses_holding()) == {one.address for one in shop}
    assert deposited_at(shop[0].address, block_number=FOREVER)[Asset.USDT] == 10 * UNIT
    assert deposited_at(shop[1].address, block_number=FOREVER) == {
        Asset.USDT: 5 * UNIT, Asset.TRX: 2 * UNIT,
    }  # fmt: skip
    assert differences() == []


def test_only_addresses_at_which_something_lies_are_asked_about(
    shop: tuple[DepositAddress, DepositAddress], node: SandboxProcess
) -> None:
    deposit_address()
    assert len(list(deposits_now())) == 2
    ChainFlow.objects.filter(recipient=shop[1].address).delete()
    assert [address for address, _ in deposits_now()] == [shop[0].address]


def test_what_moved_past_the_scanner_is_found(
    shop: tuple[DepositAddress, DepositAddress], node: SandboxProcess
) -> None:
    row = ChainFlow.objects.get(recipient=shop[1].address, asset="USDT")
    ChainFlow.objects.filter(pk=row.pk).update(units=7)
    [found] = differences()
    assert found.startswith(f"{5 * UNIT} units of USDT lie at deposit address {shop[1].address}")
    assert found.endswith("went 7")


def test_what_was_not_read_yet_is_no_difference(
    shop: tuple[DepositAddress, DepositAddress], node: SandboxProcess
) -> None:
    settle(node, usdt_draft(node, thief_of(shop[0]), Person(), UNIT), thief_of(shop[0]))
    solidify(node)
    with pytest.raises(BooksBehind):
        differences()
    read()
    assert differences() == []


def test_a_deposit_that_one_node_told_is_not_missed(
    shop: tuple[DepositAddress, DepositAddress],
) -> None:
    """While the second node is away, it waits, however long."""
    flow = ChainFlow.objects.filter(recipient=shop[1].address, asset="USDT")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    flow.update(booked_at=None, block_time_ms=1)
    lost(Deposit, units=5 * UNIT)
    assert any("that is not booked" in what for what in findings())
    ScanCursor.objects.update(agreed_number=1)
    assert not any("that is not booked" in what for what in findings())
