"""The part of the TRC20 standard that is spoken here: call data, return words and logs.

Selectors are the first four bytes of keccak256 of the signature, topics the whole hash.
"""

from dataclasses import dataclass
from typing import Any

from tron.address import address_from_body, address_parse

TRANSFER = bytes.fromhex("a9059cbb")  # transfer(address,uint256)
APPROVE = bytes.fromhex("095ea7b3")  # approve(address,uint256)
BALANCE_OF = bytes.fromhex("70a08231")  # balanceOf(address)
TRANSFER_TOPIC = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
APPROVAL_TOPIC = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
UINT256_MAX = 2**256 - 1


class MalformedCall(ValueError):
    """These bytes are not the TRC20 call they should be."""


@dataclass(frozen=True)
class TransferLog:
    """One ``Transfer(from, to, value)`` of a receipt, addresses in base58check."""

    contract: str
    sender: str
    recipient: str
    amount: int


def word_of_address(address: str) -> bytes:
    """Return the address as a 32-byte ABI word: twelve zero bytes, then its 20-byte body."""
    return bytes(12) + address_parse(address)[1:]


def word_of_amount(amount: int) -> bytes:
    """Return the amount (base units, 0 … 2²⁵⁶−1) as a 32-byte ABI word."""
    if not 0 <= amount <= UINT256_MAX:
        raise MalformedCall(f"amount {amount} does not fit a uint256")
    return amount.to_bytes(32, "big")


def transfer_data(recipient: str, amount: int) -> bytes:
    """Return the call data of ``transfer(recipient, amount)``; the amount is in base units."""
    return TRANSFER + word_of_address(recipient) + word_of_amount(amount)


def approve_data(spender: str, amount: int) -> bytes:
    """Return the call data of ``approve(spender, amount)``; 0 takes the allowance back."""
    return APPROVE + word_of_address(spender) + word_of_amount(amount)


def transfer_parse(data: bytes) -> tuple[str, int]:
    """Return (recipient, amount in base units) of a ``transfer`` call, or raise ``MalformedCall``.

    Strict on purpose: bytes that a contract would also accept, such as dirty upper bytes of an
    address, are never built here, so meeting them means that something is wrong.
    """
    if len(data) != 68 or data[:4] != TRANSFER or data[4:16] != bytes(12):
        raise MalformedCall(data.hex())
    return address_from_body(data[16:36]), int.from_bytes(data[36:68], "big")


def balance_of_data(owner: str) -> bytes:
    """Return the call data of ``balanceOf(owner)``."""
    return BALANCE_OF + word_of_address(owner)


def transfer_logs(receipt: dict[str, Any], contract: str) -> list[TransferLog]:
    """Return the Transfer logs one contract wrote into a receipt (hex form), in order.

    Other contracts' logs are not even parsed: anybody can deploy one that writes nonsense.
    Raises ``MalformedCall`` when a log of this contract cannot be read.
    """
    return [
        TransferLog(contract, address_from_body(sender), address_from_body(recipient), amount)
        for sender, recipient, amount in transfer_bodies(receipt, address_parse(contract)[1:].hex())
    ]


def transfer_bodies(receipt: dict[str, Any], contract_body: str) -> list[tuple[bytes, bytes, int]]:
    """Return (sender, recipient, amount) of the logs that ``transfer_logs`` returns.

    Addresses as in the log, 20 bytes, and the contract's in hex: of a busy block's hundreds of
    transfers few are looked at, and writing all their addresses for people takes longest.
    """
    return _bodies(receipt, contract_body, TRANSFER_TOPIC)


def approval_bodies(receipt: dict[str, Any], contract_body: str) -> list[tuple[bytes, bytes, int]]:
    """Return (owner, spender, amount) of the Approval logs one contract wrote into a receipt."""
    return _bodies(receipt, contract_body, APPROVAL_TOPIC)


def _bodies(
    receipt: dict[str, Any], contract_body: str, topic: str
) -> list[tuple[bytes, bytes, int]]:
    return [
        _log_of_two(log)
        for log in receipt.get("log", [])
        if log.get("address") == contract_body and (log.get("topics") or [""])[0] == topic
    ]


def _log_of_two(log: dict[str, Any]) -> tuple[bytes, bytes, int]:
    try:
        _, sender, recipient = log["topics"]
        amount = int.from_bytes(_word(log["data"]), "big")
        return _body_of_word(_word(sender)), _body_of_word(_word(recipient)), amount
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedCall(f"a log of {log.get('address')} cannot be read") from error


def _word(text: str) -> bytes:
    word = bytes.fromhex(text)
    if len(word) != 32 or len(text) != 64:
        raise MalformedCall(f"not a word of 32 bytes: {text}")
    return word


def _body_of_word(word: bytes) -> bytes:
    if any(word[:12]):
        raise MalformedCall(f"not an address: {word.hex()}")
    return word[12:]
