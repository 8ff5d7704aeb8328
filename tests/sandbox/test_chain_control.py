"""Slots without a block, maintenance, resources and prices, set by hand."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.people import USDT, Person, funded, send, settle, usdt_draft, usdt_of
from tests.sandbox.process import SandboxProcess

MAINTENANCE_MS = 60_000


def test_missed_slots_let_time_pass_without_a_block(node: SandboxProcess) -> None:
    before = node.state()
    after = node.post("/sandbox/mine", blocks=2, missed_slots=5)
    assert after["head"]["number"] == before["head"]["number"] + 2
    assert after["head_time_ms"] == before["head_time_ms"] + (6 + 1) * 3_000


def test_two_slots_are_skipped_after_a_maintenance_time(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0", "--maintenance-ms", str(MAINTENANCE_MS))
    node.post("/sandbox/mine", blocks=50)
    body = {"num": 50}
    listed = node.post("/wallet/getblockbylatestnum", **body)["block"]
    times = [block["block_header"]["raw_data"]["timestamp"] for block in listed]
    for before, crossing, after in zip(times, times[1:], times[2:], strict=False):
        crossed = before // MAINTENANCE_MS != crossing // MAINTENANCE_MS
        assert after - crossing == (9_000 if crossed else 3_000)
    assert max(b - a for a, b in zip(times, times[1:], strict=False)) == 9_000
    due = node.get("/wallet/getnextmaintenancetime")["num"]
    assert due % MAINTENANCE_MS == 0
    assert 0 < due - times[-1] <= MAINTENANCE_MS


def test_a_transaction_must_outlive_the_gap_after_a_maintenance_block(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0", "--maintenance-ms", str(MAINTENANCE_MS))
    node.post("/sandbox/mine")
    while True:
        before = node.state()["head_time_ms"]
        head_ms = node.post("/sandbox/mine")["head_time_ms"]
        if before // MAINTENANCE_MS != head_ms // MAINTENANCE_MS:
            break
    for ahead_ms, code in ((8_999, "TRANSACTION_EXPIRATION_ERROR"), (9_000, "SIGERROR")):
        made = usdt_draft(node, Person(), Person(), 1)
        made.message.raw_data.expiration = head_ms + ahead_ms
        assert send(node, made)["code"] == code


def test_resources_pay_for_a_transfer(node: SandboxProcess, alice: Person, bob: Person) -> None:
    node.post("/sandbox/resources", address=alice.address, energy=64_285, bandwidth=345)
    shown = node.post("/wallet/getaccountresource", address=alice.address, visible=True)
    assert (shown["EnergyLimit"], shown["NetLimit"]) == (64_285, 345)
    receipt = settle(node, usdt_draft(node, alice, bob, USDT), alice)
    assert "fee" not in receipt
    assert receipt["receipt"]["energy_usage"] == 64_285
    assert receipt["receipt"]["net_usage"] == 345
    node.post("/sandbox/resources", address=alice.address)
    assert settle(node, usdt_draft(node, alice, bob, USDT), alice)["fee"] == 6_428_500


def test_resources_can_be_given_before_an_account_exists(
    node: SandboxProcess, nobody: Person
) -> None:
    assert node.post("/sandbox/resources", address=nobody.address, energy=5) == {"changed": 1}
    node.post("/sandbox/faucet", address=nobody.address, trx=1)
    node.mine()
    shown = node.post("/wallet/getaccountresource", address=nobody.address, visible=True)
    assert shown["EnergyLimit"] == 5


def test_the_price_of_a_transfer_can_be_changed(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0")
    payer, holder = funded(node, trx=1000, usdt=100), funded(node, usdt=1)
    contract = node.state()["usdt_contract"]

    def used(to: Person) -> tuple[int, int]:
        receipt = settle(node, usdt_draft(node, payer, to, USDT), payer)["receipt"]
        return receipt["energy_usage_total"], receipt.get("energy_penalty_total", 0)

    def factor() -> int:
        answer = node.post("/wallet/getcontractinfo", value=contract, visible=True)
        return answer["contract_state"]["energy_factor"]

    assert (used(holder)[0], used(Person())[0], factor()) == (64_285, 130_285, 34_000)
    node.post("/sandbox/energy", holder=29_220, new_holder=59_220)
    assert (used(holder), used(Person())[0]) == ((29_220, 14_610), 59_220)
    assert factor() == 10_000
    node.post("/sandbox/energy", holder=14_610)
    assert (used(holder), used(Person())) == ((14_610, 0), (44_610, 0))


def test_a_deprecated_token_forwards_to_nothing(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    payer = funded(node, trx=1000, usdt=100)
    node.post("/sandbox/usdt", deprecated=True)
    body = {
        "owner_address": payer.address,
        "contract_address": node.state()["usdt_contract"],
        "visible": True,
    }

    def read(function: str) -> str:
        answer = node.post("/wallet/triggerconstantcontract", function_selector=function, **body)
        return answer["constant_result"][0]

    assert int(read("deprecated()"), 16) == 1
    assert int(read("upgradedAddress()"), 16) > 0
    assert read("totalSupply()") == ""
    receipt = settle(node, usdt_draft(node, payer, Person(), USDT), payer)
    assert receipt["receipt"]["result"] == "REVERT"
    node.post("/sandbox/usdt", deprecated=False)
    assert int(read("upgradedAddress()"), 16) == 0
    assert usdt_of(node, payer) == 100 * USDT


BAD = [
    ("energy", "holder", {"holder": 0}),
    ("energy", "new_holder", {"holder": 5, "new_holder": 4}),
    ("energy", "holder", {}),
    ("resources", "address", {"energy": 5}),
    ("resources", "energy", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "energy": -1}),
    ("resources", "stake", {"address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "stake": 1}),
    ("usdt", "deprecated", {"deprecated": "yes"}),
    ("usdt", "paused", {"paused": "yes"}),
    ("mine", "missed_slots", {"missed_slots": -1}),
    ("pool", "node", {"node": "z"}),
]


@pytest.mark.parametrize(("path", "field", "body"), BAD)
def test_what_cannot_be_set_is_400_and_names_the_field(
    node: SandboxProcess, path: str, field: str, body: dict[str, Any]
) -> None:
    status, answer = node.call(f"/sandbox/{path}", body)
    assert status == 400
    assert field in json.loads(answer)["error"]
