"""`/tron/network/…`: the chain as a real node tells it, and what is said when none does."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from lucidpay.api.json import dumps, loads
from lucidpay.api.throttling import redis_client
from tests.api.client import Api, caller, refused
from tests.sandbox.people import (
    Draft,
    Person,
    call_draft,
    funded,
    send,
    settle,
    trx_draft,
    usdt_draft,
)  # fmt: skip
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG
from tests.tron.lying_node import LyingNode, changes, says
from tron.node_health import state_of
from tron.sandbox.genesis import GENESIS_ID, USDT_CONTRACT
from tron.trc20 import word_of_address, word_of_amount

STATUS, INFO, HEALTH = (f"/tron/network/{name}" for name in ("status", "info", "health"))
BLOCKS, TRANSACTIONS = "/tron/network/blocks", "/tron/network/transactions"
NOWHERE = f"{TRANSACTIONS}/{'0' * 64}"
ALL = (STATUS, INFO, HEALTH, f"{BLOCKS}/latest", f"{BLOCKS}/solid", f"{BLOCKS}/1", NOWHERE)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The document, against which every answer here is held."""
    return Api().get("/api/schema/").body


@pytest.fixture
def api(reader: Api, schema: dict[str, Any], node: SandboxProcess) -> Iterator["Told"]:
    """A reader whose answers must be as they are documented."""
    return Told(reader, schema)


class Told:
    """A caller who forgets, between two questions, what is remembered for a moment."""

    def __init__(self, reader: Api, schema: dict[str, Any]) -> None:
        self._reader, self._schema = reader, schema

    def get(self, path: str, out: str) -> dict[str, Any]:
        redis_client().flushdb()
        answer = self._reader.get(path)
        assert answer.status == 200, answer
        components = self._schema["components"]
        part = {**components["schemas"][out], "components": components}
        jsonschema.Draft202012Validator(part).validate(loads(dumps(answer.body)))
        return answer.body

    def transaction(self, txid: str) -> dict[str, Any]:
        return self.get(f"{TRANSACTIONS}/{txid}", "ChainTransactionOut")


@pytest.mark.call("GET /tron/network/status")
@pytest.mark.contract("C-NET-1")
def test_the_status_tells_heights_and_nodes(api: Told, node: SandboxProcess) -> None:
    state = node.state()
    body = api.get(STATUS, "NetworkStatusOut")
    assert (body["network"], body["nodes_total"], body["nodes_healthy"]) == ("sandbox", 1, 1)
    assert (body["latest_block"], body["solid_block"]) == (
        state["head"]["number"], state["solid"]["number"],
    )  # fmt: skip
    assert body["latest_block"] - body["solid_block"] == SOLID_LAG
    assert body["status"] == "healthy"
    assert body["lag_seconds"] >= 0


@pytest.mark.contract("C-NET-1")
def test_old_blocks_and_sick_nodes_are_degraded(
    api: Told, liars: tuple[LyingNode, LyingNode], settings: Any, dead_port: int
) -> None:
    settings.TRON_NODES = [liars[0].url, f"http://127.0.0.1:{dead_port}"]
    body = api.get(STATUS, "NetworkStatusOut")
    assert (body["status"], body["nodes_total"], body["nodes_healthy"]) == ("degraded", 2, 1)
    settings.TRON_NODES = [liars[1].url]
    settings.TRON_HEAD_AGE_MAX_S = -1
    assert api.get(STATUS, "NetworkStatusOut")["status"] == "degraded"


@pytest.mark.call("GET /tron/network/info")
@pytest.mark.contract("C-NET-1")
def test_the_network_and_its_prices_are_told(api: Told, liar: LyingNode) -> None:
    body = api.get(INFO, "NetworkInfoOut")
    assert (body["network"], body["genesis_id"]) == ("sandbox", GENESIS_ID)
    assert body["usdt_contract"] == USDT_CONTRACT
    assert [body[f"{name}_sun"] for name in ("energy_price", "bandwidth_price", "memo_fee")] == [
        100, 1_000, 1_000_000,
    ]  # fmt: skip
    assert body["node_version"] == "4.8.0"
    assert 0 <= body["block_time_seconds"] < 3
    liar.on("wallet/getnodeinfo", says({}, status=404))
    assert api.get(INFO, "NetworkInfoOut")["node_version"] is None


@pytest.mark.call("GET /tron/network/health")
@pytest.mark.contract("C-NET-2")
def test_each_node_is_told_without_its_keys(
    api: Told, node: SandboxProcess, settings: Any, dead_port: int
) -> None:
    there = node.url.removeprefix("http://")
    settings.TRON_NODES = [f"http://user:s3cret@{there}/", f"http://127.0.0.1:{dead_port}/s3cret"]
    settings.TRON_API_KEYS = ["s3cret"]
    redis_client().flushdb()
    body = api.get(HEALTH, "NetworkHealthOut")
    up, down = body["nodes"]
    assert (up["url"], up["status"]) == (node.url, "healthy")
    assert up["latest_block"] == node.state()["head"]["number"]
    assert (down["url"], down["status"]) == (f"http://127.0.0.1:{dead_port}", "down")
    assert "no connection" in down["last_error"]
    assert "s3cret" not in dumps(body)


@pytest.mark.contract("C-NET-2")
def test_what_the_workers_saw_is_told_without_asking_again(api: Told, liar: LyingNode) -> None:
    api.get(HEALTH, "NetworkHealthOut")
    asked = len(liar.heard)
    api.get(HEALTH, "NetworkHealthOut")
    assert len(liar.heard) == asked > 0
    assert state_of(liar.name).failures == 0


@pytest.mark.call("GET /tron/network/blocks/{block_number}")
@pytest.mark.contract("C-NET-3")
def test_a_block_is_found_by_number_latest_and_solid(api: Told, node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=100), Person()
    paid = settle(node, made := trx_draft(node, alice, bob, 5), alice)
    number = paid["blockNumber"]
    latest = api.get(f"{BLOCKS}/latest", "BlockOut")
    assert (latest["number"], latest["solid"]) == (number, False)
    assert (latest["txids"], latest["transaction_count"]) == ([made.txid], 1)
    numbered = api.get(f"{BLOCKS}/{number}", "BlockOut")
    assert numbered == latest
    parent = api.get(f"{BLOCKS}/{number - 1}/", "BlockOut")
    assert parent["block_id"] == latest["parent_id"]
    solid = api.get(f"{BLOCKS}/solid", "BlockOut")
    assert (solid["number"], solid["solid"]) == (node.state()["solid"]["number"], True)
    assert api.get(f"{BLOCKS}/{solid['number']}", "BlockOut") == solid
    node.mine(SOLID_LAG)
    assert api.get(f"{BLOCKS}/{number}", "BlockOut") == {**latest, "solid": True}
    first = api.get(f"{BLOCKS}/0", "BlockOut")
    assert (first["block_id"], first["timestamp"], first["solid"]) == (GENESIS_ID, None, True)


@pytest.mark.contract("C-NET-3")
def test_a_block_that_is_not_what_its_id_says_is_not_shown(reader: Api, liar: LyingNode) -> None:
    def forged(answer: Any) -> Any:
        answer["block_header"]["raw_data"]["timestamp"] += 1
        return answer

    liar.on("walletsolidity/getblock", changes(forged))
    refused(reader.get(f"{BLOCKS}/2"), 500, "LUCID_ERR_2006")


@pytest.mark.call("GET /tron/network/transactions/{tx_id}")
@pytest.mark.contract("C-NET-4")
def test_a_transaction_is_followed_to_its_solid_block(api: Told, node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=1_000, usdt=100), funded(node, usdt=1)
    made = usdt_draft(node, alice, bob, 12_345_678)
    made.message.raw_data.data = "für Bob\0".encode()
    send(node, made.sign(alice))
    pending = api.transaction(made.txid)
    assert pending == {
        "txid": made.txid, "status": "pending", "contract_type": "TriggerSmartContract",
        "from_address": alice.address, "to_address": bob.address,
        "token": "USDT", "amount": Decimal("12.345678"), "memo": "für Bob�",
        "block_number": None, "block_timestamp": None, "confirmations": 0, "fee_trx": None,
        "energy_used": None, "bandwidth_used": None, "result": None,
    }  # fmt: skip
    node.mine()
    included = api.transaction(made.txid)
    assert (included["status"], included["confirmations"]) == ("included", 1)
    assert (included["result"], included["energy_used"]) == ("SUCCESS", 64_285)
    assert included["fee_trx"] >= Decimal("7.4285")  # energy, and a memo
    node.mine(SOLID_LAG)
    solid = api.transaction(made.txid)
    assert solid == included | {"status": "solid", "confirmations": SOLID_LAG + 1}


def _in_solid_block(node: SandboxProcess, made: Draft, signer: Person) -> str:
    settle(node, made, signer)
    node.mine(SOLID_LAG)
    return made.txid


@pytest.mark.contract("C-NET-4")
def test_every_kind_tells_what_it_moves(api: Told, node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=1_000, usdt=100), funded(node, trx=1_000, usdt=1)
    ours = (alice.address, bob.address)

    def told(txid: str) -> tuple:
        body = api.transaction(txid)
        fields = ("status", "from_address", "to_address", "token", "amount", "result")
        return tuple(body[name] for name in fields)

    trx = _in_solid_block(node, trx_draft(node, alice, bob, 1_500_001), alice)
    assert told(trx) == ("solid", *ours, "TRX", Decimal("1.500001"), "SUCCESS")
    too_much = _in_solid_block(node, usdt_draft(node, alice, bob, 10**15), alice)
    assert told(too_much) == ("failed", *ours, "USDT", Decimal(10**9), "REVERT")
    approve = bytes.fromhex("095ea7b3") + word_of_address(bob.address) + word_of_amount(9 * 10**6)
    allowed = _in_solid_block(node, call_draft(node, alice, approve), alice)
    assert told(allowed) == ("solid", alice.address, USDT_CONTRACT, None, None, "SUCCESS")
    parts = word_of_address(alice.address) + word_of_address(bob.address) + word_of_amount(4)
    by_bob = call_draft(node, bob, bytes.fromhex("23b872dd") + parts)
    assert told(_in_solid_block(node, by_bob, bob)) == (
        "solid", *ours, "USDT", Decimal("0.000004"), "SUCCESS",
    )  # fmt: skip


@pytest.mark.contract("C-NET-4")
def test_what_arrives_is_told_and_not_what_was_asked(api: Told, node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=1_000, usdt=100), funded(node, usdt=1)
    node.post("/sandbox/usdt", basis_points_rate=10, maximum_fee=10_000)
    node.mine()
    try:
        made = usdt_draft(node, alice, bob, 5_000_000)
        send(node, made.sign(alice))
        assert api.transaction(made.txid)["amount"] == 5
        node.mine()
        assert api.transaction(made.txid)["amount"] == Decimal("4.995")
    finally:
        node.post("/sandbox/usdt", basis_points_rate=0, maximum_fee=0)
        node.mine()


@pytest.mark.contract("C-NET-4")
def test_a_node_without_receipts_does_not_make_a_solid_one_pending(
    reader: Api, liar: LyingNode, node: SandboxProcess
) -> None:
    alice = funded(node, trx=100)
    txid = _in_solid_block(node, trx_draft(node, alice, Person(), 1), alice)
    for side in ("wallet", "walletsolidity"):
        liar.on(f"{side}/gettransactioninfobyid", says({}))
    refused(reader.get(f"{TRANSACTIONS}/{txid}"), 500, "LUCID_ERR_2006")


@pytest.mark.contract("C-NET-4")
@pytest.mark.parametrize("path", ["wallet/gettransactionbyid",
                                  "walletsolidity/gettransactioninfobyid"])  # fmt: skip
@pytest.mark.parametrize("lie", ["other", {"id": "0" * 64}, [], None, {"raw_data_hex": "zz"}])
def test_another_transaction_than_was_asked_for_is_not_shown(
    reader: Api, liar: LyingNode, node: SandboxProcess, path: str, lie: Any
) -> None:
    alice = funded(node, trx=100)
    txid, other = (
        _in_solid_block(node, trx_draft(node, alice, Person(), 1), alice) for _ in range(2)
    )
    liar.on(path, says(node.post(f"/{path}", value=other) if lie == "other" else lie))
    refused(reader.get(f"{TRANSACTIONS}/{txid}"), 500, "LUCID_ERR_2006")


@pytest.mark.contract("C-NET-5")
def test_solid_answers_are_remembered_and_others_for_a_moment(
    reader: Api, liar: LyingNode, node: SandboxProcess
) -> None:
    alice = funded(node, trx=100)
    txid = _in_solid_block(node, trx_draft(node, alice, Person(), 1), alice)
    number = node.info(txid)["blockNumber"]
    head = node.state()["head"]["number"]
    paths = (*(f"{BLOCKS}/{one}" for one in (number, head, "latest", "solid")),
             f"{TRANSACTIONS}/{txid}", INFO)  # fmt: skip
    told = [reader.get(path).body for path in paths]
    asked = len(liar.heard)
    assert [reader.get(path).body for path in paths] == told
    assert len(liar.heard) == asked
    lasts = {
        tuple(key.decode().split(":")[3:]): redis_client().ttl(key)
        for key in redis_client().scan_iter("lucidpay:chain:*")
    }
    for_good = {("BlockFacts", str(number)), ("TransactionFacts", txid)}
    assert {key for key, seconds in lasts.items() if seconds > 60} == for_good
    assert {key for key, seconds in lasts.items() if seconds <= 2} == {
        ("Heads", ""), *(("BlockFacts", one) for one in (str(head), "latest", "solid")),
    }  # fmt: skip
    assert lasts["Terms", ""] <= 60


@pytest.mark.contract("C-NET-6")
def test_what_does_not_exist_is_404(api: Told, reader: Api) -> None:
    for path in (f"{BLOCKS}/{10**15}", NOWHERE):
        assert refused(reader.get(path), 404, "LUCID_ERR_1003") == {}


@pytest.mark.contract("C-NET-6")
@pytest.mark.parametrize("number", ["-1", "01", "1.0", "0x1", "newest", "LATEST", "1" * 19, "١",
                                    "%20", "1e3"])  # fmt: skip
def test_a_malformed_number_is_named(reader: Api, number: str) -> None:
    details = refused(reader.get(f"{BLOCKS}/{number}"), 400, "LUCID_ERR_1001")
    assert list(details) == ["block_number"]


@pytest.mark.contract("C-NET-6")
@pytest.mark.parametrize("txid", ["0" * 63, "0" * 65, "0x" + "0" * 62, "A" * 64, "g" * 64])
def test_a_malformed_id_is_named(reader: Api, txid: str) -> None:
    details = refused(reader.get(f"{TRANSACTIONS}/{txid}"), 400, "LUCID_ERR_1001")
    assert list(details) == ["tx_id"]


@pytest.mark.contract("C-NET-7")
def test_without_a_node_it_says_so(reader: Api, settings: Any, dead_port: int) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{dead_port}"]
    for path in ALL:
        if path != HEALTH:
            assert refused(reader.get(path), 500, "LUCID_ERR_2006") == {}
    assert reader.get(HEALTH).body["nodes"][0]["status"] == "down"


@pytest.mark.contract("C-NET-7")
@pytest.mark.parametrize("answer", [{}, [], None, b"<html>", {"blockID": 5}])
def test_nonsense_is_no_answer(reader: Api, liar: LyingNode, answer: Any) -> None:
    for path in ("wallet/getblock", "walletsolidity/getblock"):
        liar.on(path, says(answer))
    for path in (STATUS, INFO, f"{BLOCKS}/latest", f"{BLOCKS}/solid"):
        refused(reader.get(path), 500, "LUCID_ERR_2006")


@pytest.mark.contract("C-NET-8")
def test_it_needs_the_scope_and_takes_no_query(reader: Api, db: None) -> None:
    end_user = caller("end_user")
    for path in ALL:
        refused(end_user.get(path), 403, "LUCID_ERR_2010")
        refused(Api().get(path), 401, "LUCID_ERR_1002")
        refused(reader.post(path, {}), 405, "LUCID_ERR_1004")
        assert list(refused(reader.get(f"{path}?x=1"), 400, "LUCID_ERR_1001")) == ["x"]


@pytest.mark.contract("C-NET-8")
@pytest.mark.parametrize("role", ["node_operator", "operator", "approver", "auditor", "admin"])
def test_whoever_reads_wallets_may_look(node: SandboxProcess, db: None, role: str) -> None:
    answer = caller(role, rate_limits=None).get(STATUS)
    assert (answer.status, answer.headers["X-RateLimit-Limit"]) == (200, "60")


def test_without_redis_it_is_asked_each_time(
    reader: Api, liar: LyingNode, settings: Any, dead_port: int
) -> None:
    redis_client.cache_clear()
    settings.REDIS_URL = f"redis://127.0.0.1:{dead_port}/0"
    try:
        assert [reader.get(f"{BLOCKS}/1").status for _ in range(2)] == [200, 200]
    finally:
        redis_client.cache_clear()
    assert len(liar.questions("walletsolidity/getblock")) == 2


def test_when_nodes_hang_few_threads_of_a_process_wait_for_them(
    reader: Api, node: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others must go on taking payouts."""
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr("tron.reads._places", places)
    monkeypatch.setattr("tron.reads.TURN_TIMEOUT_S", 0)
    for path in (f"{BLOCKS}/1", f"/tron/usdt/balance/{USDT_CONTRACT}"):
        redis_client().flushdb()
        with places:
            refused(reader.get(path), 500, "LUCID_ERR_2006")
        assert reader.get(path).status == 200
