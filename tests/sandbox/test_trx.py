"""Transfers of TRX and what their bytes cost."""

from collections.abc import Callable

from tests.sandbox.people import TRX, Person, send, settle, trx_draft, trx_of, usdt_draft
from tests.sandbox.process import SandboxProcess

DAY_S = 86_400


def test_it_activates_a_recipient_for_1_1_trx(
    node: SandboxProcess, alice: Person, nobody: Person
) -> None:
    receipt = settle(node, trx_draft(node, alice, nobody, 5 * TRX), alice)
    assert receipt["fee"] == 1_100_000
    assert receipt["receipt"] == {"net_fee": 100_000}
    assert receipt["contractResult"] == [""]
    assert trx_of(node, nobody) == 5 * TRX
    assert trx_of(node, alice) == 1000 * TRX - 5 * TRX - 1_100_000


def test_it_takes_free_bandwidth_first_and_burns_when_it_is_used_up(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    receipts = [settle(node, trx_draft(node, alice, bob, TRX), alice) for _ in range(3)]
    assert [r["receipt"] for r in receipts[:2]] == [{"net_usage": 267}] * 2
    assert "fee" not in receipts[0]
    assert receipts[2]["receipt"] == {"net_fee": 267_000}
    assert receipts[2]["fee"] == 267_000
    assert trx_of(node, alice) == 997 * TRX - 267_000


def test_free_bandwidth_comes_back_within_a_day(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    alice, bob = Person(), Person()
    for person in (alice, bob):
        node.post("/sandbox/faucet", address=person.address, trx=10)
    node.mine()
    for _ in range(2):
        settle(node, trx_draft(node, alice, bob, 1), alice)
    net = node.post("/wallet/getaccountnet", address=alice.address, visible=True)
    assert net["freeNetUsed"] == 2 * 265
    node.post("/sandbox/step", seconds=DAY_S // 2)
    node.mine()
    net = node.post("/wallet/getaccountnet", address=alice.address, visible=True)
    assert net["freeNetUsed"] == 265
    node.post("/sandbox/step", seconds=DAY_S // 2)
    node.mine()
    net = node.post("/wallet/getaccountnet", address=alice.address, visible=True)
    assert "freeNetUsed" not in net


def test_it_refuses_more_than_the_balance(node: SandboxProcess, alice: Person, bob: Person) -> None:
    answer = send(node, trx_draft(node, alice, bob, 1000 * TRX + 1).sign(alice))
    assert answer["code"] == "CONTRACT_VALIDATE_ERROR"
    assert answer["message"] == (
        "Contract validate error : Validate TransferContract error, balance is not sufficient."
    )
    assert answer["result"] is False


def test_pending_transfers_count_against_the_balance(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    assert send(node, trx_draft(node, alice, bob, 600 * TRX).sign(alice))["result"]
    answer = send(node, trx_draft(node, alice, bob, 600 * TRX).sign(alice))
    assert answer["code"] == "CONTRACT_VALIDATE_ERROR"


def test_it_refuses_a_transfer_to_oneself(node: SandboxProcess, alice: Person) -> None:
    answer = send(node, trx_draft(node, alice, alice, 1).sign(alice))
    assert answer["message"].endswith("Cannot transfer TRX to yourself.")


def test_it_refuses_a_transfer_of_nothing(node: SandboxProcess, alice: Person, bob: Person) -> None:
    answer = send(node, trx_draft(node, alice, bob, 0).sign(alice))
    assert answer["message"].endswith("Amount must be greater than 0.")


def test_it_refuses_a_recipient_that_is_no_address(node: SandboxProcess, alice: Person) -> None:
    answer = send(node, trx_draft(node, alice, b"\x42" + bytes(20), 1).sign(alice))
    assert answer["message"].endswith("Invalid toAddress!")


def test_it_refuses_trx_to_a_contract(node: SandboxProcess, alice: Person) -> None:
    contract = usdt_draft(node, alice, alice, 1).message.raw_data.contract[0].parameter.value
    answer = send(node, trx_draft(node, alice, contract[25:46], 1).sign(alice))
    assert answer["message"].endswith("Cannot transfer TRX to a smartContract.")


def test_it_refuses_a_sender_that_was_never_activated(
    node: SandboxProcess, nobody: Person, bob: Person
) -> None:
    answer = send(node, trx_draft(node, nobody, bob, 1).sign(nobody))
    assert answer["code"] == "CONTRACT_VALIDATE_ERROR"
    assert answer["message"].endswith(f"account [{nobody.address}] does not exist")


def test_it_refuses_bytes_that_cannot_be_paid_for(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    for _ in range(2):
        settle(node, trx_draft(node, bob, alice, 1), bob)
    settle(node, trx_draft(node, bob, alice, 700_000), bob)
    answer = send(node, trx_draft(node, bob, alice, 1).sign(bob))
    assert answer["code"] == "BANDWITH_ERROR"
    assert answer["message"] == "Account resource insufficient error."


def test_a_memo_burns_one_trx(node: SandboxProcess, alice: Person, bob: Person) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.data = b"rent"
    receipt = settle(node, made, alice)
    assert receipt["fee"] == TRX
    assert receipt["receipt"] == {"net_usage": 273}
    shown = node.post("/wallet/gettransactionbyid", value=made.txid)
    assert shown["raw_data"]["data"] == b"rent".hex()


def test_a_memo_that_cannot_be_paid_for_is_refused(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    settle(node, trx_draft(node, bob, alice, 1), bob)
    made = trx_draft(node, bob, alice, 1)
    made.message.raw_data.data = b"rent"
    assert send(node, made.sign(bob))["code"] == "BANDWITH_ERROR"
