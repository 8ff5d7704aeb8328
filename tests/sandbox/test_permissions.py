"""Who may sign: permissions are changed, several people sign, strangers spoil all."""

import json
from typing import Any

import pytest

from tests.sandbox.people import TRX, Person, funded
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import account_of, build, do, refusal, signed
from tron.sandbox.genesis import WITNESS_KEYS
from tron.sandbox.proto import Transaction

TRANSFERS_ONLY = "02".ljust(64, "0")
PREFIX = "Validate signature error: "


def permission(kind: str, threshold: int, *people: Person, **more: Any) -> dict[str, Any]:
    """Return a permission as it is written; everybody weighs 1."""
    keys = [{"address": person.address, "weight": 1} for person in people]
    name = kind.lower()
    return {"type": kind, "permission_name": name, "threshold": threshold, "keys": keys} | more


def shared(node: SandboxProcess, *people: Person, threshold: int = 2, trx: int = 1000) -> Person:
    """Return an account that its owner and these people share: owner and one active."""
    owner = funded(node, trx=trx)
    group = (owner, *people)
    do(
        node,
        "accountpermissionupdate",
        owner,
        owner=permission("Owner", threshold, *group),
        actives=[permission("Active", threshold, *group, operations=TRANSFERS_ONLY)],
    )
    return owner


def said(node: SandboxProcess, tx: Any) -> str:
    """Broadcast, and return why it is refused, "" if it is not."""
    answer = node.post("/wallet/broadcasttransaction", **tx)
    assert answer.get("result") or answer["code"] == "SIGERROR", answer
    return answer.get("message", "").removeprefix(PREFIX)


def pay(node: SandboxProcess, owner: Person, *signers: Person, number: int = 0) -> Any:
    """Return a signed transfer of 1 TRX to a witness."""
    to = node.get("/wallet/listwitnesses?visible=true")["witnesses"][0]["address"]
    fields = {"to_address": to, "amount": TRX, "Permission_id": number}
    return signed(node, "createtransaction", owner, *signers, **fields)


def test_two_of_three_sign(node: SandboxProcess) -> None:
    bob, carol = Person(), Person()
    alice = shared(node, bob, carol)
    account = account_of(node, alice)
    assert account["balance"] == 900 * TRX
    assert account["owner_permission"] == {
        "permission_name": "owner",
        "threshold": 2,
        "keys": [{"address": p.address, "weight": 1} for p in (alice, bob, carol)],
    }
    (active,) = account["active_permission"]
    assert (active["type"], active["id"], active["operations"]) == ("Active", 2, TRANSFERS_ONLY)
    assert said(node, pay(node, alice, alice)) == "sig error"
    assert said(node, pay(node, alice, carol, number=2)) == "sig error"
    for signers, number in (((alice, bob), 0), ((carol, bob), 2)):
        tx = pay(node, alice, *signers, number=number)
        assert said(node, tx) == ""
        node.mine()
        receipt = node.info(tx["txID"])
        assert receipt["fee"] == TRX + receipt["receipt"].get("net_fee", 0)


def test_strangers_and_repetitions_spoil_all(node: SandboxProcess) -> None:
    bob, mallory = Person(), Person()
    alice = shared(node, bob)
    tx = pay(node, alice, alice, mallory)
    stranger = f"{tx['txID']} is signed by {mallory.address} but it is not contained of permission."
    assert said(node, tx) == stranger
    assert said(node, pay(node, alice, bob, bob)) == f"{bob.address} has signed twice!"
    three = said(node, pay(node, alice, alice, bob, mallory))
    assert three == "Signature count is 3 more than key counts of permission : 2"
    assert said(node, pay(node, alice, *[alice] * 6)) == "too many signatures"
    unsigned = pay(node, alice) | {"signature": []}
    assert said(node, unsigned) == "miss sig or contract"


def test_a_permission_covers_its_operations_only(node: SandboxProcess) -> None:
    bob = Person()
    alice = shared(node, bob, threshold=1)
    assert said(node, pay(node, alice, bob, number=2)) == ""
    stake = signed(node, "freezebalancev2", alice, bob, frozen_balance=TRX, Permission_id=2)
    assert said(node, stake) == "Permission denied"
    assert said(node, pay(node, alice, bob, number=3)) == "permission isn't exit"
    assert said(node, pay(node, alice, bob, number=1)) == "permission isn't exit"


def test_signatures_are_weighed_before_they_are_sent(node: SandboxProcess) -> None:
    bob = Person()
    alice = shared(node, bob)
    half = node.post("/wallet/getsignweight", **pay(node, alice, bob))
    assert half["result"] == {"code": "NOT_ENOUGH_PERMISSION"}
    assert (half["approved_list"], half["current_weight"]) == ([bob.address], 1)
    whole = node.post("/wallet/getsignweight", **pay(node, alice, bob, alice))
    assert (whole["result"], whole["current_weight"]) == ({}, 2)
    assert whole["permission"]["threshold"] == 2
    approved = node.post("/wallet/getapprovedlist", **pay(node, alice, bob, alice))
    assert approved["approved_list"] == [bob.address, alice.address]


def test_old_keys_lose_what_is_pending(node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=1000), Person()
    tx = signed(
        node,
        "accountpermissionupdate",
        alice,
        owner=permission("Owner", 1, bob),
        actives=[permission("Active", 1, bob, operations=TRANSFERS_ONLY)],
    )
    before, after = pay(node, alice), pay(node, alice, bob)
    assert said(node, tx) == ""
    assert "is signed by" in said(node, before)
    # In the block of the change nothing else of this account is packed.
    assert said(node, after) == ""
    node.mine()
    assert node.info(after["txID"]) == {}
    node.mine()
    assert node.info(after["txID"])["blockNumber"] == node.info(tx["txID"])["blockNumber"] + 1


def test_what_only_another_node_has_pending_is_weighed_again(nodes: SandboxProcess) -> None:
    alice, bob, other = funded(nodes, trx=1000), Person(), nodes.face("b")
    kept = pay(nodes, alice)
    nodes.post("/sandbox/faults", node="b", path="wallet/broadcast*", fault="keep_private", times=1)
    assert other.post("/wallet/broadcasttransaction", **kept)["code"].startswith("NOT_ENOUGH")
    pending = "/wallet/gettransactionlistfrompending"
    assert other.get(pending) == {"txId": [kept["txID"]]}
    do(
        nodes,
        "accountpermissionupdate",
        alice,
        owner=permission("Owner", 1, bob),
        actives=[permission("Active", 1, bob, operations=TRANSFERS_ONLY)],
    )
    assert other.get(pending) == {}


def test_a_reorganisation_asks_for_the_signatures_again(node: SandboxProcess) -> None:
    bob = Person()
    alice = shared(node, bob, threshold=1)
    tx = pay(node, alice, bob)
    assert said(node, tx) == ""
    node.mine()
    node.post("/sandbox/reorg", blocks=2, transactions="lost")
    node.mine()
    assert node.info(tx["txID"]) == {}
    assert len(account_of(node, alice)["owner_permission"]["keys"]) == 1
    assert said(node, tx).startswith(tx["txID"] + " is signed by")


def test_an_update_costs_one_hundred_trx(node: SandboxProcess) -> None:
    alice = funded(node, trx=99)
    fields = {
        "owner": permission("Owner", 1, alice),
        "actives": [permission("Active", 1, alice, operations=TRANSFERS_ONLY)],
    }
    tx = signed(node, "accountpermissionupdate", alice, **fields)
    answer = node.post("/wallet/broadcasttransaction", **tx)
    assert answer["code"] == "CONTRACT_EXE_ERROR"
    assert answer["message"].endswith("insufficient balance, balance: 99000000, amount: 100000000")
    node.post("/sandbox/faucet", address=alice.address, trx=2)
    node.mine()
    receipt = do(node, "accountpermissionupdate", alice, **fields)
    assert receipt["fee"] == 100 * TRX


def changed(part: str, **more: Any) -> Any:
    """Return what makes a good update bad, in its owner or its active permission."""
    return lambda fields: (fields[part][0] if part == "actives" else fields[part]).update(more)


def keys(*weights: int) -> list[dict[str, Any]]:
    """Return keys of new people."""
    return [{"address": Person().address, "weight": weight} for weight in weights]


TWICE = [{"address": Person().address, "weight": 1}] * 2
BAD = {
    "owner permission is missed": lambda fields: fields.pop("owner"),
    "active permission is missed": lambda fields: fields.pop("actives"),
    "active permission is too many": lambda fields: fields.update(actives=fields["actives"] * 9),
    "account isn't witness can't set witness permission": lambda fields: fields.update(
        witness=fields["owner"] | {"type": "Witness"}
    ),
    "owner permission type is error": changed("owner", type="Active"),
    "active permission type is error": changed("actives", type="Owner"),
    "number of keys in permission should not be greater than 5": changed(
        "owner", keys=keys(*[1] * 6)
    ),
    "key's count should be greater than 0": changed("owner", keys=[]),
    "permission's threshold should be greater than 0": changed("owner", threshold=0),
    "permission's name is too long": changed("owner", permission_name="n" * 33),
    "permission's parent should be owner": changed("owner", parent_id=1),
    "address should be distinct in permission Owner": changed("owner", keys=TWICE),
    "key's weight should be greater than 0": changed("actives", keys=keys(0)),
    "sum of all key's weight should not be less than threshold in permission Active": changed(
        "actives", threshold=9
    ),
    "Owner permission needn't operations": changed("owner", operations=TRANSFERS_ONLY),
    "operations size must 32": changed("actives", operations="02"),
    "7 isn't a validate ContractType": changed("actives", operations="80".ljust(64, "0")),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_permission_is_refused(node: SandboxProcess, alice: Person, reason: str) -> None:
    fields: dict[str, Any] = {
        "owner": permission("Owner", 1, alice),
        "actives": [permission("Active", 1, alice, operations=TRANSFERS_ONLY)],
    }
    assert "Error" not in build(node, "accountpermissionupdate", alice, **fields)
    BAD[reason](fields)
    assert refusal(node, "accountpermissionupdate", alice, **fields) == reason


def test_it_needs_an_account(node: SandboxProcess, nobody: Person) -> None:
    reason = refusal(node, "accountpermissionupdate", nobody)
    assert reason == "ownerAddress account does not exist"


def test_a_witness_has_a_permission_for_its_blocks(node: SandboxProcess) -> None:
    witness, producer = Person(WITNESS_KEYS[5]), Person()
    node.post("/sandbox/faucet", address=witness.address, trx=500)
    node.mine()
    fields = {
        "owner": permission("Owner", 1, witness),
        "actives": [permission("Active", 1, witness, operations=TRANSFERS_ONLY)],
    }
    assert refusal(node, "accountpermissionupdate", witness, **fields) == (
        "witness permission is missed"
    )
    for wrong, reason in (
        (permission("Owner", 1, producer), "witness permission type is error"),
        (permission("Witness", 1, producer, witness), "Witness permission's key count should be 1"),
    ):
        given = fields | {"witness": wrong}
        assert refusal(node, "accountpermissionupdate", witness, **given) == reason
    fields |= {"witness": permission("Witness", 1, producer)}
    tx = signed(node, "accountpermissionupdate", witness, **fields)
    raw = Transaction(raw_data=Transaction().raw_data.FromString(bytes.fromhex(tx["raw_data_hex"])))
    raw.signature.append(bytes.fromhex(tx["signature"][0]))
    sent = node.post("/wallet/broadcasthex", transaction=raw.SerializeToString().hex())
    assert sent["result"] is True
    (printed,) = json.loads(sent["transaction"])["raw_data"]["contract"]
    assert printed["parameter"]["value"]["witness"]["keys"][0]["address"] == producer.address
    node.mine()
    account = account_of(node, witness)
    assert account["is_witness"] is True
    shown = account["witness_permission"]
    assert (shown["type"], shown["id"], shown["threshold"]) == ("Witness", 1, 1)
    assert account["active_permission"][0]["id"] == 2
    assert said(node, pay(node, witness, producer, number=1)) == "Permission type is error"
