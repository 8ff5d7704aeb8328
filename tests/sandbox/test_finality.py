"""Pending, included, solid: three states, told apart on the right paths."""

from collections.abc import Callable

from tests.sandbox.people import (
    TRX,
    USDT,
    Person,
    funded,
    send,
    settle,
    trx_draft,
    trx_of,
    usdt_draft,
    usdt_of,
)
from tests.sandbox.process import SandboxProcess


def found(node: SandboxProcess, prefix: str, kind: str, txid: str) -> bool:
    """Say whether a query finds a transaction."""
    return node.post(f"/{prefix}/gettransaction{kind}", value=txid) != {}


def test_a_pending_transaction_is_found_with_a_result_but_has_no_receipt(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = usdt_draft(node, alice, bob, USDT).sign(alice)
    send(node, made)
    shown = node.post("/wallet/gettransactionbyid", value=made.txid)
    assert shown["ret"] == [{"contractRet": "SUCCESS"}]
    assert shown["txID"] == made.txid
    assert not found(node, "wallet", "infobyid", made.txid)
    assert not found(node, "walletsolidity", "byid", made.txid)
    assert node.get("/wallet/getpendingsize") == {"pendingSize": 1}
    assert node.get("/wallet/gettransactionlistfrompending") == {"txId": [made.txid]}
    pending = node.post("/wallet/gettransactionfrompending", value=made.txid)
    assert pending["txID"] == made.txid
    node.mine()
    assert node.get("/wallet/gettransactionlistfrompending") == {}


def test_a_transaction_is_solid_18_blocks_after_its_block_and_not_before(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = usdt_draft(node, alice, bob, USDT)
    receipt = settle(node, made, alice)
    number = receipt["blockNumber"]
    node.mine(17)
    assert node.state()["solid"]["number"] == number - 1
    assert not found(node, "walletsolidity", "infobyid", made.txid)
    assert not found(node, "walletsolidity", "byid", made.txid)
    assert node.post("/walletsolidity/gettransactioninfobyblocknum", num=number) == []
    assert node.post("/walletsolidity/getblockbynum", num=number) == {}
    node.mine()
    assert node.info(made.txid, "walletsolidity") == receipt
    assert found(node, "walletsolidity", "byid", made.txid)
    assert node.post("/walletsolidity/gettransactioninfobyblocknum", num=number) == [receipt]
    assert node.post("/walletsolidity/getnowblock")["block_header"]["raw_data"]["number"] == number


def test_solid_balances_are_those_of_the_solid_block(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    node.mine(18)
    settle(node, usdt_draft(node, alice, bob, 10 * USDT), alice)
    settle(node, trx_draft(node, alice, bob, 10 * TRX), alice)
    assert usdt_of(node, bob) == 11 * USDT
    assert usdt_of(node, bob, "walletsolidity") == USDT
    assert trx_of(node, bob) == 11 * TRX
    assert trx_of(node, bob, "walletsolidity") == TRX
    node.mine(17)
    assert usdt_of(node, bob, "walletsolidity") == 11 * USDT
    assert trx_of(node, bob, "walletsolidity") == TRX
    node.mine()
    assert trx_of(node, bob, "walletsolidity") == 11 * TRX


def test_an_account_is_unknown_to_the_solid_state_until_its_block_is_solid(
    node: SandboxProcess, alice: Person, nobody: Person
) -> None:
    settle(node, trx_draft(node, alice, nobody, TRX), alice)
    assert node.post("/walletsolidity/getaccount", address=nobody.hex) == {}
    node.mine(18)
    assert node.post("/walletsolidity/getaccount", address=nobody.hex)["balance"] == TRX


def test_head_balances_include_what_is_pending(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    send(node, usdt_draft(node, alice, bob, USDT).sign(alice))
    assert usdt_of(node, bob) == 2 * USDT
    node.mine()
    assert usdt_of(node, bob) == 2 * USDT


def test_the_lag_can_be_set(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0", "--solid-lag", "0")
    alice, bob = funded(node, trx=100), funded(node, trx=1)
    made = trx_draft(node, alice, bob, TRX)
    receipt = settle(node, made, alice)
    assert node.info(made.txid, "walletsolidity") == receipt
    assert trx_of(node, bob, "walletsolidity") == 2 * TRX
