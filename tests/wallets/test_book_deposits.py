"""What comes to a deposit address is owed to who paid; what leaves it without an order halts."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts.services.settle import payouts_settle
from tests import builders
from tests.sandbox.people import Person, settle, trx_draft, trx_of, usdt_draft, usdt_of
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import reloaded, send
from tests.wallets.books import (
    UNIT,
    balances,
    booked,
    contradictions,
    faucet,
    faucet_is_known,
    hot,
    paid,
    read,
    solidify,
    suspense,
)
from tests.wallets.depositing import (
    book_all,
    deposit_address,
    follow,
    fuel,
    sweep,
    sweep_trx,
    thief_of,
)
from tron.flows import TRX_LOG_INDEX
from tron.halt import open_halts
from tron.models import ChainFlow, ChainTransaction, HaltCause, ScanCursor, TxStatus
from tron.scan import scan_solid
from wallets.models import Account, Asset, Journal
from wallets.models_deposit import Deposit, DepositAddress
from wallets.services.book_flows import OutflowUnjudged, flows_book, refuse_unjudged_outflow
from wallets.services.suspense import suspense_open

pytestmark = pytest.mark.django_db

Kind = Account.Kind


@pytest.fixture(autouse=True)
def _books_agree(db: None) -> Any:
    """Whatever a test does, the books must agree with themselves at its end."""
    yield
    assert contradictions() == []


def kinds() -> list[str]:
    """Return what was booked since the openings, in order."""
    rows = Journal.objects.exclude(kind="opening").order_by("pk")
    return list(rows.values_list("kind", flat=True))


def agree_with_the_chain(node: SandboxProcess, *deposits: DepositAddress) -> None:
    """Require that the account of deposit addresses holds what they hold on the chain."""
    people = [thief_of(one) for one in deposits]
    assert booked(Kind.DEPOSITS, Asset.USDT) == sum(usdt_of(node, one) for one in people)
    assert booked(Kind.DEPOSITS, Asset.TRX) == sum(trx_of(node, one) for one in people)


def test_what_a_stranger_pays_is_a_deposit_and_owed_to_them(node: SandboxProcess) -> None:
    read()
    deposit = deposit_address()
    payer = node.state()["faucet"]
    faucet(node, deposit.address, usdt=30, trx=4)
    follow(node)
    assert kinds() == ["deposit", "deposit"]
    assert booked(Kind.PAYMENTS, Asset.USDT) == -30 * UNIT
    assert booked(Kind.PAYMENTS, Asset.TRX) == -4 * UNIT
    agree_with_the_chain(node, deposit)
    fields = ("address", "asset", "units", "sender", "is_ours", "taken_at")
    rows = Deposit.objects.order_by("asset").values_list(*fields)
    assert list(rows) == [
        (deposit.pk, "TRX", 4 * UNIT, payer, False, None),
        (deposit.pk, "USDT", 30 * UNIT, payer, False, None),
    ]
    for row in Deposit.objects.all():
        flow = ChainFlow.objects.get(txid=row.txid, log_index=row.log_index)
        assert (row.block_number, row.block_time_ms) == (flow.block_number, flow.block_time_ms)
        assert Journal.objects.get(reference=f"{row.txid}/{row.log_index}").kind == "deposit"
    assert open_halts() == []


def test_a_source_of_funds_that_pays_is_a_payer_like_any_other(node: SandboxProcess) -> None:
    """An exchange from which wallets are filled pays for its customers, too."""
    read()
    faucet_is_known(node)
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30)
    follow(node)
    assert kinds() == ["deposit"]
    assert Deposit.objects.filter(is_ours=False).count() == 1


def test_trx_of_a_wallet_of_ours_is_no_payment(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    deposit = deposit_address()
    fuel(node, wallet, deposit, trx=20)
    assert kinds() == ["sent", "fee", "inflow"]
    assert booked(Kind.PAYMENTS, Asset.TRX) == 0
    (row,) = Deposit.objects.all()
    assert (row.asset, row.units, row.sender, row.is_ours) == (
        "TRX", 20 * UNIT, wallet.address, True,
    )  # fmt: skip
    agree_with_the_chain(node, deposit)
    assert open_halts() == []


def test_a_payout_to_a_deposit_address_pays_for_it(node: SandboxProcess) -> None:
    """The payee of one payment may be the address of another."""
    wallet, _ = hot(node)
    deposit = deposit_address()
    paid(node, wallet, builders.user(), amount_usdt=7 * UNIT, recipient_address=deposit.address)
    solidify(node)
    read()
    payouts_settle(now=utc_now())
    book_all()
    assert sorted(kinds()) == ["deposit", "fee", "payout"]
    assert booked(Kind.PAYMENTS, Asset.USDT) == -7 * UNIT
    (row,) = Deposit.objects.all()
    assert (row.sender, row.is_ours) == (wallet.address, False)
    agree_with_the_chain(node, deposit)
    assert open_halts() == []


def test_a_sweep_and_its_fee_are_matched_with_their_settlement(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30)
    fuel(node, wallet, deposit, trx=20)
    before = balances(wallet)
    row = sweep(deposit, wallet, node, units=30 * UNIT)
    send(node, row)
    solidify(node)
    read()
    assert reloaded(row).status == TxStatus.SUCCEEDED
    assert flows_book(now=utc_now()) == 0  # it waits for the settlement
    follow(node)
    row = reloaded(row)
    assert row.fee_sun
    assert kinds()[-3:] == ["sweep", "fee", "inflow"]
    assert balances(wallet) == (before[0] + 30 * UNIT, before[1])
    assert booked(Kind.DEPOSITS, Asset.USDT) == 0
    assert booked(Kind.DEPOSITS, Asset.TRX) == 20 * UNIT - row.fee_sun
    agree_with_the_chain(node, deposit)
    assert not ChainFlow.objects.filter(booked_at=None).exists()
    assert open_halts() == []
    rest = sweep_trx(deposit, wallet, node, units=booked(Kind.DEPOSITS, Asset.TRX) - UNIT)
    send(node, rest)
    follow(node)
    assert kinds()[-3:] == ["sweep", "fee", "inflow"]  # its free bandwidth was used up
    agree_with_the_chain(node, deposit)
    assert open_halts() == []


def test_a_failed_sweep_costs_its_fee_alone(node: SandboxProcess) -> None:
    wallet, _ = hot(node)
    deposit = deposit_address()
    fuel(node, wallet, deposit, trx=20)
    row = sweep(deposit, wallet, node, units=30 * UNIT)  # which it has not got
    send(node, row)
    follow(node)
    row = reloaded(row)
    assert row.status == TxStatus.FAILED
    assert kinds()[-1:] == ["fee"]
    assert booked(Kind.DEPOSITS, Asset.TRX) == 20 * UNIT - row.fee_sun
    agree_with_the_chain(node, deposit)
    assert open_halts() == []


def test_what_leaves_a_deposit_address_without_an_order_halts(node: SandboxProcess) -> None:
    read()
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30, trx=100)
    follow(node)
    stolen = usdt_draft(node, thief_of(deposit), Person(), 12 * UNIT)
    receipt = settle(node, stolen, thief_of(deposit))
    solidify(node)
    read()
    with pytest.raises(OutflowUnjudged):
        refuse_unjudged_outflow(deposit.address)
    book_all()
    assert kinds()[-2:] == ["unexplained", "unexplained"]
    assert (suspense(Asset.USDT), suspense(Asset.TRX)) == (12 * UNIT, receipt["fee"])
    agree_with_the_chain(node, deposit)
    (halt,) = open_halts()
    assert (halt.cause, halt.subject) == (HaltCause.OUTFLOW, stolen.txid)
    assert {(row.asset, row.units) for row in suspense_open()} == {
        ("USDT", -12 * UNIT),
        ("TRX", -receipt["fee"]),
    }


@pytest.mark.parametrize("change", ["amount_micro", "recipient", "status", "fee_sun"])
def test_a_sweep_that_is_not_what_was_ordered_halts(node: SandboxProcess, change: str) -> None:
    wallet, _ = hot(node)
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30, trx=100)
    follow(node)
    row = sweep(deposit, wallet, node, units=30 * UNIT)
    send(node, row)
    solidify(node)
    read()
    wrong = {
        "amount_micro": {"amount_micro": 29 * UNIT},
        "recipient": {"recipient": builders.address()},
        "status": {"status": TxStatus.CONTRADICTED},
        "fee_sun": {"fee_sun": 1},
    }[change]
    with connection.cursor() as cursor:  # past what guards them
        cursor.execute("ALTER TABLE tron_chaintransaction DISABLE TRIGGER USER")
        ChainTransaction.objects.filter(pk=row.pk).update(**wrong)
        cursor.execute("ALTER TABLE tron_chaintransaction ENABLE TRIGGER USER")
    book_all()
    assert [halt.subject for halt in open_halts()] == [row.txid]


def test_money_between_a_wallet_and_a_deposit_address_by_nobody_s_order_halts(
    node: SandboxProcess,
) -> None:
    wallet, person = hot(node)
    deposit, other = deposit_address(), deposit_address()
    settle(node, trx_draft(node, person, thief_of(deposit), 50 * UNIT), person)
    settle(node, trx_draft(node, thief_of(deposit), thief_of(other), 20 * UNIT), thief_of(deposit))
    settle(node, trx_draft(node, thief_of(other), person, 10 * UNIT), thief_of(other))
    follow(node)
    assert kinds().count("internal") == 3
    assert balances(wallet)[1] == trx_of(node, person)
    agree_with_the_chain(node, deposit, other)
    assert len(open_halts()) == 3
    rows = Deposit.objects.order_by("pk").values_list("address", "units", "is_ours")
    assert list(rows) == [(deposit.pk, 50 * UNIT, True), (other.pk, 20 * UNIT, True)]
    assert booked(Kind.PAYMENTS, Asset.TRX) == 0


def test_what_comes_from_the_network_itself_is_nobody_s_payment(node: SandboxProcess) -> None:
    read()
    deposit = deposit_address()
    ChainFlow.objects.create(
        txid="ab" * 32, log_index=-5, asset="TRX", sender="", recipient=deposit.address,
        units=UNIT, block_number=1, block_time_ms=1,
    )  # fmt: skip
    assert flows_book(now=utc_now()) == 1
    assert kinds() == ["unexplained"]
    (row,) = Deposit.objects.all()
    assert (row.sender, row.is_ours) == ("", True)


def test_a_deposit_counts_when_a_second_node_has_told_its_block(node: SandboxProcess) -> None:
    read()
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30)
    solidify(node)
    while scan_solid(now=utc_now()):
        pass
    flow = ChainFlow.objects.get()
    assert ScanCursor.objects.get().agreed_number < flow.block_number
    assert flows_book(now=utc_now()) == 0
    read()
    assert flows_book(now=utc_now()) == 1


def test_a_deposit_that_was_booked_is_never_booked_again(node: SandboxProcess) -> None:
    read()
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30)
    follow(node)
    ChainFlow.objects.update(booked_at=None)
    assert flows_book(now=utc_now()) == 0
    assert (kinds(), Deposit.objects.count()) == (["deposit"], 1)
    assert booked(Kind.PAYMENTS, Asset.USDT) == -30 * UNIT


def test_as_many_statements_for_one_deposit_as_for_many(node: SandboxProcess) -> None:
    read()
    costs = []
    for count in (1, 1, 40):  # the first makes the accounts
        for _ in range(count):
            faucet(node, deposit_address().address, usdt=1, trx=1)
        solidify(node)
        read()
        with CaptureQueriesContext(connection) as queries:
            assert flows_book(now=utc_now()) == 2 * count
        costs.append(len(queries))
    assert costs[1] == costs[2]
    assert Deposit.objects.filter(log_index=TRX_LOG_INDEX).count() == 42
