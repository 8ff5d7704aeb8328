"""Contracts of the system as one uses them with curl: built by the node, signed, sent."""

import hashlib
from typing import Any

from tests.sandbox.people import TRX, Person, funded
from tests.sandbox.process import Face

DAY_S = 86_400


def build(node: Face, verb: str, owner: Person, /, **fields: Any) -> Any:
    """Return what a builder answers; addresses are base58check."""
    fields = {"owner_address": owner.address, "visible": True} | fields
    return node.post(f"/wallet/{verb}", **fields)


def refusal(node: Face, verb: str, owner: Person, /, **fields: Any) -> str:
    """Return the reason why a builder refuses."""
    error = build(node, verb, owner, **fields)["Error"]
    prefix = "class org.tron.core.exception.ContractValidateException : "
    assert error.startswith(prefix), error
    return error.removeprefix(prefix)


def signed(node: Face, verb: str, owner: Person, /, *signers: Person, **fields: Any) -> Any:
    """Return a transaction built by the node and signed, by its owner unless told otherwise."""
    tx = build(node, verb, owner, **fields)
    digest = hashlib.sha256(bytes.fromhex(tx["raw_data_hex"])).digest()
    assert tx["txID"] == digest.hex()
    keys = [signer.key for signer in signers or [owner]]
    tx["signature"] = [key.sign_recoverable(digest, hasher=None).hex() for key in keys]
    return tx


def do(node: Face, verb: str, owner: Person, /, *signers: Person, **fields: Any) -> Any:
    """Build, sign, send, mine, and return the receipt."""
    tx = signed(node, verb, owner, *signers, **fields)
    sent = node.post("/wallet/broadcasttransaction", **tx)
    assert sent == {"result": True, "txid": tx["txID"]}, sent
    node.mine()
    return node.info(tx["txID"])


def account_of(node: Face, person: Person, prefix: str = "wallet") -> Any:
    """Return ``getaccount``."""
    return node.post(f"/{prefix}/getaccount", address=person.address, visible=True)


def resources_of(node: Face, person: Person) -> Any:
    """Return ``getaccountresource``."""
    return node.post("/wallet/getaccountresource", address=person.address, visible=True)


def staker(node: Face, energy: int = 0, bandwidth: int = 0, trx: int = 10_000) -> Person:
    """Return a new person who owns this much and has staked a part of it, in whole TRX."""
    person = funded(node, trx=trx)
    for resource, amount in (("ENERGY", energy), ("BANDWIDTH", bandwidth)):
        if amount:
            do(node, "freezebalancev2", person, frozen_balance=amount * TRX, resource=resource)
    return person


def later(node: Face, seconds: int) -> None:
    """Let chain time pass, and make the block that shows it."""
    node.post("/sandbox/step", seconds=seconds)
    node.mine()
