"""The control API: what a test does to the chain."""

import json
from collections.abc import Callable

import pytest

from tests.sandbox.people import TRX, USDT, Person, funded, settle, trx_of, usdt_draft, usdt_of
from tests.sandbox.process import SandboxProcess
from tests.waiting import until


def test_the_faucet_sends_real_transfers(node: SandboxProcess, nobody: Person) -> None:
    txids = node.post("/sandbox/faucet", address=nobody.address, trx="1.5", usdt=2.25)["txids"]
    assert len(txids) == 2
    node.mine()
    assert trx_of(node, nobody) == 1_500_000
    assert usdt_of(node, nobody) == 2_250_000
    assert node.info(txids[1])["receipt"]["result"] == "SUCCESS"


def test_two_equal_gifts_are_two_transactions(node: SandboxProcess, nobody: Person) -> None:
    for _ in range(20):
        node.post("/sandbox/faucet", address=nobody.address, usdt=1)
    node.mine()
    assert usdt_of(node, nobody) == 20 * USDT


def test_transfers_of_a_sender_are_listed_once_executed(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    path = f"/sandbox/transfers?from={alice.address}"
    good, bad = usdt_draft(node, alice, bob, 7), usdt_draft(node, alice, bob, 10**12)
    assert node.get(path) == {"transfers": []}
    number = settle(node, good, alice)["blockNumber"]
    settle(node, bad, alice)
    assert node.get(path) == {
        "transfers": [{"txid": good.txid, "to": bob.address, "amount": "7", "block": number}]
    }


def test_stepping_moves_the_next_block_s_time(node: SandboxProcess) -> None:
    before = node.state()
    stepped = node.post("/sandbox/step", seconds=5)
    assert stepped["chain_time_ms"] == before["head_time_ms"] + 5_000
    assert stepped["head_time_ms"] == before["head_time_ms"]
    assert node.mine(2, interval_ms=10)["head_time_ms"] == before["head_time_ms"] + 5_020


def test_a_block_on_demand_is_three_seconds_later(node: SandboxProcess) -> None:
    before = node.state()["head_time_ms"]
    after = node.post("/sandbox/mine")
    assert after["head_time_ms"] == before + 3_000


def test_blocks_can_be_made_automatic_and_stopped(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    first = node.state()
    node.post("/sandbox/auto", block_ms=20)
    until("blocks are made", lambda: node.state()["head"]["number"] > first["head"]["number"] + 3)
    node.post("/sandbox/step", seconds=100)
    until(
        "a block has the new time",
        lambda: node.state()["head_time_ms"] > first["head_time_ms"] + 100_000,
    )
    stopped = node.post("/sandbox/auto", block_ms=0)
    assert node.mine()["head"]["number"] == stopped["head"]["number"] + 1
    times = [
        block["block_header"]["raw_data"]["timestamp"]
        for block in node.post("/wallet/getblockbylatestnum", num=99)["block"][1:]
    ]
    assert times == sorted(set(times))


def test_time_goes_on_when_a_chain_that_ran_ahead_becomes_automatic(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0")
    node.post("/sandbox/step", seconds=3600)
    ahead = node.mine()
    node.post("/sandbox/auto", block_ms=20)
    later = until(
        "blocks are made",
        lambda: (s := node.state())["head"]["number"] > ahead["head"]["number"] + 2 and s,
    )
    assert 0 < later["head_time_ms"] - ahead["head_time_ms"] < 60_000


def test_burned_fees_and_balances_add_up(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    alice, bob = funded(node, trx=500, usdt=50), funded(node, trx=10)
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    faucet = node.state()["faucet"]
    held = sum(
        node.post("/wallet/getaccount", address=address, visible=True)["balance"]
        for address in (faucet, alice.address, bob.address)
    )
    burned = node.get("/wallet/getburntrx")["burnTrxAmount"]
    assert held + burned == 50_000_000_000 * TRX


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faucet", {}),
        ("faucet", {"address": "T123", "trx": 1}),
        ("faucet", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"}),
        ("faucet", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "trx": "-1"}),
        ("faucet", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "trx": "0.0000001"}),
        ("faucet", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "usdt": "NaN"}),
        ("faucet", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "trx": 10**30}),
        ("mine", {"blocks": 0}),
        ("mine", {"blocks": "many"}),
        ("mine", {"interval_ms": 0}),
        ("step", {}),
        ("step", {"seconds": -1}),
        ("auto", {}),
        ("usdt", {}),
        ("usdt", {"colour": "green"}),
        ("usdt", {"basis_points_rate": 20}),
        ("usdt", {"blacklist": ["T123"]}),
        ("usdt", {"blacklist": 5}),
    ],
)
def test_a_request_it_cannot_carry_out_is_400_and_says_why(
    node: SandboxProcess, path: str, body: dict
) -> None:
    status, answer = node.call(f"/sandbox/{path}", body)
    assert status == 400
    assert json.loads(answer)["error"]


def test_an_unknown_control_is_404(node: SandboxProcess) -> None:
    assert node.call("/sandbox/nothing", {})[0] == 404
    assert node.call("/sandbox/mine")[0] == 404


def test_a_step_can_make_blocks_at_once(node: SandboxProcess) -> None:
    before = node.state()
    stepped = node.post("/sandbox/step", seconds=14 * 86_400, blocks=19)
    assert stepped["head"]["number"] == before["head"]["number"] + 19
    assert stepped["solid"]["number"] == before["head"]["number"] + 1
    passed_ms = stepped["head_time_ms"] - before["head_time_ms"]
    assert 14 * 86_400_000 <= passed_ms < 14 * 86_400_000 + 1000
    node.post("/sandbox/auto", block_ms=3_600_000)
    jumped = node.post("/sandbox/step", seconds=86_400, blocks=2)
    node.post("/sandbox/auto", block_ms=0)
    assert jumped["head"]["number"] == stepped["head"]["number"] + 2
    assert jumped["head_time_ms"] - stepped["head_time_ms"] >= 86_400_000
