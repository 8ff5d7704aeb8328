"""Blocks that a client can check for itself, and the queries that list them."""

import hashlib
import signal
from collections.abc import Callable

import pytest
from coincurve import PublicKey

from tests.sandbox.people import TRX, Person, funded, send, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.waiting import until
from tron.address import address_of_public_key, address_parse
from tron.sandbox import proto
from tron.sandbox.blocks import tree_root
from tron.sandbox.genesis import GENESIS_ID, USDT_CONTRACT
from tron.sandbox.json_in import message_fill


def header_of(block: dict) -> object:
    """Return the header's message from its JSON."""
    header = proto.BlockHeader()
    message_fill(header, block["block_header"], visible=False)
    for name in ("txTrieRoot", "parentHash"):
        setattr(header.raw_data, name, bytes.fromhex(block["block_header"]["raw_data"][name]))
    return header


def test_the_genesis_id_is_the_same_everywhere(node: SandboxProcess) -> None:
    block = node.post("/wallet/getblockbynum", num=0)
    assert block["blockID"] == GENESIS_ID == node.state()["genesis_id"]
    assert GENESIS_ID.startswith("0" * 16)
    assert "number" not in block["block_header"]["raw_data"]
    assert "timestamp" not in block["block_header"]["raw_data"]
    assert node.state()["usdt_contract"] == USDT_CONTRACT


def test_a_client_can_compute_the_block_id_and_its_chain(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    head = node.state()["head"]["number"]
    listed = node.post("/wallet/getblockbylimitnext", startNum=head - 5, endNum=head + 1)["block"]
    assert len(listed) == 6
    parent = listed[0]
    for block in listed[1:]:
        raw = header_of(block).raw_data
        digest = hashlib.sha256(raw.SerializeToString()).digest()
        assert block["blockID"] == (raw.number.to_bytes(8, "big") + digest[8:]).hex()
        assert raw.parentHash.hex() == parent["blockID"]
        assert raw.timestamp > parent["block_header"]["raw_data"]["timestamp"]
        parent = block


def test_a_witness_of_the_list_signed_the_block(node: SandboxProcess) -> None:
    header = header_of(node.get("/wallet/getnowblock"))
    digest = hashlib.sha256(header.raw_data.SerializeToString()).digest()
    key = PublicKey.from_signature_and_message(header.witness_signature, digest, hasher=None)
    signer = address_parse(address_of_public_key(key)).hex()
    assert signer == header.raw_data.witness_address.hex()
    witnesses = node.get("/wallet/listwitnesses")["witnesses"]
    assert len(witnesses) == 27
    assert signer in {witness["address"] for witness in witnesses}


def test_the_header_commits_to_the_transactions(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = [trx_draft(node, alice, bob, TRX).sign(alice) for _ in range(3)]
    for one in made:
        send(node, one)
    node.mine()
    block = node.get("/wallet/getnowblock")
    leaves = []
    for one in made:
        stored = proto.Transaction.FromString(bytes.fromhex(one.hex))
        stored.ret.add().contractRet = 1
        leaves.append(hashlib.sha256(stored.SerializeToString()).digest())
    pair = hashlib.sha256(leaves[0] + leaves[1]).digest()
    root = hashlib.sha256(pair + leaves[2]).hexdigest()
    assert block["block_header"]["raw_data"]["txTrieRoot"] == root
    assert [tx["txID"] for tx in block["transactions"]] == [one.txid for one in made]


@pytest.mark.parametrize(("leaves", "expected"), [([], bytes(32)), ([b"a" * 32], b"a" * 32)])
def test_the_tree_of_none_is_zero_and_of_one_is_itself(leaves: list, expected: bytes) -> None:
    assert tree_root(leaves) == expected


def test_blocks_are_found_by_number_by_id_and_as_the_highest(node: SandboxProcess) -> None:
    node.mine()
    now = node.get("/wallet/getnowblock")
    number = now["block_header"]["raw_data"]["number"]
    assert node.get(f"/wallet/getblockbynum?num={number}") == now
    assert node.post("/wallet/getblockbynum", num=number) == now
    assert node.post("/wallet/getblockbyid", value=now["blockID"]) == now
    assert node.post("/wallet/getblock") == now
    assert node.post("/wallet/getblock", id_or_num=str(number)) == now
    assert node.post("/wallet/getblock", id_or_num=now["blockID"]) == now
    assert node.post("/wallet/getblockbynum", num=number + 1) == {}
    assert node.post("/wallet/getblockbyid", value="00" * 32) == {}


def test_getblock_leaves_transactions_out_unless_details_are_asked_for(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    settle(node, trx_draft(node, alice, bob, TRX), alice)
    assert "transactions" not in node.post("/wallet/getblock", detail=False)
    assert len(node.post("/wallet/getblock", detail=True)["transactions"]) == 1


def test_ranges_are_limited(node: SandboxProcess) -> None:
    assert node.post("/wallet/getblockbylimitnext", startNum=0, endNum=101) == {}
    assert node.post("/wallet/getblockbylimitnext", startNum=5, endNum=5) == {}
    assert len(node.post("/wallet/getblockbylimitnext", startNum=1, endNum=3)["block"]) == 2
    assert node.post("/wallet/getblockbylatestnum", num=100) == {}
    assert len(node.post("/wallet/getblockbylatestnum", num=2)["block"]) == 2


def test_receipts_of_a_block_are_a_list(node: SandboxProcess, alice: Person, bob: Person) -> None:
    receipt = settle(node, usdt_draft(node, alice, bob, 1), alice)
    number = receipt["blockNumber"]
    assert node.post("/wallet/gettransactioninfobyblocknum", num=number) == [receipt]
    assert node.post("/wallet/gettransactioninfobyblocknum", num=number + 1) == []
    assert node.post("/wallet/gettransactioninfobyblocknum", num=0) == {}
    visible = node.post("/wallet/gettransactioninfobyblocknum", num=number, visible=True)
    assert visible[0]["contract_address"] == USDT_CONTRACT
    assert visible[0]["log"][0]["address"] == USDT_CONTRACT
    assert node.post("/wallet/gettransactioncountbyblocknum", num=number) == {"count": 1}


def test_a_block_holds_600_transactions(node: SandboxProcess, bob: Person) -> None:
    rich = funded(node, trx=10_000, usdt=1000)
    made = [usdt_draft(node, rich, bob, 1).sign(rich) for _ in range(600)]
    for one in made:
        assert send(node, one)["code"] == "SUCCESS"
    node.mine()
    number = node.state()["head"]["number"]
    receipts = node.post("/wallet/gettransactioninfobyblocknum", num=number)
    assert [receipt["id"] for receipt in receipts] == [one.txid for one in made]
    assert {receipt["receipt"]["result"] for receipt in receipts} == {"SUCCESS"}


@pytest.mark.slow
def test_a_reference_holds_for_65_535_blocks(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    alice, bob = funded(node, trx=100), funded(node, trx=1)
    number = node.state()["solid"]["number"]
    made = []
    for _ in range(2):
        one = trx_draft(node, alice, bob, 1)
        one.message.raw_data.expiration += 3_600_000
        made.append(one.sign(alice))
    ahead = number + 65_535 - node.state()["head"]["number"]
    for blocks in [5_000] * (ahead // 5_000) + [ahead % 5_000]:
        node.mine(blocks)
    assert send(node, made[0])["code"] == "SUCCESS"
    node.end(signal.SIGKILL)
    node.start()
    assert send(node, made[0])["code"] == "SUCCESS"
    node.mine()
    assert send(node, made[1])["code"] == "TAPOS_ERROR"


def test_blocks_come_by_themselves_and_time_follows_the_clock(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "50")
    first = node.state()
    later = until("29 blocks", lambda: (s := node.state())["head"]["number"] >= 29 and s)
    assert later["head_time_ms"] > first["head_time_ms"]
    assert later["solid"]["number"] == later["head"]["number"] - 18
    alice = Person()
    (txid,) = node.post("/sandbox/faucet", address=alice.address, trx=5)["txids"]
    assert until("it is in a block", lambda: node.info(txid))["fee"] == 1_100_000
    assert until("it is solid", lambda: node.info(txid, "walletsolidity"))["id"] == txid
