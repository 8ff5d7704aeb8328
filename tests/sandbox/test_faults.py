"""Faults on requests: what the client sees, and what the node has done meanwhile."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from typing import Any

import pytest

from tests.sandbox.people import USDT, Draft, Person, funded, send, usdt_draft
from tests.sandbox.process import Face, SandboxProcess
from tests.waiting import until

BROADCAST = "/wallet/broadcasthex"
BLOCK = "/wallet/getblock"


@pytest.fixture(autouse=True)
def no_faults_left(nodes: SandboxProcess) -> Iterator[None]:
    """Every test ends with a node that behaves."""
    yield
    nodes.post("/sandbox/faults/clear")
    nodes.mine()


@pytest.fixture
def made(nodes: SandboxProcess) -> Draft:
    """A signed transfer that nobody has seen."""
    alice = funded(nodes, trx=100, usdt=10)
    return usdt_draft(nodes, alice, Person(), USDT).sign(alice)


def fault(node: SandboxProcess, name: str, /, **fields: Any) -> int:
    """Let requests meet a fault and return its number."""
    return node.post("/sandbox/faults", fault=name, **fields)["id"]


def on_broadcast(node: SandboxProcess, name: str, /, **fields: Any) -> int:
    """Let the broadcasts to the first node meet a fault."""
    return fault(node, name, node="a", path="wallet/broadcasthex", **fields)


def pending(node: Face, made: Draft) -> bool:
    """Say whether a transaction is in a node's pool."""
    return node.post("/wallet/gettransactionfrompending", value=made.txid) != {}


def hits(node: SandboxProcess) -> list[int]:
    """Return how often each fault was met, oldest first."""
    return [rule["hits"] for rule in node.get("/sandbox/faults")["faults"]]


def test_drop_closes_the_connection_and_nothing_was_done(
    nodes: SandboxProcess, made: Draft
) -> None:
    on_broadcast(nodes, "drop")
    with pytest.raises(ConnectionError):
        nodes.call(BROADCAST, {"transaction": made.hex})
    assert not pending(nodes, made)


def test_drop_answer_closes_the_connection_after_it_was_done(
    nodes: SandboxProcess, made: Draft
) -> None:
    on_broadcast(nodes, "drop_answer")
    with pytest.raises(ConnectionError):
        nodes.call(BROADCAST, {"transaction": made.hex})
    assert pending(nodes, made)
    assert pending(nodes.face("b"), made)


def test_hang_does_it_and_answers_late(nodes: SandboxProcess, made: Draft) -> None:
    on_broadcast(nodes, "hang", delay_ms=1)
    assert send(nodes, made)["code"] == "SUCCESS"
    assert pending(nodes, made)


@pytest.mark.parametrize("when", ["before", "after"])
def test_delay_answers_the_truth(nodes: SandboxProcess, made: Draft, when: str) -> None:
    on_broadcast(nodes, "delay", delay_ms=1, when=when)
    assert send(nodes, made)["code"] == "SUCCESS"
    assert hits(nodes) == [1]


def test_twice_delivers_two_times(nodes: SandboxProcess, made: Draft) -> None:
    on_broadcast(nodes, "twice")
    assert send(nodes, made)["code"] == "DUP_TRANSACTION_ERROR"
    assert pending(nodes, made)


@pytest.mark.parametrize("status", [429, 403, 500, 502, 503])
def test_status_is_answered_without_processing(
    nodes: SandboxProcess, made: Draft, status: int
) -> None:
    on_broadcast(nodes, "status", status=status)
    answered, body = nodes.call(BROADCAST, {"transaction": made.hex})
    assert (answered, bool(body)) == (status, True)
    assert not pending(nodes, made)


def test_a_status_can_have_a_body_of_one_s_own(nodes: SandboxProcess) -> None:
    fault(nodes, "status", path="wallet/getblock", status=503, body="later")
    assert nodes.call(BLOCK) == (503, b"later")


BODIES = [
    ("html", None),
    ("empty", {}),
    ("null", None),
    ("garbage", None),
    ("error", {"Error": "class java.lang.NullPointerException : null"}),
    ("result_false", {"result": False}),
]


@pytest.mark.parametrize(("name", "expected"), BODIES)
@pytest.mark.parametrize("process", [False, True])
def test_another_answer_takes_the_place_of_the_true_one(
    nodes: SandboxProcess, made: Draft, name: str, expected: Any, process: bool
) -> None:
    on_broadcast(nodes, name, process=process)
    status, body = nodes.call(BROADCAST, {"transaction": made.hex})
    assert status == 200
    if name in ("html", "garbage"):
        with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
            json.loads(body)
    else:
        assert json.loads(body) == expected
    assert pending(nodes, made) == process


def test_an_error_says_what_it_is_told_to(nodes: SandboxProcess) -> None:
    text = "class java.lang.IllegalAccessException : lack of computing resources"
    fault(nodes, "error", path="wallet/*", message=text)
    assert nodes.get(BLOCK) == {"Error": text}


def test_truncated_sends_half_of_the_true_answer(nodes: SandboxProcess, made: Draft) -> None:
    on_broadcast(nodes, "truncated")
    status, body = nodes.call(BROADCAST, {"transaction": made.hex})
    assert status == 200
    assert body.startswith(b'{"result":true')
    with pytest.raises(ValueError, match="Unterminated|Expecting"):
        json.loads(body)
    assert pending(nodes, made)


def test_truncated_can_cut_the_connection(nodes: SandboxProcess, made: Draft) -> None:
    on_broadcast(nodes, "truncated", cut=True)
    with pytest.raises(IncompleteRead):
        nodes.call(BROADCAST, {"transaction": made.hex})
    assert pending(nodes, made)


CODES = [
    "SIGERROR",
    "CONTRACT_VALIDATE_ERROR",
    "CONTRACT_EXE_ERROR",
    "BANDWITH_ERROR",
    "DUP_TRANSACTION_ERROR",
    "TAPOS_ERROR",
    "TOO_BIG_TRANSACTION_ERROR",
    "TRANSACTION_EXPIRATION_ERROR",
    "SERVER_BUSY",
    "NO_CONNECTION",
    "NOT_ENOUGH_EFFECTIVE_CONNECTION",
    "BLOCK_UNSOLIDIFIED",
    "OTHER_ERROR",
]


@pytest.mark.parametrize("code", CODES)
def test_refuse_answers_a_code_and_keeps_nothing(
    nodes: SandboxProcess, made: Draft, code: str
) -> None:
    on_broadcast(nodes, "refuse", code=code)
    answer = send(nodes, made)
    assert (answer["result"], answer["code"], answer["txid"]) == (False, code, made.txid)
    assert answer["message"]
    assert not pending(nodes, made)


def test_refuse_can_say_its_own_words(nodes: SandboxProcess, made: Draft) -> None:
    words = "Transaction already exists."
    on_broadcast(nodes, "refuse", code="DUP_TRANSACTION_ERROR", message=words)
    assert send(nodes, made)["message"] == words


def test_lose_answers_success_and_keeps_nothing(nodes: SandboxProcess, made: Draft) -> None:
    on_broadcast(nodes, "lose", times=1)
    assert send(nodes, made)["code"] == "SUCCESS"
    assert not any(pending(nodes.face(name), made) for name in "abc")
    nodes.mine()
    assert nodes.info(made.txid) == {}
    assert send(nodes, made)["code"] == "SUCCESS"
    nodes.mine()
    assert nodes.info(made.txid)["receipt"]["result"] == "SUCCESS"


def test_lose_still_refuses_what_is_wrong(nodes: SandboxProcess, made: Draft) -> None:
    on_broadcast(nodes, "lose")
    made.message.signature[0] = b"\1" * 65
    assert send(nodes, made)["code"] == "SIGERROR"


def test_keep_private_keeps_it_in_one_pool_and_says_that_nobody_heard(
    nodes: SandboxProcess, made: Draft
) -> None:
    fault(nodes, "keep_private", node="b", times=1)
    answer = send(nodes.face("b"), made)
    assert answer["code"] == "NOT_ENOUGH_EFFECTIVE_CONNECTION"
    assert answer["message"] == "P2P broadcast failed."
    assert [pending(nodes.face(name), made) for name in "abc"] == [False, True, False]
    assert send(nodes.face("b"), made)["code"] == "DUP_TRANSACTION_ERROR"
    nodes.mine()
    assert nodes.info(made.txid) == {}


def test_what_the_block_producing_node_keeps_private_is_packed(
    nodes: SandboxProcess, made: Draft
) -> None:
    on_broadcast(nodes, "keep_private")
    assert send(nodes, made)["code"] == "NOT_ENOUGH_EFFECTIVE_CONNECTION"
    nodes.mine()
    assert nodes.info(made.txid)["receipt"]["result"] == "SUCCESS"


def test_wrong_txid_does_it_and_names_another(nodes: SandboxProcess, made: Draft) -> None:
    fault(nodes, "wrong_txid")
    answer = send(nodes, made)
    assert answer["result"]
    assert len(answer["txid"]) == 64
    assert answer["txid"] != made.txid
    assert pending(nodes, made)


def test_wrong_genesis_shows_another_block_0(nodes: SandboxProcess) -> None:
    true = nodes.state()["genesis_id"]
    fault(nodes, "wrong_genesis", node="b")
    first = nodes.face("b").post("/wallet/getblockbynum", num=0)["blockID"]
    assert int(first[:16], 16) == 0
    assert first != true
    child = nodes.face("b").post("/walletsolidity/getblockbynum", num=1)
    assert child["block_header"]["raw_data"]["parentHash"] == first
    assert nodes.post("/wallet/getblockbynum", num=0)["blockID"] == true


def test_only_the_named_node_and_path_meet_a_fault(nodes: SandboxProcess) -> None:
    fault(nodes, "empty", node="b", path="walletsolidity/*")
    assert nodes.face("b").get("/walletsolidity/getnowblock") == {}
    assert nodes.face("b").get("/wallet/getnowblock") != {}
    assert nodes.get("/walletsolidity/getnowblock") != {}
    assert hits(nodes) == [1]


def test_the_newest_fault_wins_until_it_was_met_often_enough(nodes: SandboxProcess) -> None:
    fault(nodes, "empty", path="wallet/getblock")
    fault(nodes, "null", path="wallet/getblock", times=2)
    assert [nodes.get(BLOCK) for _ in range(4)] == [None, None, {}, {}]
    assert hits(nodes) == [2, 2]


def test_a_fault_for_broadcasts_leaves_other_requests_alone(nodes: SandboxProcess) -> None:
    fault(nodes, "refuse", code="SERVER_BUSY", times=1)
    assert nodes.get(BLOCK)["blockID"]
    assert hits(nodes) == [0]


def test_chance_is_the_same_with_the_same_seed(nodes: SandboxProcess) -> None:
    seen = []
    for seed in (7, 7, 8):
        nodes.post("/sandbox/faults/clear")
        fault(nodes, "empty", path="wallet/getblock", probability=0.5, seed=seed)
        seen.append([nodes.get(BLOCK) == {} for _ in range(40)])
    assert seen[0] == seen[1] != seen[2]
    assert 5 < sum(seen[0]) < 35


def test_a_fault_is_cleared_by_its_number(nodes: SandboxProcess) -> None:
    first = fault(nodes, "empty", path="wallet/getblock")
    second = fault(nodes, "null", path="wallet/getblock")
    nodes.post("/sandbox/faults/clear", id=second)
    assert nodes.get(BLOCK) == {}
    assert [rule["id"] for rule in nodes.get("/sandbox/faults")["faults"]] == [first]
    assert nodes.post("/sandbox/faults/clear") == {"cleared": 1}
    assert nodes.get(BLOCK) != {}


def test_controls_meet_no_faults(nodes: SandboxProcess) -> None:
    fault(nodes, "drop")
    assert nodes.state()["head"]


BAD = [
    ("fault", {}),
    ("fault", {"fault": "gremlins"}),
    ("fault", {"fault": ["drop"]}),
    ("node", {"fault": "drop", "node": "z"}),
    ("path", {"fault": "drop", "path": 5}),
    ("times", {"fault": "drop", "times": 0}),
    ("probability", {"fault": "drop", "probability": 1.5}),
    ("seed", {"fault": "drop", "seed": "x"}),
    ("delay_ms", {"fault": "delay"}),
    ("delay_ms", {"fault": "hang", "delay_ms": -1}),
    ("when", {"fault": "delay", "delay_ms": 1, "when": "never"}),
    ("status", {"fault": "status"}),
    ("status", {"fault": "status", "status": 200}),
    ("body", {"fault": "status", "status": 500, "body": {}}),
    ("code", {"fault": "refuse"}),
    ("code", {"fault": "refuse", "code": "NO"}),
    ("delay_ms", {"fault": "drop", "delay_ms": 5}),
    ("process", {"fault": "html", "process": 1}),
]


@pytest.mark.parametrize(("field", "body"), BAD)
def test_a_rule_that_cannot_be_is_400_and_names_the_field(
    nodes: SandboxProcess, field: str, body: dict[str, Any]
) -> None:
    status, answer = nodes.call("/sandbox/faults", body)
    assert status == 400
    assert field in json.loads(answer)["error"]
    assert nodes.get("/sandbox/faults") == {"faults": []}


def test_clearing_a_fault_that_is_not_there_is_400(nodes: SandboxProcess) -> None:
    status, answer = nodes.call("/sandbox/faults/clear", {"id": 10**6})
    assert status == 400
    assert "id" in json.loads(answer)["error"]


def test_a_client_that_waits_for_an_answer_does_not_keep_the_node_from_ending(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0")
    fault(node, "hang", path="wallet/getblock")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(node.call, BLOCK)
        until("the request has come", lambda: hits(node) == [1])
        assert node.end() == (0, "")
        with pytest.raises(ConnectionError):
            waiting.result()
