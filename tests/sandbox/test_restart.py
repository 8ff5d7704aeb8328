"""A restart forgets nothing but the pool; two processes never share a chain."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.sandbox.people import (
    TRX,
    USDT,
    funded,
    send,
    settle,
    trx_draft,
    trx_of,
    usdt_draft,
    usdt_of,
)
from tests.sandbox.process import SandboxProcess


def test_a_killed_node_comes_back_with_the_same_chain_and_state(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0", "--solid-lag", "3")
    alice, bob = funded(node, trx=1000, usdt=1000), funded(node, trx=1)
    early = usdt_draft(node, alice, bob, 10 * USDT)
    settle(node, early, alice)
    node.mine(4)
    late = usdt_draft(node, alice, bob, 5 * USDT)
    settle(node, late, alice)
    node.post("/sandbox/usdt", blacklist=[bob.address])
    node.post("/sandbox/step", seconds=7)
    lost = trx_draft(node, alice, bob, TRX).sign(alice)
    send(node, lost)

    before = _facts(node, early.txid, late.txid, alice, bob)
    node.end(signal.SIGKILL)
    node.start()
    after = _facts(node, early.txid, late.txid, alice, bob)

    assert before["state"].pop("pool") == before["state"]["nodes"]["a"].pop("pool") == 1
    assert after["state"].pop("pool") == after["state"]["nodes"]["a"].pop("pool") == 0
    trx = [facts.pop("alice_pending_trx") for facts in (before, after)]
    assert trx[0] == trx[1] - TRX - 267_000
    chain_time = [facts["state"].pop("chain_time_ms") for facts in (before, after)]
    assert chain_time[0] - chain_time[1] in (0, 7_000)
    assert after == before


def _facts(node: SandboxProcess, early: str, late: str, alice: object, bob: object) -> dict:
    return {
        "state": node.state(),
        "receipts": [node.info(txid) for txid in (early, late)],
        "solid receipts": [node.info(txid, "walletsolidity") for txid in (early, late)],
        "bob": (usdt_of(node, bob), usdt_of(node, bob, "walletsolidity")),
        "alice_pending_trx": trx_of(node, alice),
        "alice_solid_trx": trx_of(node, alice, "walletsolidity"),
        "blocks": node.post("/wallet/getblockbylimitnext", startNum=0, endNum=100),
        "transfers": node.get(f"/sandbox/transfers?from={alice.address}"),
        "net": node.post("/wallet/getaccountnet", address=bob.address, visible=True),
    }


def test_a_chain_goes_on_after_a_kill(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0", "--solid-lag", "3")
    alice, bob = funded(node, trx=1000, usdt=1000), funded(node, trx=1, usdt=1)
    sent = usdt_draft(node, alice, bob, USDT).sign(alice)
    send(node, sent)
    head = node.mine()["head"]
    node.end(signal.SIGKILL)
    node.start()
    assert send(node, sent)["code"] == "DUP_TRANSACTION_ERROR"
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    block = node.get("/wallet/getnowblock")["block_header"]["raw_data"]
    assert block["parentHash"] == head["id"]
    assert usdt_of(node, bob) == 3 * USDT
    node.mine(3)
    assert usdt_of(node, bob, "walletsolidity") == 3 * USDT


def test_a_change_of_the_token_becomes_solid_with_the_head_block(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0", "--solid-lag", "2")
    contract = node.state()["usdt_contract"]

    def paused(prefix: str) -> bool:
        answer = node.post(
            f"/{prefix}/triggerconstantcontract",
            owner_address=contract,
            contract_address=contract,
            function_selector="paused()",
            visible=True,
        )
        return bool(int(answer["constant_result"][0], 16))

    node.post("/sandbox/usdt", paused=True)
    assert (paused("wallet"), paused("walletsolidity")) == (True, False)
    node.end(signal.SIGKILL)
    node.start()
    assert (paused("wallet"), paused("walletsolidity")) == (True, False)
    node.mine(2)
    assert paused("walletsolidity")


def test_a_second_node_on_the_same_data_refuses_to_start(
    run: Callable[..., SandboxProcess], tmp_path: Path
) -> None:
    run("--block-ms", "0")
    assert "another sandbox is running" in SandboxProcess(tmp_path).refuse()


def test_a_second_node_on_the_same_port_refuses_to_start(
    run: Callable[..., SandboxProcess], tmp_path: Path
) -> None:
    first = run("--block-ms", "0")
    other = SandboxProcess(tmp_path / "other")
    other.port = first.port
    assert "in use" in other.refuse()


def test_a_signal_ends_it_cleanly_while_clients_are_connected(
    run: Callable[..., SandboxProcess],
) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        node = run("--block-ms", "50")
        node.state()
        assert node.end(number) == (0, "")


def test_a_file_of_another_layout_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "chain.sqlite3")) as file:
        file.execute("CREATE TABLE blocks (number INTEGER)")
    assert "another version" in SandboxProcess(tmp_path).refuse()
    with closing(sqlite3.connect(tmp_path / "chain.sqlite3")) as file:
        tables = file.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("blocks",)]
