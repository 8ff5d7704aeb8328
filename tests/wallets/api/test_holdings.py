"""What a wallet has, and what moved."""

from decimal import Decimal
from typing import Any

import pytest

from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import Api, caller, refused
from tests.builders import TRX, USDT
from tests.sandbox.people import Person, funded, settle, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import do
from tests.wallets.books import catch_up, faucet_is_known, hot, paid, pay, read, solidify
from tron.flows import FEE_LOG_INDEX
from tron.models import ChainFlow
from wallets.ledger import hold, wallet_account
from wallets.models import Asset, Wallet, WalletKind
from wallets.services.open import wallet_create
from wallets.services.take_over import wallet_know
from wallets.tasks import open_wallets

pytestmark = pytest.mark.django_db


def balance(viewer: Api, wallet: Wallet) -> dict[str, Any]:
    answer = viewer.get(f"/tron/wallets/{wallet.public_id}/balance")
    assert answer.status == 200, answer
    return dict(answer.body)


def transactions(viewer: Api, wallet: Wallet, query: str = "") -> list[dict[str, Any]]:
    answer = viewer.get(f"/tron/wallets/{wallet.public_id}/transactions?{query}")
    assert answer.status == 200, answer
    return list(answer.body["transactions"])


@pytest.mark.call("GET /tron/wallets/{wallet_id}/balance")
@pytest.mark.contract("C-WAL-11")
def test_of_a_wallet_with_books_they_tell_and_the_chain_tells_the_rest(
    viewer: Api, node: SandboxProcess
) -> None:
    wallet, owner = hot(node, usdt=100, trx=1_000)
    hold(wallet_account(wallet, Asset.USDT), amounts={wallet.pk: 30 * USDT}, at=utc_now())
    friend = Person()
    node.post("/sandbox/faucet", address=friend.address, trx=10, usdt=0)
    do(node, "freezebalancev2", owner, frozen_balance=600 * TRX, resource="ENERGY")
    do(node, "delegateresource", owner, receiver_address=friend.address, balance=200 * TRX,
       resource="ENERGY")  # fmt: skip
    solidify(node)
    body = balance(viewer, wallet)
    expected = {
        "wallet_id": wallet.public_id,
        "address": owner.address,
        "usdt": 100,
        "reserved_usdt": 30,
        "available_usdt": 70,
        "trx": 1_000,  # the books have not heard of the stake yet
        "reserved_trx": 0,
        "staked_trx": 600,
        "delegated_trx": 200,
        "source": "books",
        "block_number": node.state()["solid"]["number"],
    }
    assert expected.items() <= body.items()
    assert body["energy"]["limit"] > 0
    for part in ("energy", "bandwidth"):
        usage = body[part]
        assert usage["available"] == usage["limit"] - usage["used"]
    assert body["bandwidth"]["used"] > 0


@pytest.mark.contract("C-WAL-11")
def test_without_books_the_chain_tells(viewer: Api, node: SandboxProcess) -> None:
    owner = funded(node, trx=12, usdt=34)
    solidify(node)
    wallet = wallet_know(name="theirs", kind="watch", address=owner.address)
    body = balance(viewer, wallet)
    assert (body["trx"], body["usdt"], body["available_usdt"]) == (12, 34, 34)
    assert (body["reserved_usdt"], body["source"]) == (0, "chain")
    nobody = wallet_know(name="nobody's", kind="cold", address=builders.address())
    assert (balance(viewer, nobody)["trx"], balance(viewer, nobody)["staked_trx"]) == (0, 0)


def test_without_an_address_or_a_node_it_says_so(viewer: Api) -> None:
    waiting = wallet_create(name="waiting")
    path = f"/tron/wallets/{waiting.public_id}"
    assert refused(viewer.get(f"{path}/balance"), 409, "LUCID_ERR_1005")["status"] == "awaiting_key"
    assert transactions(viewer, waiting) == []
    cold = wallet_know(name="cold", kind="cold", address=builders.address())
    path = f"/tron/wallets/{cold.public_id}"
    refused(viewer.get(f"{path}/balance"), 500, "LUCID_ERR_2006")
    for wrong in ("status=sent", "token=BTC", "direction=self", "txid=x"):
        refused(viewer.get(f"{path}/transactions?{wrong}"), 400, "LUCID_ERR_1001")
    refused(caller("merchant").get(f"{path}/transactions"), 403, "LUCID_ERR_2010")


@pytest.mark.call("GET /tron/wallets/{wallet_id}/transactions")
@pytest.mark.contract("C-WAL-12")
def test_what_moved_is_told_once_with_its_fee_and_its_payout(
    viewer: Api, node: SandboxProcess
) -> None:
    faucet_is_known(node)
    wallet, owner = hot(node)
    alice = builders.user()
    tx = paid(node, wallet, alice, amount_usdt=7 * USDT)
    catch_up(node)
    node.post("/sandbox/faucet", address=owner.address, usdt=3, trx=2)
    catch_up(node)
    rows = transactions(viewer, wallet)
    assert [(row["direction"], row["token"], row["amount"]) for row in rows] == [
        *sorted([("in", "USDT", 3), ("in", "TRX", 2)], key=lambda row: rows[0]["token"] != row[1]),
        ("out", "USDT", 7),
    ]
    out = rows[-1]
    fee = ChainFlow.objects.get(txid=tx.txid, log_index=FEE_LOG_INDEX)
    tx.refresh_from_db()
    assert out["txid"] == tx.txid
    assert (out["counterparty"], out["status"]) == (tx.recipient, "solid")
    assert out["payout_id"] == f"payout_{tx.subject.hex}"
    assert out["fee_trx"] * TRX == fee.units == tx.fee_sun
    assert out["block_number"] == tx.block_number
    assert [row["payout_id"] for row in rows[:2]] == [None, None]
    assert [row["amount"] for row in transactions(viewer, wallet, "token=TRX")] == [2]
    assert [row["amount"] for row in transactions(viewer, wallet, "direction=out")] == [7]
    assert len(transactions(viewer, wallet, "direction=in&limit=1")) == 1
    for status in ("pending", "failed"):
        assert transactions(viewer, wallet, f"status={status}") == []


@pytest.mark.contract("C-WAL-12")
def test_what_is_under_way_and_what_moved_nothing_stand_apart(
    viewer: Api, node: SandboxProcess
) -> None:
    faucet_is_known(node)
    wallet, _ = hot(node)
    tx = pay(wallet, builders.user(), amount_usdt=7 * USDT)
    [row] = transactions(viewer, wallet, "status=pending&token=USDT")
    assert (row["txid"], row["amount"], row["status"]) == (tx.txid, 7, "pending")
    assert (row["block_number"], row["fee_trx"]) == (None, None)
    assert row["payout_id"] == f"payout_{tx.subject.hex}"
    assert transactions(viewer, wallet) == []
    assert transactions(viewer, wallet, "status=pending&token=TRX") == []
    tx.status, tx.proof, tx.final_at = "dead", {"solid_block": 1}, utc_now()
    tx.save(update_fields=["status", "proof", "final_at"])
    assert [one["status"] for one in transactions(viewer, wallet, "status=failed")] == ["failed"]


@pytest.mark.contract("C-WAL-12")
def test_of_a_watched_wallet_all_is_told_that_others_signed(
    viewer: Api, node: SandboxProcess
) -> None:
    owner, friend = funded(node, trx=500, usdt=50), Person()
    solidify(node)
    read()
    wallet = wallet_know(name="treasury", kind="watch", address=owner.address)
    open_wallets()
    settle(node, usdt_draft(node, owner, friend, 7 * USDT), owner)
    settle(node, usdt_draft(node, owner, friend, 700 * USDT), owner)  # has less: it fails
    solidify(node)
    read()
    fee_alone, moved = transactions(viewer, wallet)
    assert (moved["amount"], moved["counterparty"]) == (7, friend.address)
    assert moved["fee_trx"] > 0
    assert (fee_alone["token"], fee_alone["counterparty"]) == ("TRX", None)
    assert fee_alone["amount"] == fee_alone["fee_trx"]


@pytest.mark.contract("C-WAL-12")
def test_what_was_before_an_indexer_tells(viewer: Api, node: SandboxProcess, settings: Any) -> None:
    """Of TRX and of USDT, also what our own reading has never seen."""
    alice, bob = funded(node, trx=100, usdt=20), Person()
    settle(node, usdt_draft(node, alice, bob, 7_500_001), alice)
    node.mine(20)
    read()
    wallet = wallet_know(name="late", kind=WalletKind.WATCH, address=alice.address)
    open_wallets()
    assert transactions(viewer, wallet) == []
    path = f"/tron/wallets/{wallet.public_id}/transactions?source=grid"
    refused(viewer.get(path), 404, "LUCID_ERR_1003")
    settings.TRON_GRID_URL = node.url
    told = viewer.get(path).body["transactions"]
    assert [(one["direction"], one["amount"]) for one in told] == [
        ("out", Decimal("7.500001")),
        ("in", Decimal(20)),
    ]
    assert {one["status"] for one in told} == {"solid"}
    trx = viewer.get(f"{path}&token=TRX").body
    assert [(one["direction"], one["amount"]) for one in trx["transactions"]] == [("in", 100)]
    assert trx["filters"] == {"source": "grid", "token": "TRX"}
    for query in ("status=pending", "direction=in", "offset=1"):
        refused(viewer.get(f"{path}&{query}"), 400, "LUCID_ERR_1001")
