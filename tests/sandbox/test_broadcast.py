"""What a node refuses, in which order, with which words."""

import json
from collections.abc import Callable

from tronpy.proto import tron_pb2

from tests.sandbox.people import (
    TRX,
    USDT,
    Person,
    call_draft,
    draft,
    funded,
    send,
    settle,
    trx_draft,
    usdt_draft,
)
from tests.sandbox.process import SandboxProcess

DAY_MS = 86_400_000


def test_broadcasthex_answers_with_every_key(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX).sign(alice)
    answer = send(node, made)
    printed = json.loads(answer.pop("transaction"))
    assert answer == {"result": True, "code": "SUCCESS", "message": "", "txid": made.txid}
    value = printed["raw_data"]["contract"][0]["parameter"]["value"]
    assert value == {"owner_address": alice.address, "to_address": bob.address, "amount": TRX}
    assert set(printed) == {"raw_data", "signature"}


def test_broadcasttransaction_rebuilds_the_bytes_from_json_and_answers_without_code(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = usdt_draft(node, alice, bob, USDT).sign(alice)
    shown = node.post("/wallet/getsignweight", **_as_json(made, alice))
    transaction = shown["transaction"]["transaction"]
    assert transaction["txID"] == made.txid
    assert transaction["raw_data_hex"] == made.message.raw_data.SerializeToString().hex()
    answer = node.post("/wallet/broadcasttransaction", **_as_json(made, alice))
    assert answer == {"result": True, "txid": made.txid}


def _as_json(made: object, owner: Person) -> dict:
    raw = made.message.raw_data
    call = tron_pb2.TriggerSmartContract.FromString(raw.contract[0].parameter.value)
    return {
        "raw_data": {
            "contract": [
                {
                    "type": "TriggerSmartContract",
                    "parameter": {
                        "type_url": "type.googleapis.com/protocol.TriggerSmartContract",
                        "value": {
                            "owner_address": owner.hex,
                            "contract_address": call.contract_address.hex(),
                            "data": call.data.hex(),
                        },
                    },
                }
            ],
            "ref_block_bytes": raw.ref_block_bytes.hex(),
            "ref_block_hash": raw.ref_block_hash.hex(),
            "expiration": raw.expiration,
            "timestamp": raw.timestamp,
            "fee_limit": raw.fee_limit,
        },
        "signature": [signature.hex() for signature in made.message.signature],
    }


def test_a_base58_address_without_visible_loses_the_contract(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    body = _as_json(usdt_draft(node, alice, bob, USDT).sign(alice), alice)
    value = body["raw_data"]["contract"][0]["parameter"]["value"]
    value["owner_address"] = alice.address
    answer = node.post("/wallet/broadcasttransaction", **body)
    assert answer["code"] == "CONTRACT_VALIDATE_ERROR"
    assert bytes.fromhex(answer["message"]) == b"Contract validate error : No contract!"
    assert "result" not in answer


def test_a_field_lost_in_json_spoils_the_signature(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    body = _as_json(usdt_draft(node, alice, bob, USDT).sign(alice), alice)
    del body["raw_data"]["timestamp"]
    answer = node.post("/wallet/broadcasttransaction", **body, visible=False)
    assert answer["code"] == "SIGERROR"


def test_messages_are_plain_where_the_request_is_visible(node: SandboxProcess) -> None:
    answer = node.post("/wallet/broadcasttransaction", raw_data={}, visible=True)
    assert answer["message"] == "Contract validate error : No contract!"


def test_it_refuses_a_stranger_s_signature(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX).sign(bob)
    answer = send(node, made)
    assert answer["code"] == "SIGERROR"
    assert answer["message"] == (
        f"Validate signature error: {made.txid} is signed by {bob.address} "
        "but it is not contained of permission."
    )


def test_it_refuses_no_signature(node: SandboxProcess, alice: Person, bob: Person) -> None:
    answer = send(node, trx_draft(node, alice, bob, TRX))
    assert answer["message"] == "Validate signature error: miss sig or contract"


def test_it_refuses_two_signatures_of_one_key(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    answer = send(node, trx_draft(node, alice, bob, TRX).sign(alice, alice))
    assert answer["message"].startswith("Validate signature error: Signature count is 2 more than")


def test_it_refuses_more_than_five_signatures(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    answer = send(node, trx_draft(node, alice, bob, TRX).sign(*[alice] * 6))
    assert answer["message"] == "Validate signature error: too many signatures"


def test_it_refuses_a_short_signature(node: SandboxProcess, alice: Person, bob: Person) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.signature.append(b"\1" * 64)
    assert send(node, made)["message"] == "Validate signature error: Signature size is 64"


def test_it_takes_27_and_28_as_the_last_byte_too(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX).sign(alice)
    signature = made.message.signature.pop()
    made.message.signature.append(signature[:64] + bytes([signature[64] + 27]))
    assert send(node, made)["code"] == "SUCCESS"


def test_it_refuses_a_permission_the_account_does_not_have(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.contract[0].Permission_id = 3
    answer = send(node, made.sign(alice))
    assert answer["message"] == "Validate signature error: permission isn't exit"


def test_it_takes_the_default_active_permission(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.contract[0].Permission_id = 2
    assert send(node, made.sign(alice))["code"] == "SUCCESS"


def test_it_refuses_a_reference_to_a_block_of_another_chain(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.ref_block_hash = bytes(8)
    answer = send(node, made.sign(alice))
    assert (answer["code"], answer["message"]) == ("TAPOS_ERROR", "Tapos check error.")


def test_it_refuses_a_reference_to_a_block_to_come(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.ref_block_bytes = b"\xff\xff"
    made.message.raw_data.ref_block_hash = b""
    assert send(node, made.sign(alice))["code"] == "TAPOS_ERROR"


def test_it_takes_the_head_block_as_reference(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    payload = tron_pb2.TransferContract(owner_address=alice.raw, to_address=bob.raw, amount=1)
    made = draft(node, "TransferContract", payload, solid=False)
    assert send(node, made.sign(alice))["code"] == "SUCCESS"


def test_it_refuses_what_expires_before_the_next_block(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.expiration = node.state()["head_time_ms"] + 2_999
    answer = send(node, made.sign(alice))
    assert answer["code"] == "TRANSACTION_EXPIRATION_ERROR"
    assert answer["message"] == "Transaction expired"
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.expiration = node.state()["head_time_ms"] + 3_000
    assert send(node, made.sign(alice))["code"] == "SUCCESS"


def test_it_refuses_what_expires_after_more_than_a_day(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    head_ms = node.state()["head_time_ms"]
    for expiration_ms, code in (
        (head_ms + DAY_MS, "SUCCESS"),
        (head_ms + DAY_MS + 1, "TRANSACTION_EXPIRATION_ERROR"),
    ):
        made = trx_draft(node, alice, bob, TRX)
        made.message.raw_data.expiration = expiration_ms
        assert send(node, made.sign(alice))["code"] == code


def test_it_refuses_the_same_bytes_while_they_are_pending_and_once_they_are_in_a_block(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX).sign(alice)
    assert send(node, made)["code"] == "SUCCESS"
    refusals = [send(node, made)]
    node.mine()
    refusals.append(send(node, made))
    node.mine(30)
    refusals.append(send(node, made))
    assert {(r["code"], r["message"]) for r in refusals} == {
        ("DUP_TRANSACTION_ERROR", "Dup transaction.")
    }


def test_an_included_transaction_sent_after_its_expiration_is_called_expired(
    run: Callable[..., SandboxProcess],
) -> None:
    node = run("--block-ms", "0")
    alice, bob = funded(node, trx=100), funded(node, trx=1)
    made = trx_draft(node, alice, bob, TRX)
    assert settle(node, made, alice)["blockNumber"]
    node.post("/sandbox/step", seconds=60)
    node.mine()
    assert send(node, made)["code"] == "TRANSACTION_EXPIRATION_ERROR"


def test_the_signature_is_checked_before_the_reference_and_that_before_the_duplicate(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    made.message.raw_data.ref_block_hash = bytes(8)
    assert send(node, made.sign(bob))["code"] == "SIGERROR"


def test_it_refuses_two_contracts_in_one_transaction(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = trx_draft(node, alice, bob, TRX)
    raw = made.message.raw_data
    raw.contract.add().CopyFrom(raw.contract[0])
    assert send(node, made.sign(alice))["code"] == "CONTRACT_VALIDATE_ERROR"


def test_it_says_honestly_which_contracts_it_does_not_run(
    node: SandboxProcess, alice: Person
) -> None:
    payload = tron_pb2.TransferAssetContract(owner_address=alice.raw, amount=1)
    made = draft(node, "TransferAssetContract", payload)
    answer = send(node, made.sign(alice))
    assert answer["code"] == "CONTRACT_VALIDATE_ERROR"
    assert "this sandbox does not run TransferAssetContract yet" in answer["message"]


def test_it_refuses_a_call_of_an_address_without_a_contract(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    made = call_draft(node, alice, b"")
    call = tron_pb2.TriggerSmartContract(owner_address=alice.raw, contract_address=bob.raw)
    made.message.raw_data.contract[0].parameter.value = call.SerializeToString()
    answer = send(node, made.sign(alice))
    assert answer["message"].endswith("No contract or not a valid smart contract")


def test_it_refuses_a_transaction_of_half_a_megabyte(node: SandboxProcess, alice: Person) -> None:
    made = call_draft(node, alice, bytes(500 * 1024)).sign(alice)
    assert send(node, made)["code"] == "TOO_BIG_TRANSACTION_ERROR"


def test_it_is_busy_when_its_pool_is_full(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0", "--pool-max", "1")
    alice, bob = funded(node, trx=100), funded(node, trx=1)
    codes = [send(node, trx_draft(node, alice, bob, 1).sign(alice))["code"] for _ in range(3)]
    assert codes == ["SUCCESS", "SUCCESS", "SERVER_BUSY"]
    node.mine()
    assert send(node, trx_draft(node, alice, bob, 1).sign(alice))["code"] == "SUCCESS"


def test_bytes_that_are_no_transaction_are_an_error_with_http_200(node: SandboxProcess) -> None:
    assert (
        "InvalidProtocolBufferException"
        in node.post("/wallet/broadcasthex", transaction="ffff")["Error"]
    )
    assert "ParseException" in node.post("/wallet/broadcasthex", transaction="nothex")["Error"]
    status, body = node.call("/wallet/getblockbynum", ["not", "an", "object"])
    assert (status, "JSONException" in json.loads(body)["Error"]) == (200, True)
