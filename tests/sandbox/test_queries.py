"""Everything else a client asks, in the shapes of java-tron's JSON."""

import json

import pytest

from tests.sandbox.people import TRX, USDT, Person, send, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tron.sandbox.genesis import USDT_ADDRESS, USDT_CONTRACT

ZERO = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"


def read(node: SandboxProcess, function: str, parameter: str = "") -> str:
    """Return the output of a reading function."""
    answer = node.post(
        "/wallet/triggerconstantcontract",
        owner_address=ZERO,
        contract_address=USDT_CONTRACT,
        function_selector=function,
        parameter=parameter,
        visible=True,
    )
    assert answer["result"] == {"result": True}
    return answer["constant_result"][0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("decimals()", 6),
        ("paused()", 0),
        ("basisPointsRate()", 0),
        ("maximumFee()", 0),
        ("deprecated()", 0),
        ("upgradedAddress()", 0),
        ("totalSupply()", 50_000_000_000 * USDT),
    ],
)
def test_the_token_tells_about_itself(node: SandboxProcess, function: str, expected: int) -> None:
    assert int(read(node, function), 16) == expected


def test_texts_are_encoded_as_solidity_does(node: SandboxProcess) -> None:
    assert read(node, "symbol()") == (
        "20".rjust(64, "0") + "4".rjust(64, "0") + b"USDT".hex().ljust(64, "0")
    )


@pytest.mark.parametrize("function", ["isBlackListed(address)", "getBlackListStatus(address)"])
def test_the_blacklist_can_be_asked(node: SandboxProcess, nobody: Person, function: str) -> None:
    parameter = nobody.raw[1:].rjust(32, b"\0").hex()
    assert int(read(node, function, parameter), 16) == 0
    node.post("/sandbox/usdt", blacklist=[nobody.address])
    assert int(read(node, function, parameter), 16) == 1


def test_an_account_that_was_never_activated_is_an_empty_object(
    node: SandboxProcess, nobody: Person
) -> None:
    for query in ("getaccount", "getaccountresource", "getaccountnet"):
        assert node.post(f"/wallet/{query}", address=nobody.hex) == {}


def test_an_account_shows_balance_permissions_and_stakes(
    node: SandboxProcess, alice: Person
) -> None:
    account = node.post("/wallet/getaccount", address=alice.hex)
    assert account["address"] == alice.hex
    assert account["balance"] == 1000 * TRX
    assert account["owner_permission"] == {
        "permission_name": "owner",
        "threshold": 1,
        "keys": [{"address": alice.hex, "weight": 1}],
    }
    (active,) = account["active_permission"]
    assert (active["type"], active["id"]) == ("Active", 2)
    assert account["frozenV2"] == [{}, {"type": "ENERGY"}, {"type": "TRON_POWER"}]
    assert "type" not in account


def test_get_and_post_answer_the_same(node: SandboxProcess, alice: Person) -> None:
    by_get = node.get(f"/wallet/getaccount?address={alice.address}&visible=true")
    assert by_get == node.post("/wallet/getaccount", address=alice.address, visible=True)
    assert by_get["address"] == alice.address


def test_an_address_in_the_wrong_form_is_an_error(node: SandboxProcess, alice: Person) -> None:
    assert "ParseException" in node.post("/wallet/getaccount", address=alice.address)["Error"]
    answer = node.post("/wallet/getaccount", address=alice.hex, visible=True)
    assert "ParseException" in answer["Error"]


def test_resources_show_what_is_used_and_allowed(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    resource = node.post("/wallet/getaccountresource", address=alice.hex)
    assert resource["freeNetLimit"] == 600
    assert 340 <= resource["freeNetUsed"] <= 345
    assert resource["TotalEnergyLimit"] == 180_000_000_000
    assert "EnergyLimit" not in resource


def test_node_info_names_head_and_solid_block(node: SandboxProcess) -> None:
    info, state = node.post("/wallet/getnodeinfo"), node.state()
    assert info["block"] == f"Num:{state['head']['number']},ID:{state['head']['id']}"
    assert info["solidityBlock"] == f"Num:{state['solid']['number']},ID:{state['solid']['id']}"
    assert info["configNodeInfo"]["codeVersion"]


def test_parameters_leave_zero_values_out(node: SandboxProcess) -> None:
    listed = node.post("/wallet/getchainparameters")["chainParameter"]
    values = {row["key"]: row.get("value", 0) for row in listed}
    assert values["getEnergyFee"] == 100
    assert values["getTransactionFee"] == 1000
    assert values["getMemoFee"] == TRX
    assert values["getMaxFeeLimit"] == 15_000 * TRX
    assert {"key": "getAllowPBFT"} in listed
    assert node.post("/wallet/getenergyprices") == {"prices": "0:100"}
    assert node.post("/wallet/getbandwidthprices") == {"prices": "0:1000"}


def test_the_contract_shows_its_interface(node: SandboxProcess, nobody: Person) -> None:
    shown = node.get(f"/wallet/getcontract?value={USDT_ADDRESS.hex()}")
    entries = {entry["name"]: entry for entry in shown["abi"]["entrys"]}
    assert entries["transfer"]["stateMutability"] == "Nonpayable"
    assert entries["balanceOf"]["outputs"] == [{"type": "uint256"}]
    assert entries["Transfer"]["type"] == "Event"
    assert node.post("/wallet/getcontract", value=nobody.hex) == {}
    info = node.post("/wallet/getcontractinfo", value=USDT_CONTRACT, visible=True)
    assert info["contract_state"]["energy_factor"] == 34_000


def test_a_node_builds_a_call_that_needs_only_a_signature(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    answer = node.post(
        "/wallet/triggersmartcontract",
        owner_address=alice.hex,
        contract_address=USDT_ADDRESS.hex(),
        function_selector="transfer(address,uint256)",
        parameter=bob.raw[1:].rjust(32, b"\0").hex() + f"{USDT:064x}",
        fee_limit=100 * TRX,
    )
    built = answer["transaction"]
    digest = bytes.fromhex(built["txID"])
    built["signature"] = [alice.key.sign_recoverable(digest, hasher=None).hex()]
    assert node.post("/wallet/broadcasttransaction", **built)["result"] is True


def test_a_node_builds_a_trx_transfer_with_a_memo(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    request = {"owner_address": alice.address, "to_address": bob.address, "amount": TRX}
    built = node.post("/wallet/createtransaction", **request, extra_data="hello", visible=True)
    assert built["raw_data"]["data"] == b"hello".hex()
    assert built["visible"] is True
    digest = bytes.fromhex(built["txID"])
    built["signature"] = [alice.key.sign_recoverable(digest, hasher=None).hex()]
    assert node.post("/wallet/broadcasttransaction", **built)["result"] is True


def test_a_node_does_not_build_what_it_would_refuse(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    request = {"owner_address": alice.hex, "to_address": bob.hex, "amount": 2000 * TRX}
    assert node.post("/wallet/createtransaction", **request) == {
        "Error": "class org.tron.core.exception.ContractValidateException : "
        "Validate TransferContract error, balance is not sufficient."
    }


def test_getsignweight_and_getapprovedlist_tell_who_has_signed(
    node: SandboxProcess, alice: Person, bob: Person
) -> None:
    request = {"owner_address": alice.hex, "to_address": bob.hex, "amount": TRX}
    built = node.post("/wallet/createtransaction", **request)
    weight = node.post("/wallet/getsignweight", **built)
    assert weight["result"] == {"code": "NOT_ENOUGH_PERMISSION"}
    assert weight["permission"]["keys"] == [{"address": alice.hex, "weight": 1}]
    assert "approved_list" not in weight
    digest = bytes.fromhex(built["txID"])
    built["signature"] = [alice.key.sign_recoverable(digest, hasher=None).hex()]
    weight = node.post("/wallet/getsignweight", **built)
    assert weight["result"] == {}
    assert (weight["approved_list"], weight["current_weight"]) == ([alice.hex], 1)
    approved = node.post("/wallet/getapprovedlist", **built)
    assert (approved["result"], approved["approved_list"]) == ({}, [alice.hex])
    built["signature"] = [bob.key.sign_recoverable(digest, hasher=None).hex()]
    weight = node.post("/wallet/getsignweight", **built)
    assert weight["result"]["code"] == "PERMISSION_ERROR"


def test_getsignweight_of_an_unknown_account_has_no_permission(
    node: SandboxProcess, nobody: Person, bob: Person
) -> None:
    raw = node.post("/wallet/getsignweight", **_transfer_json(node, nobody, bob))
    assert raw["result"] == {"code": "PERMISSION_ERROR", "message": "Account does not exist!"}
    assert "permission" not in raw
    assert len(raw["transaction"]["transaction"]["txID"]) == 64


def _transfer_json(node: SandboxProcess, sender: Person, to: Person) -> dict:
    made = trx_draft(node, sender, to, 1)
    printed = json.loads(send(node, made)["transaction"])
    return {**printed, "visible": True}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (USDT_CONTRACT, {"result": True, "message": "Base58check format"}),
        (USDT_ADDRESS.hex(), {"result": True, "message": "Hex string format"}),
        (USDT_CONTRACT[:-1] + "x", {"result": False, "message": "Invalid address"}),
        ("T", {"result": False, "message": "Length error"}),
    ],
)
def test_addresses_are_validated(node: SandboxProcess, address: str, expected: dict) -> None:
    assert node.post("/wallet/validateaddress", address=address) == expected


def test_unknown_transactions_are_empty_objects(node: SandboxProcess) -> None:
    for prefix in ("wallet", "walletsolidity"):
        assert node.post(f"/{prefix}/gettransactionbyid", value="00" * 32) == {}
        assert node.post(f"/{prefix}/gettransactioninfobyid", value="00" * 32) == {}


def test_the_rest_answers(node: SandboxProcess) -> None:
    assert node.get("/wallet/listnodes")["nodes"]
    assert node.get("/wallet/getnextmaintenancetime")["num"] > node.state()["head_time_ms"]
    assert "burnTrxAmount" in node.get("/wallet/getburntrx")
    assert node.get("/wallet/getmemofee") == {"prices": f"0:{TRX}"}


def test_a_path_that_a_node_does_not_have_is_404(node: SandboxProcess) -> None:
    assert node.call("/wallet/nothing")[0] == 404
    assert node.call("/walletsolidity/broadcasthex", {})[0] == 404


def test_a_body_over_four_mebibytes_is_413(node: SandboxProcess) -> None:
    assert node.call("/wallet/broadcasthex", {"transaction": "00" * 2**22})[0] == 413
