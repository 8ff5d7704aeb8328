"""Sending TRX, and making accounts.

Texts: java-tron ``TransferActuator``, ``CreateAccountActuator``.
"""

from typing import Any

from tron.sandbox import parameters as p
from tron.sandbox.actuators.checks import Actuator, address_valid, require
from tron.sandbox.errors import ContractInvalid
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import Account
from tron.sandbox.resources import balance_add, burn
from tron.sandbox.state import State


def _fee_sun(state: State, recipient: bytes) -> int:
    return p.CREATE_ACCOUNT_FEE_SUN if state.account(recipient) is None else 0


def _transfer_check(state: State, payload: Any, now_ms: int) -> None:
    owner, to, amount = payload.owner_address, payload.to_address, payload.amount
    require(address_valid(owner), "Invalid ownerAddress!")
    require(address_valid(to), "Invalid toAddress!")
    require(owner != to, "Cannot transfer TRX to yourself.")
    sender, recipient = state.account(owner), state.account(to)
    if sender is None:
        raise ContractInvalid("Validate TransferContract error, no OwnerAccount.")
    require(amount > 0, "Amount must be greater than 0.")
    if recipient is not None and recipient.is_contract:
        raise ContractInvalid("Cannot transfer TRX to a smartContract.")
    require(
        sender.balance_sun >= amount + _fee_sun(state, to),
        "Validate TransferContract error, balance is not sufficient.",
    )


def _transfer(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    sender, recipient = payload.owner_address, payload.to_address
    fee_sun = _fee_sun(state, recipient)
    if fee_sun:
        state.account_put(recipient, Account(created_at_ms=now_ms))
        burn(state, sender, fee_sun)
        receipt.system_fee_sun = fee_sun
    balance_add(state, sender, -payload.amount)
    balance_add(state, recipient, payload.amount)


def _create_check(state: State, payload: Any, now_ms: int) -> None:
    require(address_valid(payload.owner_address), "Invalid ownerAddress")
    owner = state.account(payload.owner_address)
    if owner is None:
        raise ContractInvalid(f"Account[{payload.owner_address.hex()}] not exists")
    require(
        owner.balance_sun >= p.CREATE_ACCOUNT_FEE_SUN,
        "Validate CreateAccountActuator error, insufficient fee.",
    )
    require(address_valid(payload.account_address), "Invalid account address")
    require(state.account(payload.account_address) is None, "Account has existed")


def _create(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    burn(state, payload.owner_address, p.CREATE_ACCOUNT_FEE_SUN)
    state.account_put(payload.account_address, Account(created_at_ms=now_ms))
    receipt.system_fee_sun = p.CREATE_ACCOUNT_FEE_SUN


TRANSFER = Actuator(_transfer_check, _transfer)
CREATE = Actuator(_create_check, _create)
