"""Verification asks the chain again, and says what it was told."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from lucidpay.clock import utc_now
from lucidpay.verification.chain import (
    BooksBehind,
    NodeBehind,
    balances_now,
    other_balances,
    other_ends,
)
from lucidpay.verification.findings import Scope
from tests import builders
from tests.corruption import constraint_dropped, guards_off
from tests.lucidpay.world import World, read, world
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode, changes, says
from tron.models import ChainTransaction, TxStatus
from wallets.models import Account

RECEIPT = "walletsolidity/gettransactioninfobyid"


def ends() -> list[str]:
    """Return what the chain contradicts."""
    return [one.what for one in other_ends(Scope(now=utc_now()))]


def differences() -> list[str]:
    """Return where the books differ from the chain."""
    return [
        found.what for wallet, chain in balances_now() for found in other_balances(wallet, chain)
    ]


def one(status: str) -> ChainTransaction:
    """Return the first transaction of this status."""
    found = ChainTransaction.objects.filter(status=status).order_by("pk").first()
    assert found is not None
    return found


def test_the_chain_agrees_with_what_production_writes(company: World) -> None:
    assert ends() == []
    assert differences() == []


def test_a_paid_transaction_called_dead_is_found(company: World) -> None:
    tx = one("succeeded")
    with guards_off(ChainTransaction):
        ChainTransaction.objects.filter(pk=tx.pk).update(
            status=TxStatus.DEAD, proof=builders.death(tx, tx.ref_block_number + 5)
        )
    assert ends() == [f"dead transaction {tx.txid} stands in block {tx.block_number}"]


def test_a_failed_transaction_called_paid_is_found(company: World) -> None:
    tx = one("failed")
    with guards_off(ChainTransaction):
        ChainTransaction.objects.filter(pk=tx.pk).update(status=TxStatus.SUCCEEDED)
    [found] = ends()
    assert "by the node's receipt it is failed" in found


def test_a_dead_transaction_called_paid_is_found(company: World) -> None:
    tx = one("dead")
    constraint_dropped(ChainTransaction, "chain_tx_one_live_per_subject")
    with guards_off(ChainTransaction):
        ChainTransaction.objects.filter(pk=tx.pk).update(
            status=TxStatus.SUCCEEDED, block_number=tx.ref_block_number + 1, block_time_ms=1
        )
    [found] = ends()
    assert "the node has no receipt of it" in found


def test_an_end_in_another_block_is_found(company: World) -> None:
    tx = one("succeeded")
    with guards_off(ChainTransaction):
        rows = ChainTransaction.objects.filter(pk=tx.pk)
        rows.update(block_number=(tx.block_number or 0) - 1)
    [found] = ends()
    assert f"in block {tx.block_number}" in found


def test_a_node_that_is_behind_is_no_evidence(
    company: World, liar: LyingNode, settings: Any
) -> None:
    def behind(block: Any) -> Any:
        header = liar_block(company.node)
        return header or block

    liar.on("walletsolidity/getblock", changes(behind))
    with pytest.raises(NodeBehind):
        ends()


def liar_block(node: SandboxProcess) -> Any:
    """Return an early block of the true node, as a node that lags shows it."""
    return node.post("/wallet/getblock", id_or_num="5", detail=False)


def test_books_that_differ_from_the_chain_are_found(company: World) -> None:
    Account.objects.filter(wallet=company.wallet, asset="USDT").update(balance_units=7)
    [found] = differences()
    assert found.endswith("its books say 7")
    assert company.wallet.address in found


def test_money_that_moved_after_the_last_look_is_no_difference(company: World) -> None:
    [(wallet, earlier)] = balances_now()
    company.node.post("/sandbox/faucet", address=wallet.address, usdt=3, trx=4)
    company.solidify()
    assert list(other_balances(wallet, earlier)) == []


def test_books_that_are_behind_are_not_compared(company: World) -> None:
    company.node.post("/sandbox/faucet", address=company.wallet.address, usdt=5)
    company.node.mine(19)
    with pytest.raises(BooksBehind):
        differences()
    read()
    with pytest.raises(BooksBehind):
        differences()  # read, and not booked yet
    company.scan()
    assert differences() == []


def verify(*options: str) -> tuple[int, str]:
    """Run the command and return its exit status and what it printed."""
    out = io.StringIO()
    try:
        call_command("verify", *options, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_that_all_is_well_or_what_is_wrong(
    node: SandboxProcess, settings: Any
) -> None:
    settings.TRON_HEAD_AGE_MAX_S, settings.PAYOUT_NEW_ATTEMPTS = 3600, 0
    company = world(node)
    code, text = verify()
    assert (code, text.splitlines()[-1]) == (0, "All is well.")
    assert "8 payouts, 7 transactions" in text

    settings.TRON_NODES = ["http://127.0.0.1:9"]
    assert verify("--no-chain")[0] == 0
    code, text = verify()
    assert code == 2
    assert "The chain could not be asked" in text

    Account.objects.filter(wallet=company.wallet, asset="USDT").update(balance_units=7)
    code, text = verify("--no-chain", "--since", "1")
    assert code == 1
    assert "WRONG: account" in text
    assert "says 7 units" in text
    assert "Nothing was changed." in text


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_any_writing_while_it_is_read() -> None:
    from django.db import InternalError

    from lucidpay.verification.run import snapshot

    builders.user()
    with pytest.raises(InternalError, match="read-only"), snapshot():
        builders.user()
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)


def test_an_answer_of_another_shape_is_no_verdict(company: World, liar: LyingNode) -> None:
    from tron.errors import OutcomeUnknown

    liar.on(RECEIPT, says([1, 2]))
    with pytest.raises(OutcomeUnknown):
        ends()
