"""`/tron/usdt/…` reads on a real chain: what is held, allowed and moved, and what moving costs."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from lucidpay.api.throttling import redis_client
from tests.api.client import Answer, Api, caller, nothing_written, refused
from tests.sandbox.people import USDT, Person, call_draft, funded, settle, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import staker
from tests.tron.chain import SOLID_LAG, scan_all, somebody
from tests.tron.lying_node import Exchange, LyingNode, lying_node, says
from tests.tron.test_grid import page, row
from tron.models import WatchedAddress
from tron.sandbox.genesis import USDT_CONTRACT
from tron.trc20 import UINT256_MAX, approve_data

BALANCE, ALLOWANCE, TRANSACTIONS = (
    f"/tron/usdt/{name}" for name in ("balance", "allowance", "transactions")
)
ESTIMATE = "/tron/usdt/estimate-gas"
ALICE, BOB = somebody(), somebody()
READS = (f"{BALANCE}/{ALICE}", f"{ALLOWANCE}/{ALICE}/{BOB}", f"{TRANSACTIONS}/{ALICE}")
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The document, against which good answers here are held."""
    return Api().get("/api/schema/").body


@pytest.fixture
def good(schema: dict[str, Any]) -> Any:
    """Check an answer against the document and return its body."""

    def check(answer: Answer, out: str) -> dict[str, Any]:
        assert answer.status == 200, answer
        components = schema["components"]
        part = {**components["schemas"][out], "components": components}
        jsonschema.Draft202012Validator(part).validate(json.loads(answer.text))
        return answer.body

    return check


@pytest.fixture
def grid(settings: Any) -> Iterator[LyingNode]:
    """An indexer; what it answers is prepared by each test."""
    with lying_node("http://127.0.0.1:9") as one:
        settings.TRON_GRID_URL = one.url
        yield one


@pytest.mark.call("GET /tron/usdt/balance/{address}")
@pytest.mark.contract("C-USDT-1")
def test_a_balance_is_that_of_a_solid_block(reader: Api, node: SandboxProcess, good: Any) -> None:
    alice, bob = funded(node, trx=100, usdt=20), Person()
    node.mine(SOLID_LAG)
    settle(node, usdt_draft(node, alice, bob, 7_500_001), alice)
    expected = {
        "address": alice.address, "balance_usdt": Decimal(20), "balance_raw": 20_000_000,
        "contract_address": USDT_CONTRACT, "block_number": node.state()["solid"]["number"],
    }  # fmt: skip
    assert good(reader.get(f"{BALANCE}/{alice.address}"), "UsdtBalanceOut") == expected
    node.mine(SOLID_LAG)
    assert reader.get(f"{BALANCE}/{alice.address}/").body == expected  # for a moment
    redis_client().flushdb()
    after = good(reader.get(f"{BALANCE}/{alice.address}"), "UsdtBalanceOut")
    assert after["balance_usdt"] == Decimal("12.499999")
    assert after["block_number"] == node.state()["solid"]["number"]
    assert reader.get(f"{BALANCE}/{ALICE}").body["balance_raw"] == 0


@pytest.mark.call("GET /tron/usdt/allowance/{owner}/{spender}")
@pytest.mark.contract("C-USDT-2")
def test_an_allowance_is_told_digit_for_digit(reader: Api, node: SandboxProcess, good: Any) -> None:
    alice, bob = funded(node, trx=1_000), Person()
    path = f"{ALLOWANCE}/{alice.address}/{bob.address}"
    assert good(reader.get(path), "UsdtAllowanceOut")["allowance_raw"] == 0
    settle(node, call_draft(node, alice, approve_data(bob.address, UINT256_MAX)), alice)
    node.mine(SOLID_LAG)
    redis_client().flushdb()
    body = good(reader.get(path), "UsdtAllowanceOut")
    assert (body["owner"], body["spender"]) == (alice.address, bob.address)
    assert body["allowance_raw"] == UINT256_MAX
    assert body["allowance"] == Decimal(f"{UINT256_MAX}E-6")
    other_way = reader.get(f"{ALLOWANCE}/{bob.address}/{alice.address}").body
    assert other_way["allowance_raw"] == 0


@pytest.mark.call("GET /tron/usdt/transactions/{address}")
@pytest.mark.contract("C-USDT-3")
def test_transfers_of_a_watched_address_are_our_own_record(
    reader: Api, chain: SandboxProcess, good: Any
) -> None:
    alice, bob = funded(chain, trx=1_000, usdt=100), funded(chain, trx=1_000, usdt=100)
    chain.mine(SOLID_LAG)
    scan_all()
    from_block = chain.state()["solid"]["number"] + 1
    WatchedAddress.objects.create(address=alice.address, from_block=from_block)
    made = [usdt_draft(chain, alice, bob, 1), usdt_draft(chain, bob, alice, 2 * USDT),
            usdt_draft(chain, alice, alice, 3)]  # fmt: skip
    receipts = [
        settle(chain, one, signer) for one, signer in zip(made, (alice, bob, alice), strict=True)
    ]
    chain.mine(SOLID_LAG)
    scan_all()
    path = f"{TRANSACTIONS}/{alice.address}"
    body = good(reader.get(path), "UsdtTransactionsOut")
    assert (body["source"], body["from_block"]) == ("scan", from_block)
    told = [
        (one["txid"], one["direction"], one["amount"], one["counterparty"], one["block_number"])
        for one in body["transactions"]
    ]
    assert told == [
        (made[2].txid, "self", Decimal("0.000003"), alice.address, receipts[2]["blockNumber"]),
        (made[1].txid, "in", Decimal(2), bob.address, receipts[1]["blockNumber"]),
        (made[0].txid, "out", Decimal("0.000001"), bob.address, receipts[0]["blockNumber"]),
    ]
    pages, query = [], "?limit=2"
    while query:
        one = good(reader.get(path + query), "UsdtTransactionsOut")
        pages.append(one["transactions"])
        cursor = one["pagination"]["next_cursor"]
        query = f"?limit=2&cursor={cursor}" if cursor else ""
    assert pages == [body["transactions"][:2], body["transactions"][2:]]
    assert body["pagination"]["total"] == 3
    assert reader.get(f"{path}?offset=1").body["transactions"] == body["transactions"][1:]
    for wrong in ("x", "_" * 22, "A" * 22 + "A", "f" * 21 + "w"):
        details = refused(reader.get(f"{path}?cursor={wrong}"), 400, "LUCID_ERR_1001")
        assert list(details) == ["cursor"]


@pytest.mark.contract("C-USDT-3")
def test_of_others_an_indexer_is_asked_where_there_is_one(
    reader: Api, node: SandboxProcess, grid: LyingNode, good: Any, settings: Any
) -> None:
    grid.otherwise = says(page(row(**{"from": ALICE, "to": BOB}), fingerprint="Qq9Zx"))
    path = f"{TRANSACTIONS}/{ALICE}"
    body = good(reader.get(f"{path}?limit=1"), "UsdtTransactionsOut")
    (one,) = body["transactions"]
    assert (one["direction"], one["amount"], one["counterparty"], one["block_number"]) == (
        "out", Decimal("4.9"), BOB, None,
    )  # fmt: skip
    assert (body["source"], body["pagination"]["next_cursor"]) == ("grid", "Qq9Zx")
    assert body["pagination"]["has_next"]
    grid.otherwise = says(page())
    last = good(reader.get(f"{path}?limit=1&cursor=Qq9Zx"), "UsdtTransactionsOut")
    assert (last["transactions"], last["pagination"]["has_previous"]) == ([], True)
    assert "fingerprint=Qq9Zx" in grid.heard[-1].path
    for query in ("offset=1", "cursor=a%20b", "cursor=" + "a" * 501):
        details = refused(reader.get(f"{path}?{query}"), 400, "LUCID_ERR_1001")
        assert list(details) == [query.partition("=")[0]]
    grid.otherwise = says({}, status=503)
    refused(reader.get(path), 500, "LUCID_ERR_2006")
    settings.TRON_GRID_URL = ""
    answer = reader.get(path)
    refused(answer, 404, "LUCID_ERR_1003")
    assert "TRON_GRID_URL" in answer.body["detail"]


def estimate(reader: Api, **fields: Any) -> Answer:
    body = {"from_address": ALICE, "to_address": BOB, "amount": 1, **fields}
    redis_client().flushdb()
    return reader.post(ESTIMATE, {name: one for name, one in body.items() if one is not ...})


@pytest.mark.call("POST /tron/usdt/estimate-gas")
@pytest.mark.contract("C-USDT-4")
def test_an_estimate_is_what_is_then_burned(reader: Api, node: SandboxProcess, good: Any) -> None:
    alice, bob, holder = funded(node, trx=1_000, usdt=100), Person(), funded(node, usdt=1)
    with nothing_written():
        to_bob = good(
            estimate(reader, from_address=alice.address, to_address=bob.address, amount="1.5"),
            "EstimateOut",
        )
    assert to_bob == {
        "energy_required": 130_285, "bandwidth_required": 345, "energy_price_sun": 100,
        "fee_trx_burning": Decimal("13.3735"), "fee_trx_with_resources": Decimal("13.0285"),
        "recommended_fee_limit_sun": 16_937_050, "recipient_holds_usdt": False,
        "recipient_activated": False, "recipient_blacklisted": False,
    }  # fmt: skip
    burned = settle(node, usdt_draft(node, alice, bob, 1_500_000), alice)["fee"]
    assert burned == to_bob["fee_trx_with_resources"] * 10**6
    to_holder = estimate(reader, from_address=alice.address, to_address=holder.address).body
    assert to_holder["energy_required"] == 64_285
    assert to_holder["recipient_holds_usdt"]
    # Its free bandwidth is used up.
    assert to_holder["fee_trx_with_resources"] == to_holder["fee_trx_burning"] == Decimal("6.7735")


@pytest.mark.contract("C-USDT-4")
def test_what_the_sender_has_staked_is_not_burned(reader: Api, node: SandboxProcess) -> None:
    alice, holder = staker(node, energy=5_000, trx=10_000), funded(node, trx=1, usdt=1)
    node.post("/sandbox/faucet", address=alice.address, usdt=10)
    node.mine()
    told = estimate(reader, from_address=alice.address, to_address=holder.address).body
    energy_limit = node.post(
        "/wallet/getaccountresource", address=alice.address, visible=True
    )["EnergyLimit"]  # fmt: skip
    left = max(0, 64_285 - energy_limit) * 100
    assert told["fee_trx_with_resources"] <= Decimal(left + 345_000) / 10**6
    assert told["fee_trx_with_resources"] < told["fee_trx_burning"] == Decimal("6.7735")
    assert told["recipient_activated"]


@pytest.mark.contract("C-USDT-5")
def test_a_transfer_that_would_fail_is_told_why(reader: Api, node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=1_000, usdt=5), Person()
    pair = {"from_address": alice.address, "to_address": bob.address}
    too_much = refused(estimate(reader, **pair, amount=6), 500, "LUCID_ERR_2007")
    assert too_much == {"balance_usdt": 5}
    node.post("/sandbox/usdt", blacklist=[bob.address])
    node.mine()
    assert estimate(reader, **pair).body["recipient_blacklisted"]
    node.post("/sandbox/usdt", paused=True)
    node.mine()
    paused = refused(estimate(reader, **pair), 500, "LUCID_ERR_2008")
    assert paused == {"reason": ["the token is paused"]}
    node.post("/sandbox/usdt", paused=False, blacklist=[alice.address])
    node.mine()
    black = refused(estimate(reader, **pair), 500, "LUCID_ERR_2008")
    assert black == {"reason": ["the sender is on the token's blacklist"]}


@pytest.mark.contract("C-USDT-6")
def test_a_bad_address_is_named(reader: Api, node: SandboxProcess) -> None:
    typo = ALICE[:-1] + ("x" if ALICE[-1] != "x" else "y")
    for bad in (typo, ALICE[:-1], "0x" + "1" * 40, "T" * 34, ALICE.lower()):
        for path, name in (
            (f"{BALANCE}/{bad}", "address"),
            (f"{ALLOWANCE}/{bad}/{BOB}", "owner"),
            (f"{ALLOWANCE}/{ALICE}/{bad}", "spender"),
            (f"{TRANSACTIONS}/{bad}", "address"),
        ):
            assert list(refused(reader.get(path), 400, "LUCID_ERR_2001")) == [name]
        for name in ("from_address", "to_address"):
            assert list(refused(estimate(reader, **{name: bad}), 400, "LUCID_ERR_2001")) == [name]
    both = refused(estimate(reader, from_address=typo, to_address=typo), 400, "LUCID_ERR_1001")
    assert sorted(both) == ["from_address", "to_address"]


@pytest.mark.contract("C-USDT-6")
@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"amount": 0}, ["amount"]), ({"amount": -1}, ["amount"]), ({"amount": True}, ["amount"]),
        ({"amount": "1e3"}, ["amount"]), ({"amount": Decimal("0.0000001")}, ["amount"]),
        ({"amount": 10**10}, ["amount"]), ({"amount": ...}, ["amount"]),
        ({"to_address": ...}, ["to_address"]), ({"amuont": 1}, ["amuont"]),
        ({"to_address": "x", "amount": 0}, ["amount", "to_address"]),
    ],
)  # fmt: skip
def test_a_wrong_order_is_named(
    reader: Api, db: None, fields: dict[str, Any], names: list[str]
) -> None:
    assert sorted(refused(estimate(reader, **fields), 400, "LUCID_ERR_1001")) == names


@pytest.mark.contract("C-USDT-7")
def test_without_a_node_it_says_so(reader: Api, settings: Any, dead_port: int) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{dead_port}"]
    for path in READS[:2]:
        assert refused(reader.get(path), 500, "LUCID_ERR_2006") == {}
    assert refused(estimate(reader), 500, "LUCID_ERR_2006") == {}


@pytest.mark.contract("C-USDT-7")
def test_a_chain_too_fast_to_be_read_is_no_answer(
    reader: Api, liar: LyingNode, node: SandboxProcess
) -> None:
    def moves(exchange: Exchange) -> None:
        node.mine()
        exchange.reply(exchange.forward())

    liar.on("walletsolidity/triggerconstantcontract", moves)
    refused(reader.get(READS[0]), 500, "LUCID_ERR_2006")


@pytest.mark.contract("C-USDT-8")
def test_it_needs_the_scope_and_takes_no_query(reader: Api, db: None) -> None:
    end_user = caller("end_user")
    for path in READS:
        refused(end_user.get(path), 403, "LUCID_ERR_2010")
        refused(Api().get(path), 401, "LUCID_ERR_1002")
        assert list(refused(reader.get(f"{path}?x=1"), 400, "LUCID_ERR_1001")) == ["x"]
    refused(end_user.post(ESTIMATE, {}), 403, "LUCID_ERR_2010")
    assert list(refused(reader.post(f"{ESTIMATE}?x=1", {}), 400, "LUCID_ERR_1001")) == ["x"]
    for role in ("operator", "auditor", "admin"):
        refused(caller(role).get(READS[2]), 404, "LUCID_ERR_1003")
