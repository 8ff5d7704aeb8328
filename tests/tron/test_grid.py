"""History from an indexer: only the listed token, page by page, and no key to a stranger."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lucidpay.checks import check_grid, check_nodes, check_usdt
from tests.sandbox.people import funded, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, somebody
from tests.tron.lying_node import Exchange, LyingNode, hangs, lying_node, says
from tron.address import address_parse
from tron.errors import OutcomeUnknown, Throttled, Unreachable
from tron.grid import GridTransfer, trx_history, usdt_history
from tron.sandbox.genesis import USDT_CONTRACT

ALICE, BOB, FAKE = (somebody() for _ in range(3))
TXID, TIME_MS = "7d5a" * 16, 1_750_000_000_000


def row(**fields: Any) -> dict[str, Any]:
    """A row as TronGrid gives it of a TRC20 token."""
    token = {"symbol": "USDT", "address": USDT_CONTRACT, "decimals": 6, "name": "Tether USD"}
    given = {"transaction_id": TXID, "token_info": token, "block_timestamp": TIME_MS,
             "from": ALICE, "to": BOB, "type": "Transfer", "value": "4900000"}  # fmt: skip
    return {**given, **fields}


def page(*rows: Any, fingerprint: str | None = None) -> dict[str, Any]:
    meta = {"at": TIME_MS, "page_size": len(rows)} | (
        {"fingerprint": fingerprint} if fingerprint else {}
    )
    return {"success": True, "data": list(rows), "meta": meta}


@pytest.fixture
def grid(settings: Any) -> Iterator[LyingNode]:
    """An indexer; what it answers is prepared by each test."""
    with lying_node("http://127.0.0.1:9") as one:
        settings.TRON_NODES = ["http://127.0.0.1:9"]
        settings.TRON_GRID_URL = one.url
        yield one


def asked_for(exchange: Exchange) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(exchange.path)
    return parts.path, parse_qs(parts.query)


def test_a_page_is_asked_for_and_read(grid: LyingNode) -> None:
    grid.otherwise = says(page(row(), fingerprint="Qq9Zx"))
    found = usdt_history(ALICE, limit=500)
    assert found.transfers == (GridTransfer(TXID, TIME_MS, ALICE, BOB, "USDT", 4_900_000),)
    assert found.fingerprint == "Qq9Zx"
    grid.otherwise = says(page())
    assert usdt_history(ALICE, limit=20, fingerprint="Qq9Zx").fingerprint is None
    first, second = map(asked_for, grid.heard)
    assert first[0] == f"v1/accounts/{ALICE}/transactions/trc20"
    assert first[1] == {
        "limit": ["200"], "only_confirmed": ["true"], "order_by": ["block_timestamp,desc"],
        "contract_address": [USDT_CONTRACT],
    }  # fmt: skip
    assert second[1]["fingerprint"] == ["Qq9Zx"]


@pytest.mark.django_db
def test_the_sandbox_s_own_history_is_read_page_by_page(
    sandbox: SandboxProcess, settings: Any
) -> None:
    settings.TRON_NODES, settings.TRON_GRID_URL = [sandbox.url], sandbox.url
    alice, bob = funded(sandbox, trx=1_000, usdt=100), funded(sandbox, trx=10)
    made = [usdt_draft(sandbox, alice, bob, units) for units in (1, 2, 3)]
    trx = trx_draft(sandbox, alice, bob, 5)
    for one in (*made, trx):
        settle(sandbox, one, alice)
    sandbox.mine(SOLID_LAG)
    told, fingerprint = [], ""
    for _ in range(9):
        found = usdt_history(bob.address, limit=2, fingerprint=fingerprint)
        told += [(one.txid, one.sender, one.units) for one in found.transfers]
        fingerprint = found.fingerprint or ""
        if not fingerprint:
            break
    assert told == [
        (one.txid, alice.address, units)
        for one, units in zip(reversed(made), (3, 2, 1), strict=True)
    ]
    newest = trx_history(alice.address, limit=20).transfers[0]
    assert (newest.txid, newest.recipient, newest.units) == (trx.txid, bob.address, 5)
    assert newest.is_failed is False


def test_other_tokens_approvals_and_strangers_are_dropped(grid: LyingNode) -> None:
    fake = row(token_info={"symbol": "USDT", "address": FAKE, "decimals": 6})
    grid.otherwise = says(page(fake, row(type="Approval"), row(**{"from": FAKE}), row(value="1")))
    assert [one.units for one in usdt_history(ALICE, limit=20).transfers] == [1]


@pytest.mark.parametrize(
    "answer",
    [
        {}, [], None, b"<html>", {"success": False, "data": []}, {"success": True},
        page(row(value=4900000)), page(row(value="-1")), page(row(value="1.5")),
        page(row(value="9" * 78)), page(row(transaction_id="x")), page(row(to="nobody")),
        page(row(block_timestamp="now")), page(row(token_info=None)), page(5),
        page(row(), fingerprint="a b"), page(row(), fingerprint="x" * 501),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_history(grid: LyingNode, answer: Any) -> None:
    grid.otherwise = says(answer)
    with pytest.raises(OutcomeUnknown):
        usdt_history(ALICE, limit=20)


def test_transfers_of_trx_are_read(grid: LyingNode) -> None:
    def transaction(kind: str, result: str = "SUCCESS") -> dict[str, Any]:
        value = {"owner_address": address_parse(ALICE).hex(), "amount": 5,
                 "to_address": address_parse(BOB).hex()}  # fmt: skip
        contract = {"type": kind, "parameter": {"value": value}}
        return {"txID": TXID, "block_timestamp": TIME_MS, "blockNumber": 7,
                "ret": [{"contractRet": result}], "raw_data": {"contract": [contract]}}  # fmt: skip

    grid.otherwise = says(
        page(
            transaction("TransferContract"),
            transaction("FreezeBalanceV2Contract"),
            {"internal_tx_id": "x"},
            transaction("TransferContract", "OUT_OF_TIME"),
        )
    )
    done = GridTransfer(TXID, TIME_MS, ALICE, BOB, "TRX", 5, 7, is_failed=False)
    first, second = trx_history(ALICE, limit=20).transfers
    assert first == done
    assert second.is_failed
    assert asked_for(grid.heard[0])[0] == f"v1/accounts/{ALICE}/transactions"


@pytest.mark.parametrize(
    ("status", "kind"), [(429, Throttled), (403, Throttled), (502, OutcomeUnknown)]
)
def test_a_refusal_has_its_name(grid: LyingNode, status: int, kind: type[Exception]) -> None:
    grid.otherwise = says({"Success": False, "Error": "too much"}, status)
    with pytest.raises(kind):
        usdt_history(ALICE, limit=20)


def test_one_that_is_away_or_hangs_is_not_waited_for(
    grid: LyingNode, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tron.grid.ANSWER_TIMEOUT_S", 0.1)
    grid.otherwise = hangs
    with pytest.raises(OutcomeUnknown):
        usdt_history(ALICE, limit=20)
    settings.TRON_GRID_URL = "http://127.0.0.1:9"
    with pytest.raises(Unreachable):
        usdt_history(ALICE, limit=20)


@pytest.mark.parametrize(
    ("keys", "is_node", "sent"),
    [
        (["plain"], False, None),
        (["plain"], True, "plain"),
        (["127.0.0.2=other", "127.0.0.1=own"], False, "own"),
    ],
)
def test_a_key_goes_where_it_belongs(
    grid: LyingNode, settings: Any, keys: list[str], is_node: bool, sent: str | None
) -> None:
    settings.TRON_API_KEYS = keys
    settings.TRON_NODES = [grid.url if is_node else "http://127.0.0.2:9"]
    grid.otherwise = says(page())
    usdt_history(ALICE, limit=20)
    assert grid.heard[0].headers.get("tron-pro-api-key") == sent


def test_wrong_settings_stop_the_start(settings: Any) -> None:
    settings.TRON_NODES = ["http://127.0.0.1:9"]
    assert [*check_grid(), *check_usdt(), *check_nodes()] == []
    settings.TRON_GRID_URL = "https://grid.example"
    settings.TRON_API_KEYS = ["grid.example=key"]
    assert [*check_grid(), *check_nodes()] == []
    settings.TRON_GRID_URL, settings.USDT_CONTRACT = "grid.example/s3cret", "Tnowhere"
    found = [*check_grid(), *check_usdt()]
    assert [one.id for one in found] == ["lucidpay.E013", "lucidpay.E014"]
    assert "s3cret" not in str(found)
