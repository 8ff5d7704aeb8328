"""Transfers of USDT: balances, quirks, energy and what it costs."""

from collections.abc import Iterator

import pytest

from tests.sandbox.people import (
    TRX,
    USDT,
    Person,
    call_draft,
    funded,
    send,
    settle,
    transfers_of,
    trx_of,
    usdt_draft,
    usdt_of,
)
from tests.sandbox.process import SandboxProcess
from tron.address import address_parse
from tron.trc20 import word_of_address, word_of_amount

APPROVE = bytes.fromhex("095ea7b3")
TRANSFER_FROM = bytes.fromhex("23b872dd")
REVERT_HEX = "524556455254206f70636f6465206578656375746564"
HOLDER_ENERGY = 64_285
NEW_HOLDER_ENERGY = 130_285


@pytest.fixture
def token(node: SandboxProcess) -> Iterator[SandboxProcess]:
    """The node, whose token is put back as it was after the test."""
    yield node
    node.post("/sandbox/usdt", paused=False, basis_points_rate=0, maximum_fee=0)


def test_it_pays_a_holder(node: SandboxProcess, alice: Person, bob: Person) -> None:
    made = usdt_draft(node, alice, bob, 25 * USDT)
    receipt = settle(node, made, alice)
    assert receipt["receipt"] == {
        "energy_fee": HOLDER_ENERGY * 100,
        "energy_usage_total": HOLDER_ENERGY,
        "energy_penalty_total": 49_674,
        "net_usage": 345,
        "result": "SUCCESS",
    }
    assert receipt["fee"] == HOLDER_ENERGY * 100
    assert "result" not in receipt
    assert usdt_of(node, alice) == 975 * USDT
    assert usdt_of(node, bob) == 26 * USDT
    assert trx_of(node, alice) == 1000 * TRX - HOLDER_ENERGY * 100


def test_transfer_answers_false_on_success(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    receipt = settle(node, usdt_draft(node, alice, bob, USDT), alice)
    assert receipt["contractResult"] == ["00" * 32]


def test_the_log_tells_who_paid_whom(node: SandboxProcess, alice: Person, bob: Person) -> None:
    receipt = settle(node, usdt_draft(node, alice, bob, 3 * USDT), alice)
    (log,) = receipt["log"]
    assert log["address"] == address_parse(node.state()["usdt_contract"])[1:].hex()
    assert transfers_of(receipt) == [(alice.address, bob.address, 3 * USDT)]


def test_a_new_holder_costs_more_energy_and_is_not_activated(
    node: SandboxProcess, alice: Person, nobody: Person
) -> None:
    receipt = settle(node, usdt_draft(node, alice, nobody, USDT), alice)
    assert receipt["receipt"]["energy_usage_total"] == NEW_HOLDER_ENERGY
    assert usdt_of(node, nobody) == USDT
    assert node.post("/wallet/getaccount", address=nobody.hex) == {}


def test_bandwidth_burns_once_the_free_600_are_used(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    receipt = settle(node, usdt_draft(node, alice, bob, USDT), alice)
    assert receipt["receipt"]["net_fee"] == 345_000
    assert receipt["fee"] == HOLDER_ENERGY * 100 + 345_000


def test_a_low_fee_limit_runs_out_of_energy_and_burns_all_of_it(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = usdt_draft(node, alice, bob, USDT, fee_limit_sun=5 * TRX)
    receipt = settle(node, made, alice)
    assert receipt["receipt"]["result"] == "OUT_OF_ENERGY"
    assert receipt["receipt"]["energy_usage_total"] == 50_000
    assert receipt["fee"] == 5 * TRX
    assert receipt["result"] == "FAILED"
    assert "log" not in receipt
    assert usdt_of(node, bob) == USDT
    assert node.post("/wallet/gettransactionbyid", value=made.txid)["ret"] == [
        {"contractRet": "OUT_OF_ENERGY"}
    ]


def test_a_low_balance_runs_out_of_energy_and_burns_all_of_it(
    node: SandboxProcess, alice: Person
) -> None:
    poor = funded(node, trx=3, usdt=10)
    receipt = settle(node, usdt_draft(node, poor, alice, USDT), poor)
    assert receipt["receipt"]["result"] == "OUT_OF_ENERGY"
    assert receipt["fee"] == 3 * TRX
    assert trx_of(node, poor) == 0
    assert usdt_of(node, poor) == 10 * USDT


def test_more_than_the_balance_reverts_and_costs_what_was_used(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = usdt_draft(node, alice, bob, 1001 * USDT)
    receipt = settle(node, made, alice)
    assert receipt["result"] == "FAILED"
    assert receipt["resMessage"] == REVERT_HEX
    assert receipt["contractResult"] == [""]
    assert receipt["receipt"]["result"] == "REVERT"
    assert 0 < receipt["fee"] < TRX
    assert receipt["fee"] == receipt["receipt"]["energy_fee"]
    assert usdt_of(node, alice) == 1000 * USDT


def test_a_blacklisted_sender_reverts(token: SandboxProcess, alice: Person, bob: Person) -> None:
    token.post("/sandbox/usdt", blacklist=[alice.address])
    receipt = settle(token, usdt_draft(token, alice, bob, USDT), alice)
    assert receipt["receipt"]["result"] == "REVERT"
    token.post("/sandbox/usdt", unblacklist=[alice.address])
    receipt = settle(token, usdt_draft(token, alice, bob, USDT), alice)
    assert receipt["receipt"]["result"] == "SUCCESS"


def test_a_blacklisted_recipient_is_paid_all_the_same(
    token: SandboxProcess, alice: Person, bob: Person
) -> None:
    token.post("/sandbox/usdt", blacklist=[bob.address])
    receipt = settle(token, usdt_draft(token, alice, bob, USDT), alice)
    assert receipt["receipt"]["result"] == "SUCCESS"


def test_a_paused_token_reverts(token: SandboxProcess, alice: Person, bob: Person) -> None:
    token.post("/sandbox/usdt", paused=True)
    receipt = settle(token, usdt_draft(token, alice, bob, USDT), alice)
    assert receipt["receipt"]["result"] == "REVERT"


def test_a_fee_is_taken_from_what_the_recipient_gets(
    token: SandboxProcess, alice: Person, bob: Person
) -> None:
    token.post("/sandbox/usdt", basis_points_rate=10, maximum_fee=40_000)
    receipt = settle(token, usdt_draft(token, alice, bob, 20 * USDT), alice)
    assert transfers_of(receipt) == [
        (alice.address, bob.address, 20 * USDT - 20_000),
        (alice.address, token.state()["faucet"], 20_000),
    ]
    assert usdt_of(token, bob) == 21 * USDT - 20_000
    receipt = settle(token, usdt_draft(token, alice, bob, 500 * USDT), alice)
    assert transfers_of(receipt)[1][2] == 40_000


def test_an_allowance_is_spent_by_transfer_from(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    spender = funded(node, trx=100)
    approve = APPROVE + word_of_address(spender.address) + word_of_amount(7 * USDT)
    receipt = settle(node, call_draft(node, alice, approve), alice)
    assert receipt["contractResult"] == ["00" * 31 + "01"]
    data = TRANSFER_FROM + word_of_address(alice.address) + word_of_address(bob.address)
    receipt = settle(node, call_draft(node, spender, data + word_of_amount(5 * USDT)), spender)
    assert receipt["receipt"]["result"] == "SUCCESS"
    assert receipt["contractResult"] == ["00" * 31 + "01"]
    assert usdt_of(node, bob) == 6 * USDT
    receipt = settle(node, call_draft(node, spender, data + word_of_amount(3 * USDT)), spender)
    assert receipt["receipt"]["result"] == "REVERT"


def test_an_unlimited_allowance_is_not_used_up(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    spender = funded(node, trx=100)
    approve = APPROVE + word_of_address(spender.address) + b"\xff" * 32
    settle(node, call_draft(node, alice, approve), alice)
    data = TRANSFER_FROM + word_of_address(alice.address) + word_of_address(bob.address)
    settle(node, call_draft(node, spender, data + word_of_amount(USDT)), spender)
    answer = node.post(
        "/wallet/triggerconstantcontract",
        owner_address=alice.address,
        contract_address=node.state()["usdt_contract"],
        function_selector="allowance(address,address)",
        parameter=(word_of_address(alice.address) + word_of_address(spender.address)).hex(),
        visible=True,
    )
    assert answer["constant_result"] == ["ff" * 32]


def test_an_unknown_function_reverts(node: SandboxProcess, alice: Person) -> None:
    receipt = settle(node, call_draft(node, alice, bytes.fromhex("deadbeef")), alice)
    assert receipt["receipt"]["result"] == "REVERT"


def test_it_refuses_a_fee_limit_above_the_networks(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    answer = send(node, usdt_draft(node, alice, bob, 1, 15_000 * TRX + 1).sign(alice))
    assert answer["message"].endswith("feeLimit must be >= 0 and <= 15000000000")


def test_a_rehearsed_transfer_tells_its_energy_and_changes_nothing(
    node: SandboxProcess, alice: Person, nobody: Person
) -> None:
    request = {
        "owner_address": alice.address,
        "contract_address": node.state()["usdt_contract"],
        "function_selector": "transfer(address,uint256)",
        "parameter": (word_of_address(nobody.address) + word_of_amount(USDT)).hex(),
        "visible": True,
    }
    answer = node.post("/wallet/triggerconstantcontract", **request)
    assert answer["result"] == {"result": True}
    assert answer["energy_used"] == NEW_HOLDER_ENERGY
    assert answer["constant_result"] == ["00" * 32]
    assert answer["transaction"]["ret"] == [{}]
    estimate = node.post("/wallet/estimateenergy", **request)
    assert estimate == {"result": {"result": True}, "energy_required": NEW_HOLDER_ENERGY}
    assert usdt_of(node, nobody) == 0


def test_a_rehearsal_that_reverts_says_so_and_has_no_estimate(
    node: SandboxProcess, nobody: Person, bob: Person
) -> None:
    request = {
        "owner_address": nobody.hex,
        "contract_address": "41" + "00" * 20,
        "function_selector": "transfer(address,uint256)",
        "parameter": (word_of_address(bob.address) + word_of_amount(USDT)).hex(),
    }
    answer = node.post("/wallet/triggerconstantcontract", **request)
    assert answer["result"]["code"] == "CONTRACT_VALIDATE_ERROR"
    assert bytes.fromhex(answer["result"]["message"]) == b"Smart contract is not exist."
    request["contract_address"] = (
        usdt_draft(node, bob, bob, 1).message.raw_data.contract[0].parameter.value[25:46].hex()
    )
    answer = node.post("/wallet/triggerconstantcontract", **request)
    assert answer["result"] == {"result": True, "message": REVERT_HEX}
    assert answer["transaction"]["ret"] == [{"ret": "FAILED"}]
    assert node.post("/wallet/estimateenergy", **request) == {
        "result": {"code": "CONTRACT_EXE_ERROR", "message": REVERT_HEX}
    }
