"""What one node makes of the chain while the others see it as it is."""

import hashlib
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from tronpy.proto import tron_pb2

from tests import local
from tests.sandbox.people import (
    USDT,
    Draft,
    Person,
    draft,
    funded,
    send,
    settle,
    transfers_of,
    trx_of,
    usdt_draft,
    usdt_of,
)
from tests.sandbox.process import Face, SandboxProcess
from tests.sandbox.test_blocks import header_of

HONEST = {
    "lag": 0,
    "frozen": False,
    "history": True,
    "lite": False,
    "peers": 1,
    "clock_ms": 0,
    "fork": False,
    "lies": {},
}


@pytest.fixture(autouse=True)
def honest_again(nodes: SandboxProcess) -> Iterator[None]:
    """Every test ends with nodes that show the chain."""
    yield
    for name in "abc":
        nodes.post("/sandbox/node", node=name, **HONEST)
        nodes.post("/sandbox/pool", node=name)
    nodes.mine(3)


@pytest.fixture
def payer(nodes: SandboxProcess) -> Person:
    """Somebody with money that every node knows to be solid."""
    person = funded(nodes, trx=1000, usdt=100)
    nodes.mine(30)
    return person


@pytest.fixture
def b(nodes: SandboxProcess) -> Face:
    """The second node."""
    return nodes.face("b")


def look(nodes: SandboxProcess, **fields: Any) -> Any:
    """Change what the second node makes of the chain."""
    return nodes.post("/sandbox/node", node="b", **fields)


def head(node: Face, prefix: str = "wallet") -> Any:
    """Return the highest block a node shows."""
    return node.post(f"/{prefix}/getblock", detail=False)


def number(node: Face, prefix: str = "wallet") -> int:
    """Return the height a node shows."""
    return head(node, prefix)["block_header"]["raw_data"]["number"]


def test_a_lagging_node_shows_head_and_solid_block_of_then(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    look(nodes, lag=20)
    made = usdt_draft(nodes, payer, Person(), USDT)
    receipt = settle(nodes, made, payer)
    assert (number(b), number(b, "walletsolidity")) == (number(nodes) - 20, number(nodes) - 22)
    assert usdt_of(b, payer) == 100 * USDT
    assert usdt_of(nodes, payer) == 99 * USDT
    assert b.info(made.txid) == {}
    assert b.post("/wallet/getblockbynum", num=receipt["blockNumber"]) == {}
    assert b.post("/wallet/gettransactioninfobyblocknum", num=receipt["blockNumber"]) == []
    nodes.mine(20)
    assert b.info(made.txid) == receipt
    assert b.info(made.txid, "walletsolidity") == {}
    assert usdt_of(b, payer) == 99 * USDT
    assert usdt_of(b, payer, "walletsolidity") == 100 * USDT
    nodes.mine(2)
    assert b.info(made.txid, "walletsolidity") == receipt
    assert trx_of(b, payer, "walletsolidity") == trx_of(nodes, payer)


def test_a_lagging_node_admits_against_its_own_head(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    look(nodes, lag=10)
    recent = draft(nodes, "TransferContract", tron_pb2.TransferContract(), solid=False)
    unknown = Draft(recent.message)
    payload = tron_pb2.TransferContract(owner_address=payer.raw, to_address=Person().raw, amount=1)
    unknown.message.raw_data.contract[0].parameter.value = payload.SerializeToString()
    unknown.sign(payer)
    assert send(b, unknown)["code"] == "TAPOS_ERROR"
    assert send(nodes, unknown)["code"] == "SUCCESS"
    late = usdt_draft(nodes, payer, Person(), USDT)
    late.message.raw_data.expiration = nodes.state()["head_time_ms"]
    nodes.mine(2, interval_ms=3000)
    late.message.raw_data.ref_block_bytes = bytes.fromhex(head(b, "walletsolidity")["blockID"])[6:8]
    late.message.raw_data.ref_block_hash = bytes.fromhex(head(b, "walletsolidity")["blockID"])[8:16]
    late.message.raw_data.expiration = nodes.state()["head_time_ms"]
    late.sign(payer)
    assert send(nodes, late)["code"] == "TRANSACTION_EXPIRATION_ERROR"
    assert send(b, late)["code"] == "SUCCESS"


def test_a_lag_longer_than_the_chain_shows_its_beginning(nodes: SandboxProcess, b: Face) -> None:
    look(nodes, lag=10**6)
    assert head(b)["blockID"] == nodes.state()["genesis_id"]


def test_a_frozen_node_stands_still_and_still_admits(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    stood, solid = head(b), head(b, "walletsolidity")
    look(nodes, frozen=True)
    first, second = usdt_draft(nodes, payer, Person(), 1), usdt_draft(nodes, payer, Person(), 2)
    assert send(b, first.sign(payer))["code"] == "SUCCESS"
    nodes.mine(5)
    assert (head(b), head(b, "walletsolidity")) == (stood, solid)
    assert nodes.info(first.txid)["receipt"]["result"] == "SUCCESS"
    assert b.info(first.txid) == {}
    assert send(b, second.sign(payer))["code"] == "SUCCESS"
    look(nodes, frozen=False)
    assert head(b) == head(nodes)
    assert b.info(first.txid) == nodes.info(first.txid)


def test_a_frozen_node_keeps_blocks_that_the_others_replaced(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    made = usdt_draft(nodes, payer, Person(), USDT)
    receipt = settle(nodes, made, payer)
    stood = head(b)
    look(nodes, frozen=True)
    nodes.post("/sandbox/reorg", blocks=2, transactions="lost")
    assert head(b) == stood != head(nodes)
    assert b.info(made.txid) == receipt
    assert nodes.info(made.txid) == {}


def test_a_node_without_history_has_blocks_but_no_receipts(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    made = usdt_draft(nodes, payer, Person(), USDT)
    block = settle(nodes, made, payer)["blockNumber"]
    nodes.mine(2)
    look(nodes, history=False)
    for prefix in ("wallet", "walletsolidity"):
        assert b.info(made.txid, prefix) == {}
        assert b.post(f"/{prefix}/gettransactioninfobyblocknum", num=block) == []
        assert b.post(f"/{prefix}/getblockbynum", num=block)["transactions"][0]["txID"] == made.txid


LITE_TEXT = b"this API is closed because this node is a lite fullnode\n"


@pytest.mark.parametrize(
    "name",
    [
        "getblockbyid",
        "getblockbylatestnum",
        "getblockbylimitnext",
        "getblockbynum",
        "gettransactionbyid",
        "gettransactioncountbyblocknum",
        "gettransactioninfobyblocknum",
        "gettransactioninfobyid",
    ],
)
def test_a_lite_node_says_so_in_bare_text(nodes: SandboxProcess, b: Face, name: str) -> None:
    look(nodes, lite=True)
    for prefix in ("wallet", "walletsolidity"):
        assert b.call(f"/{prefix}/{name}", {"num": 1}) == (200, LITE_TEXT)
    assert number(b) == number(nodes)


def test_a_node_without_peers_refuses_and_hears_nothing(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    look(nodes, peers=0)
    made = usdt_draft(nodes, payer, Person(), USDT).sign(payer)
    answer = send(b, made)
    assert (answer["code"], answer["message"]) == ("NO_CONNECTION", "No connection.")
    assert send(nodes, made)["code"] == "SUCCESS"
    assert b.get("/wallet/getpendingsize") == {"pendingSize": 0}
    assert b.get("/wallet/getnodeinfo")["currentConnectCount"] == 0
    assert b.get("/wallet/listnodes") == {}


def test_a_wrong_clock_shows_in_dates_but_not_in_chain_time(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    look(nodes, clock_ms=300_000)
    body = {"owner_address": payer.hex, "to_address": Person().hex, "amount": 1}
    here, there = (node.post("/wallet/createtransaction", **body) for node in (nodes, b))
    stamps = [made["raw_data"]["timestamp"] for made in (here, there)]
    assert 300_000 <= stamps[1] - stamps[0] < 330_000
    assert here["raw_data"]["expiration"] == there["raw_data"]["expiration"]
    dates = [
        parsedate_to_datetime(local.call("GET", f"{node.url}/wallet/getblock")[1]["Date"])
        for node in (nodes, b)
    ]
    assert 299 <= (dates[1] - dates[0]).total_seconds() < 330
    assert head(b) == head(nodes)


def checked_chain(node: Face, first: int, last: int, prefix: str) -> list[str]:
    """Return the IDs of blocks whose headers are what their IDs say and follow each other."""
    body = {"startNum": first, "endNum": last + 1}
    blocks = node.post(f"/{prefix}/getblockbylimitnext", **body)["block"]
    for block, child in zip(blocks, blocks[1:], strict=False):
        assert child["block_header"]["raw_data"]["parentHash"] == block["blockID"]
    for block in blocks:
        raw = header_of(block).raw_data
        digest = hashlib.sha256(raw.SerializeToString()).digest()
        assert block["blockID"] == (raw.number.to_bytes(8, "big") + digest[8:]).hex()
    return [block["blockID"] for block in blocks]


def test_a_forked_node_shows_blocks_of_its_own_and_none_of_them_solid(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    nodes.mine(2)
    top, solid = number(nodes), number(nodes, "walletsolidity")
    look(nodes, fork=1)
    ours, theirs = (checked_chain(node, top - 3, top, "wallet") for node in (nodes, b))
    assert ours[:3] == theirs[:3]
    assert ours[3] != theirs[3]
    nodes.mine(10)
    assert number(b) == number(nodes)
    assert head(b)["blockID"] != head(nodes)["blockID"]
    assert number(b, "walletsolidity") == solid
    checked_chain(b, top - 3, top + 10, "wallet")


def test_a_forked_node_packs_what_it_admits_and_no_one_else_hears_of_it(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    look(nodes, fork=True)
    here, there = usdt_draft(nodes, payer, Person(), 1), usdt_draft(nodes, payer, Person(), 2)
    assert send(nodes, here.sign(payer))["code"] == "SUCCESS"
    assert send(b, there.sign(payer))["code"] == "SUCCESS"
    nodes.mine()
    assert nodes.info(here.txid)["receipt"]["result"] == "SUCCESS"
    assert nodes.info(there.txid) == b.info(here.txid) == {}
    assert b.info(there.txid)["receipt"]["result"] == "SUCCESS"
    assert (usdt_of(nodes, payer), usdt_of(b, payer)) == (100 * USDT - 1, 100 * USDT - 2)


def test_what_a_fork_held_is_pending_again_when_it_ends(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    look(nodes, fork=True)
    made = usdt_draft(nodes, payer, Person(), USDT).sign(payer)
    send(b, made)
    nodes.mine(2)
    look(nodes, fork=False)
    assert head(b) == head(nodes)
    assert b.info(made.txid) == {}
    assert b.get("/wallet/gettransactionlistfrompending") == {"txId": [made.txid]}


@pytest.mark.parametrize("look", [{"fork": True}, {"lag": 30}, {"frozen": True}, {"peers": 0}])
def test_blocks_hold_what_others_admit_while_the_first_node_is_unwell(
    nodes: SandboxProcess, payer: Person, look: dict[str, Any]
) -> None:
    nodes.post("/sandbox/node", node="a", **look)
    nodes.mine(2, interval_ms=3000)
    made = usdt_draft(nodes.face("b"), payer, Person(), USDT)
    send(nodes.face("b"), made.sign(payer))
    nodes.mine()
    assert nodes.face("b").info(made.txid)["receipt"]["result"] == "SUCCESS"


def test_a_liar_shows_other_solid_blocks_that_fit_together(
    nodes: SandboxProcess, payer: Person, b: Face
) -> None:
    made = usdt_draft(nodes, payer, Person(), USDT)
    settle(nodes, made, payer)
    nodes.mine(5)
    top = number(nodes, "walletsolidity")
    look(nodes, lies={"solid_fork": 4})
    assert number(b, "walletsolidity") == top
    ours, theirs = (checked_chain(n, top - 6, top, "walletsolidity") for n in (nodes, b))
    assert ours[:3] == theirs[:3]
    assert not set(ours[3:]) & set(theirs[3:])
    assert nodes.info(made.txid, "walletsolidity")["receipt"]["result"] == "SUCCESS"
    assert b.info(made.txid, "walletsolidity") == {}
    assert usdt_of(b, payer, "walletsolidity") == 100 * USDT
    nodes.mine(3)
    assert number(b, "walletsolidity") == top + 3
    checked_chain(b, top - 6, top + 3, "walletsolidity")


def test_a_liar_calls_a_success_a_failure(nodes: SandboxProcess, payer: Person, b: Face) -> None:
    made = usdt_draft(nodes, payer, Person(), USDT)
    receipt = settle(nodes, made, payer)
    look(nodes, lies={"receipts": {made.txid: "failed"}})
    told = b.info(made.txid)
    assert (told["result"], told["receipt"]["result"]) == ("FAILED", "REVERT")
    assert "log" not in told
    block = receipt["blockNumber"]
    assert b.post("/wallet/gettransactioninfobyblocknum", num=block) == [told]
    shown = b.post("/wallet/getblockbynum", num=block)["transactions"][0]
    assert (shown["txID"], shown["ret"]) == (made.txid, [{"contractRet": "REVERT"}])
    assert nodes.info(made.txid) == receipt


def test_a_liar_calls_a_failure_a_success(nodes: SandboxProcess, payer: Person, b: Face) -> None:
    somebody = Person()
    made = usdt_draft(nodes, payer, somebody, 10**12)
    assert settle(nodes, made, payer)["receipt"]["result"] == "REVERT"
    look(nodes, lies={"receipts": {"*": "succeeded"}})
    told = b.info(made.txid)
    assert "result" not in told
    assert told["receipt"]["result"] == "SUCCESS"
    assert transfers_of(told) == [(payer.address, somebody.address, 10**12)]


def test_a_pool_can_be_lost_on_one_node(nodes: SandboxProcess, payer: Person, b: Face) -> None:
    made = usdt_draft(nodes, payer, Person(), USDT).sign(payer)
    send(nodes, made)
    assert nodes.post("/sandbox/pool", node="a") == {"forgotten": [made.txid]}
    assert usdt_of(nodes, payer) == 100 * USDT
    assert b.get("/wallet/getpendingsize") == {"pendingSize": 1}
    nodes.mine()
    assert nodes.info(made.txid) == {}
    assert send(b, made)["code"] == "DUP_TRANSACTION_ERROR"
    assert send(nodes, made)["code"] == "SUCCESS"


def test_the_state_tells_what_every_node_is_made_to_do(nodes: SandboxProcess) -> None:
    shown = look(nodes, lag=3, peers=0, lies={"receipts": {"*": "failed"}})
    told = nodes.state()["nodes"]
    assert told["b"] == shown
    assert (told["b"]["lag"], told["b"]["peers"]) == (3, 0)
    assert told["b"]["lies"] == {"solid_fork": 0, "receipts": {"*": "failed"}}
    assert told["b"]["head"]["number"] == told["a"]["head"]["number"] - 3
    assert (told["a"]["lag"], told["a"]["peers"]) == (0, 1)


BAD = [
    ("node", {"node": "z", "lag": 1}),
    ("lag", {"lag": -1}),
    ("lag", {"lag": "far"}),
    ("frozen", {"frozen": 1}),
    ("history", {"history": "off"}),
    ("lite", {"lite": None}),
    ("peers", {"peers": -1}),
    ("clock_ms", {"clock_ms": 1.5}),
    ("fork", {"fork": 3}),
    ("fork", {"fork": "yes"}),
    ("solid_fork", {"lies": {"solid_fork": 10**9}}),
    ("receipts", {"lies": {"receipts": {"*": "maybe"}}}),
    ("receipts", {"lies": {"receipts": ["*"]}}),
    ("lies", {"lies": 5}),
    ("colour", {"colour": "green"}),
    ("colour", {"lies": {"colour": "green"}}),
]


@pytest.mark.parametrize(("field", "body"), BAD)
def test_a_view_that_cannot_be_is_400_and_names_the_field(
    nodes: SandboxProcess, field: str, body: dict[str, Any]
) -> None:
    before = nodes.state()
    status, answer = nodes.call("/sandbox/node", {"node": "b"} | body)
    assert status == 400
    assert field in json.loads(answer)["error"]
    assert nodes.state() == before
