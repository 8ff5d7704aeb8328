"""History in pages, as TronGrid tells it."""

import json
from typing import Any

import pytest

from tests.sandbox.people import TRX, USDT, Person, funded, send, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import do, staker


def page(node: SandboxProcess, path: str, **options: Any) -> Any:
    """Return the envelope of one page."""
    query = "&".join(f"{name}={value}" for name, value in options.items())
    answer = node.get(f"/v1/{path}?{query}")
    assert answer["success"] is True
    assert answer["meta"]["page_size"] == len(answer["data"])
    return answer


def rows(node: SandboxProcess, path: str, **options: Any) -> list[Any]:
    """Return the rows of one page."""
    return page(node, path, **options)["data"]


@pytest.fixture(scope="module")
def paid(node: SandboxProcess) -> tuple[Person, Person, list[str]]:
    """Alice pays Bob five times, two of them in one block, and Bob pays once back."""
    alice, bob = funded(node, trx=1000, usdt=100), funded(node, trx=100, usdt=10)
    txids = []
    for number in (1, 2, 3):
        made = usdt_draft(node, alice, bob, number * USDT)
        settle(node, made, alice)
        txids.append(made.txid)
    for number in (4, 5):
        made = usdt_draft(node, alice, bob, number * USDT).sign(alice)
        send(node, made)
        txids.append(made.txid)
    node.mine()
    back = usdt_draft(node, bob, alice, 6 * USDT)
    settle(node, back, bob)
    return alice, bob, [*txids, back.txid]


Paid = tuple[Person, Person, list[str]]


def test_transfers_of_the_token_come_newest_first(node: SandboxProcess, paid: Paid) -> None:
    alice, bob, txids = paid
    found = rows(node, f"accounts/{bob.address}/transactions/trc20")
    assert [row["transaction_id"] for row in found[:6]] == txids[::-1]
    assert found[0] == {
        "transaction_id": txids[-1],
        "token_info": {
            "symbol": "USDT",
            "address": node.state()["usdt_contract"],
            "decimals": 6,
            "name": "Tether USD",
        },
        "block_timestamp": node.info(txids[-1])["blockTimeStamp"],
        "from": bob.address,
        "to": alice.address,
        "type": "Transfer",
        "value": "6000000",
    }
    assert len(found) == 7  # and what the faucet gave


def test_a_page_follows_the_other(node: SandboxProcess, paid: Paid) -> None:
    alice, _, txids = paid
    path = f"accounts/{alice.hex}/transactions/trc20"
    for order, expected in (("block_timestamp,desc", txids[::-1]), ("block_timestamp,asc", txids)):
        seen, fingerprint = [], {}
        for _ in range(4):
            answer = page(node, path, limit=2, order_by=order, **fingerprint)
            seen += [row["transaction_id"] for row in answer["data"]]
            if "fingerprint" not in answer["meta"]:
                break
            fingerprint = {"fingerprint": answer["meta"]["fingerprint"]}
            assert node.get(answer["meta"]["links"]["next"].removeprefix(node.url))["success"]
        assert [txid for txid in seen if txid in txids] == expected
        assert len(seen) == 7


def test_what_one_pays_oneself_is_listed_once(node: SandboxProcess) -> None:
    alice = funded(node, trx=100, usdt=10)
    made = usdt_draft(node, alice, alice, USDT)
    settle(node, made, alice)
    found = rows(node, f"accounts/{alice.address}/transactions/trc20")
    assert [row["transaction_id"] for row in found].count(made.txid) == 1


def test_pages_are_narrowed(node: SandboxProcess, paid: Paid) -> None:
    alice, bob, txids = paid
    path = f"accounts/{alice.address}/transactions/trc20"

    def found(**options: Any) -> list[str]:
        return [row["transaction_id"] for row in rows(node, path, **options)]

    assert found(only_from="true") == txids[-2::-1]
    assert found(only_to="true")[0] == txids[-1]
    assert len(found(only_to="true")) == 2
    times = [node.info(txid)["blockTimeStamp"] for txid in txids]
    assert found(min_timestamp=times[1], max_timestamp=times[3]) == txids[4:0:-1]
    assert found(max_timestamp=times[0], only_from="true") == txids[:1]
    assert found(contract_address=node.state()["usdt_contract"], limit=1) == txids[-1:]
    assert found(contract_address=bob.address) == []
    assert len(found(limit=100_000)) == 7


def test_what_is_not_solid_is_not_confirmed(node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=100, usdt=10), funded(node, usdt=1)
    node.mine(20)
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    for path in (f"accounts/{bob.address}/transactions/trc20",):
        assert len(rows(node, path)) == 2
        assert len(rows(node, path, only_confirmed="true")) == 1
        assert len(rows(node, path, only_unconfirmed="true")) == 1
    solid = rows(node, f"accounts/{alice.address}", only_confirmed="true")
    assert solid[0]["trc20"] == [{node.state()["usdt_contract"]: str(10 * USDT)}]
    node.mine(18)
    assert len(rows(node, path, only_confirmed="true")) == 2


def test_an_account_shows_all_it_did_and_what_was_done_to_it(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=100), funded(node, trx=10)
    lent = do(
        node,
        "delegateresource",
        alice,
        receiver_address=bob.address,
        balance=10 * TRX,
        resource="ENERGY",
    )
    made = trx_draft(node, alice, bob, TRX)
    receipt = settle(node, made, alice)
    found = rows(node, f"accounts/{bob.address}/transactions")
    kinds = [row["raw_data"]["contract"][0]["type"] for row in found]
    assert kinds == ["TransferContract", "DelegateResourceContract", "TransferContract"]
    assert found[1]["txID"] == lent["id"]
    first = found[0]
    assert first["txID"] == made.txid
    assert first["ret"] == [{"contractRet": "SUCCESS", "fee": receipt.get("fee", 0)}]
    assert first["blockNumber"] == receipt["blockNumber"]
    assert first["raw_data"]["contract"][0]["parameter"]["value"]["to_address"] == bob.hex
    assert {"net_usage", "net_fee", "energy_usage_total", "internal_transactions"} <= set(first)
    assert rows(node, f"accounts/{bob.address}/transactions", only_from="true") == []
    mine = rows(node, f"accounts/{alice.address}/transactions", only_from="true")
    assert [row["txID"] for row in mine[:2]] == [made.txid, lent["id"]]


def test_an_account_is_shown_with_its_token(node: SandboxProcess, paid: Paid) -> None:
    alice, _, _ = paid
    (account,) = rows(node, f"accounts/{alice.address}")
    assert account["address"] == alice.hex
    assert account["trc20"] == [{node.state()["usdt_contract"]: str(91 * USDT)}]
    assert account["balance"] > 0
    assert rows(node, f"accounts/{Person().address}") == []


def test_events_of_the_contract(node: SandboxProcess, paid: Paid) -> None:
    alice, bob, txids = paid
    usdt = node.state()["usdt_contract"]
    (event,) = rows(node, f"transactions/{txids[0]}/events")
    assert event["result"] == {
        "0": f"0x{alice.hex[2:]}",
        "1": f"0x{bob.hex[2:]}",
        "2": "1000000",
        "from": f"0x{alice.hex[2:]}",
        "to": f"0x{bob.hex[2:]}",
        "value": "1000000",
    }
    assert (event["event_name"], event["event_index"]) == ("Transfer", 0)
    assert event["contract_address"] == usdt
    number = event["block_number"]
    assert rows(node, f"contracts/{usdt}/events", block_number=number) == [event]
    assert rows(node, f"blocks/{number}/events") == [event]
    newest = page(node, f"contracts/{usdt}/events", limit=2, event_name="Transfer")
    after = page(
        node, f"contracts/{usdt}/events", limit=2, fingerprint=newest["meta"]["fingerprint"]
    )
    both = [event["transaction_id"] for event in newest["data"] + after["data"]]
    everything = rows(node, f"contracts/{usdt}/events", limit=4)
    assert both == [event["transaction_id"] for event in everything]
    assert rows(node, f"contracts/{usdt}/events", event_name="Approval") == []
    assert rows(node, f"contracts/{alice.address}/events") == []
    assert rows(node, "blocks/latest/events") == rows(
        node, f"blocks/{node.state()['head']['number']}/events"
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("accounts/Tnobody", 400),
        ("accounts/", 400),
        ("accounts/TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a/transactions?limit=0", 400),
        ("accounts/TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a/transactions?fingerprint=x", 400),
        ("accounts/TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a/transactions?min_timestamp=x", 400),
        ("blocks/first/events", 400),
        ("transactions/xyz/events", 400),
        ("accounts/TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a/nothing", 404),
        ("", 404),
    ],
)
def test_a_bad_request_is_refused(node: SandboxProcess, path: str, status: int) -> None:
    answered, body = node.call(f"/v1/{path}")
    answer = json.loads(body)
    assert (answered, answer["statusCode"], answer["success"]) == (status, status, False)
    assert answer["error"]


def test_history_meets_faults_and_forgets_replaced_blocks(node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=100, usdt=10), funded(node, usdt=1)
    path = f"accounts/{bob.address}/transactions/trc20"
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    node.post("/sandbox/faults", path="v1/*", fault="status", status=429, times=1)
    assert node.call(f"/v1/{path}")[0] == 429
    assert len(rows(node, path)) == 2
    node.post("/sandbox/reorg", blocks=1, transactions="lost")
    assert len(rows(node, path)) == 1
