"""What an actuator is, and what several of them check, in the words of java-tron."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tron.sandbox.errors import ContractInvalid
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import RESOURCES, Account
from tron.sandbox.state import State

Check = Callable[[State, Any, int], None]
Apply = Callable[[State, Any, Receipt, int], None]


class Actuator(NamedTuple):
    """One type of contract.

    ``check`` takes a state, the contract and the head block's time, and raises
    ``ContractInvalid``. ``apply`` executes what was checked, and writes into the receipt.
    """

    check: Check
    apply: Apply


def require(condition: bool, reason: str) -> None:
    """Raise ``ContractInvalid`` with this reason unless the condition holds."""
    if not condition:
        raise ContractInvalid(reason)


def address_valid(address: bytes) -> bool:
    """Say whether these are 21 bytes with the prefix of an address."""
    return len(address) == 21 and address[:1] == b"\x41"


def account_required(state: State, address: bytes) -> Account:
    """Return an account that must exist; raises ``ContractInvalid``."""
    account = state.account(address)
    if account is None:
        raise ContractInvalid(f"Account[{address.hex()}] not exists")
    return account


def owner_required(state: State, payload: Any) -> Account:
    """Return the account of the one who acts; raises ``ContractInvalid``."""
    require(address_valid(payload.owner_address), "Invalid address")
    return account_required(state, payload.owner_address)


def resource_check(resource: int) -> None:
    """Refuse what is neither bandwidth nor energy."""
    known = range(len(RESOURCES))
    require(resource in known, "ResourceCode error, valid ResourceCode[BANDWIDTH、ENERGY]")
