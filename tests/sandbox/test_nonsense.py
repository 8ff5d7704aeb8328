"""Whatever a client sends, the node answers as a node and goes on."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.people import Person
from tron.sandbox.chain import Chain
from tron.sandbox.clock import ChainClock
from tron.sandbox.errors import BadRequest
from tron.sandbox.faucet import Faucet
from tron.sandbox.genesis import FAUCET_ADDRESS, USDT_ADDRESS
from tron.sandbox.http.app import BOTH, FULL_ONLY, Face
from tron.sandbox.http.builders import BUILDERS
from tron.sandbox.http.control import Control, control_answer
from tron.sandbox.http.faults import KINDS, Faults
from tron.sandbox.http.request import Request, request_parse
from tron.sandbox.network import Network
from tron.sandbox.proto import CONTRACT_TYPES
from tron.sandbox.storage import Storage

PATHS = [f"/wallet/{name}" for name in BOTH | FULL_ONLY] + [f"/walletsolidity/{n}" for n in BOTH]
CONTROLS = [
    "faucet",
    "mine",
    "step",
    "usdt",
    "network",
    "resources",
    "faults",
    "faults/clear",
    "transfers",
    "state",
]
ADDRESSES = [FAUCET_ADDRESS.hex(), USDT_ADDRESS.hex(), "41" + "11" * 20]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 200)
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.binary(max_size=70).map(bytes.hex)
    | st.sampled_from([*ADDRESSES, "transfer(address,uint256)", "00" * 65])
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def mostly(usual: st.SearchStrategy) -> st.SearchStrategy:
    """Return the usual value three times out of four, anything at all otherwise."""
    return st.integers(0, 3).flatmap(lambda n: JUNK if n == 0 else usual)


ADDRESS = mostly(st.sampled_from(ADDRESSES))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "owner_address": ADDRESS,
        "to_address": ADDRESS,
        "contract_address": ADDRESS,
        "amount": mostly(st.integers(0, 100)),
        "data": mostly(st.binary(max_size=70).map(bytes.hex)),
        "votes": JUNK,
        "owner": JUNK,
        "resource": JUNK,
    },
)
CONTRACT = st.fixed_dictionaries(
    {
        "type": mostly(st.sampled_from(sorted(CONTRACT_TYPES))),
        "parameter": mostly(st.fixed_dictionaries({"value": mostly(VALUES)})),
    },
    optional={"Permission_id": JUNK},
)
RAW_DATA = st.fixed_dictionaries(
    {"contract": mostly(st.lists(mostly(CONTRACT), max_size=2))},
    optional={
        "ref_block_bytes": JUNK,
        "ref_block_hash": JUNK,
        "expiration": mostly(st.integers(0, 2**62)),
        "timestamp": JUNK,
        "data": JUNK,
        "fee_limit": JUNK,
    },
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["address", "value", "owner_address", "to_address"], ADDRESS),
        "contract_address": mostly(st.just(USDT_ADDRESS.hex())),
        "raw_data": mostly(RAW_DATA),
        "signature": mostly(st.lists(mostly(st.just("00" * 65)), max_size=2)),
        "transaction": mostly(st.binary(max_size=300).map(bytes.hex)),
        "function_selector": mostly(st.just("transfer(address,uint256)")),
        "parameter": mostly(st.binary(min_size=64, max_size=64).map(bytes.hex)),
        **dict.fromkeys(["fromAddress", "toAddress"], ADDRESS),
        **dict.fromkeys(["type", "timestamp"], JUNK),
        **dict.fromkeys(["num", "startNum", "endNum", "id_or_num", "detail", "data"], JUNK),
        **dict.fromkeys(["amount", "fee_limit", "call_value", "extra_data"], JUNK),
        **dict.fromkeys(["Permission_id", "permission_id", "visible", "token_id"], JUNK),
    },
)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Two nodes in this process, with some history."""
    storage = Storage(Path(tmp_path_factory.mktemp("nonsense")))
    chain = Chain(storage, ChainClock(0), 2)
    chain.begin()
    made = Network(chain, "ab", 100)
    Faucet(made).usdt_send(Person().address, 5)
    made.mine()
    yield made
    storage.close()


THOROUGH = {
    "max_examples": 200,
    "deadline": None,
    "suppress_health_check": [
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
}


def assert_answers(network: Network, path: str, body: dict) -> None:
    """Check that a path answers a body with JSON and HTTP 200, as a node does."""
    text = json.dumps(body).encode()
    response = Face(network.producer).respond(request_parse("POST", path, "", text))
    assert response.status == 200
    json.loads(response.body)


@settings(**THOROUGH)
@given(path=st.sampled_from(PATHS), body=PARAMETERS)
def test_every_path_answers_every_body(network: Network, path: str, body: dict) -> None:
    assert_answers(network, path, body)


BUILT = ["createtransaction", "triggersmartcontract", *BUILDERS]
PERMISSION = st.fixed_dictionaries(
    {},
    optional={
        "type": JUNK | st.integers(0, 3),
        "threshold": JUNK | st.just(1),
        "permission_name": JUNK,
        "operations": mostly(st.binary(min_size=32, max_size=32).map(bytes.hex)),
        "keys": JUNK
        | st.lists(st.fixed_dictionaries({"address": ADDRESS, "weight": st.integers(0, 2)})),
    },
)
BUILD = st.fixed_dictionaries(
    {
        "owner_address": st.just(FAUCET_ADDRESS.hex()),
        "to_address": st.just("41" + "11" * 20),
        "contract_address": st.just(USDT_ADDRESS.hex()),
        "amount": mostly(st.just(5)),
        "data": mostly(st.just("a9059cbb")),
    },
    optional={
        **dict.fromkeys(["receiver_address", "account_address"], ADDRESS),
        **dict.fromkeys(["frozen_balance", "unfreeze_balance", "balance"], JUNK),
        **dict.fromkeys(["resource", "lock", "lock_period"], JUNK),
        "votes": JUNK | st.lists(st.fixed_dictionaries({"vote_address": ADDRESS}), max_size=3),
        "owner": JUNK | PERMISSION,
        "actives": JUNK | st.lists(PERMISSION, max_size=3),
        **dict.fromkeys(["Permission_id", "permission_id", "fee_limit", "call_value"], JUNK),
        "extra_data": JUNK,
    },
)


@settings(**THOROUGH)
@given(name=st.sampled_from(BUILT), body=BUILD)
def test_every_order_is_built_or_refused(network: Network, name: str, body: dict) -> None:
    assert_answers(network, f"/wallet/{name}", body)


TRANSACTION_PATHS = ["broadcasttransaction", "getsignweight", "getapprovedlist"]
TRANSACTION = st.fixed_dictionaries(
    {"raw_data": RAW_DATA},
    optional={
        "signature": mostly(st.lists(mostly(st.just("00" * 65)), max_size=2)),
        "visible": st.booleans(),
    },
)


@settings(**THOROUGH)
@given(name=st.sampled_from(TRANSACTION_PATHS), body=TRANSACTION)
def test_every_transaction_is_judged(network: Network, name: str, body: dict) -> None:
    assert_answers(network, f"/wallet/{name}", body)


HISTORY = ["accounts/{}", "accounts/{}/transactions", "accounts/{}/transactions/trc20"]
EVENTS = ["contracts/{}/events", "transactions/{}/events", "blocks/{}/events", "{}"]
OPTIONS = ["limit", "fingerprint", "min_timestamp", "max_timestamp", "contract_address"]
FLAGS = ["only_confirmed", "only_unconfirmed", "only_to", "only_from", "order_by", "event_name"]


@settings(**THOROUGH)
@given(
    path=st.sampled_from(HISTORY + EVENTS),
    what=mostly(st.sampled_from([*ADDRESSES, "latest", "3", "00" * 32])),
    options=st.dictionaries(st.sampled_from(OPTIONS + FLAGS), LEAVES, max_size=4),
)
def test_every_page_is_shown_or_refused(
    network: Network, path: str, what: object, options: dict
) -> None:
    request = request_parse("GET", f"/v1/{path.format(what)}", urlencode(options), b"")
    response = Face(network.producer).respond(request)
    answer = json.loads(response.body)
    assert response.status in (200, 400, 404)
    assert answer["success"] is (response.status == 200)


@settings(**THOROUGH)
@given(body=st.binary(max_size=40), query=st.text(max_size=40))
def test_every_body_is_a_request_or_a_refusal(body: bytes, query: str) -> None:
    try:
        request = request_parse("POST", "/wallet/getblock", query, body)
    except BadRequest:
        return
    assert isinstance(request.params, dict)


@settings(**THOROUGH)
@given(
    name=st.sampled_from(CONTROLS),
    body=st.fixed_dictionaries(
        {},
        optional={
            "address": JUNK,
            "from": JUNK,
            "trx": JUNK,
            "usdt": JUNK,
            "blocks": st.integers(-5, 3) | st.text(max_size=3),
            "interval_ms": mostly(st.integers(0, 10)),
            "seconds": mostly(st.integers(0, 10)),
            "paused": JUNK,
            "blacklist": JUNK,
            "maximum_fee": JUNK,
            **dict.fromkeys(["energy_weight_trx", "reward_sun", "energy"], JUNK),
            "fault": mostly(st.sampled_from(sorted(KINDS))),
            **dict.fromkeys(["id", "node", "path", "times", "probability", "seed"], JUNK),
            **dict.fromkeys(["delay_ms", "when", "status", "body", "code", "message"], JUNK),
        },
    ),
)
def test_every_control_is_carried_out_or_refused(network: Network, name: str, body: dict) -> None:
    control = Control(network, Faults(["a", "b"]), lambda: None)
    method = "GET" if name in ("transfers", "state") else "POST"
    status, answer = control_answer(control, Request(method, f"/sandbox/{name}", body))
    assert status in (200, 400)
    json.dumps(answer)
