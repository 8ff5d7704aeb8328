"""What a transfer costs on this chain, what an account has staked for it, what the token allows.

Asked before signing, of the head and not of the solid block: it is about the next minute. It is
advice. The receipt decides.
"""

from dataclasses import dataclass
from typing import Any

from tron.address import address_parse
from tron.blocks import reading
from tron.errors import OutcomeUnknown
from tron.node import Node
from tron.trc20 import word_of_address

# Selectors: keccak256 of the signature, as in the TetherToken contract.
PAUSED = bytes.fromhex("5c975abb")  # paused()
DEPRECATED = bytes.fromhex("0e136b19")  # deprecated()
BASIS_POINTS_RATE = bytes.fromhex("dd644f72")  # basisPointsRate()
MAXIMUM_FEE = bytes.fromhex("35390714")  # maximumFee()
IS_BLACKLISTED = bytes.fromhex("e47d6060")  # isBlackListed(address)
LONG_MAX = 2**63 - 1  # java-tron counts in longs


@dataclass(frozen=True)
class Prices:
    """What is burned where resources are missing, and the most a transaction may allow for it."""

    energy_sun: int
    bandwidth_sun: int  # a byte
    fee_limit_max_sun: int
    memo_fee_sun: int = 0
    multi_sign_sun: int = 0  # of a transaction with more than one signature
    permission_sun: int = 0  # of setting an account's permissions
    new_account_sun: int = 0  # of a TRX transfer to an address that was never used


# The others may be switched off, and are 0 then.
NEEDED_KEYS = ("getEnergyFee", "getTransactionFee", "getMaxFeeLimit")
NEW_ACCOUNT_KEYS = ("getCreateAccountFee", "getCreateNewAccountFeeInSystemContract")
FEE_KEYS = ("getMemoFee", "getMultiSignFee", "getUpdateAccountPermissionFee", *NEW_ACCOUNT_KEYS)


@dataclass(frozen=True)
class Resources:
    """What an account has left of its stake, and of what is free every day."""

    energy: int = 0
    bandwidth: int = 0
    free_bandwidth: int = 0
    energy_daily: int = 0  # what ``energy`` is when nothing of it is used


@dataclass(frozen=True)
class Token:
    """What the token's owner has switched on, as far as it stops or changes transfers."""

    is_paused: bool = False
    is_deprecated: bool = False
    takes_fee: bool = False
    sender_is_blacklisted: bool = False


async def prices_of(node: Node) -> Prices:
    """Return the chain's prices in sun (java-tron ``Wallet.getChainParameters``).

    Raises ``OutcomeUnknown`` when one is missing or not above 0: it would make a worthless
    fee limit.
    """
    answer = await node.call("wallet/getchainparameters")
    with reading("chain parameters"):
        values = {item["key"]: int(item.get("value", 0)) for item in answer["chainParameter"]}
    missing = [name for name in NEEDED_KEYS if values.get(name, 0) <= 0]
    missing += [name for name in FEE_KEYS if values.get(name, 0) < 0]
    if missing:
        raise OutcomeUnknown(f"no chain parameter {', '.join(missing)}", node=node.name)
    return Prices(
        energy_sun=values["getEnergyFee"],
        bandwidth_sun=values["getTransactionFee"],
        fee_limit_max_sun=values["getMaxFeeLimit"],
        memo_fee_sun=values.get("getMemoFee", 0),
        multi_sign_sun=values.get("getMultiSignFee", 0),
        permission_sun=values.get("getUpdateAccountPermissionFee", 0),
        new_account_sun=sum(values.get(name, 0) for name in NEW_ACCOUNT_KEYS),
    )


async def resources_of(node: Node, address: str) -> Resources:
    """Return what an account can use now without burning TRX; nothing for one not activated.

    Limits and usage as java-tron's ``GetAccountResourceServlet`` shows them: what is 0 is absent.
    Raises ``OutcomeUnknown`` for an answer that cannot be read.
    """
    body = {"address": address_parse(address).hex()}
    answer = await node.call("wallet/getaccountresource", body)
    with reading("account resources"):
        return Resources(
            energy=_left(answer, "EnergyLimit", "EnergyUsed"),
            bandwidth=_left(answer, "NetLimit", "NetUsed"),
            free_bandwidth=_left(answer, "freeNetLimit", "freeNetUsed"),
            energy_daily=_counted(answer, "EnergyLimit"),
        )


def _left(answer: dict[str, Any], limit: str, used: str) -> int:
    return max(0, _counted(answer, limit) - _counted(answer, used))


def _counted(answer: dict[str, Any], name: str) -> int:
    units = max(0, int(answer.get(name, 0)))
    if units > LONG_MAX:
        raise ValueError(f"{name} of {units}")
    return units


async def token_of(node: Node, *, contract: str, sender: str) -> Token:
    """Return what the token would do to transfers of this sender. Raises ``NodeError``."""

    async def told(data: bytes) -> bool:
        return await _number(node, contract, sender, data) != 0

    return Token(
        is_paused=await told(PAUSED),
        is_deprecated=await told(DEPRECATED),
        # Either is enough: whoever sets the one is about to set the other.
        takes_fee=await told(BASIS_POINTS_RATE) or await told(MAXIMUM_FEE),
        sender_is_blacklisted=await told(IS_BLACKLISTED + word_of_address(sender)),
    )


async def is_blacklisted(node: Node, *, contract: str, asker: str, address: str) -> bool:
    """Return whether the token's owner has frozen what this address has or receives."""
    return await _number(node, contract, asker, IS_BLACKLISTED + word_of_address(address)) != 0


async def is_contract(node: Node, address: str) -> bool:
    """Return whether code, and nobody with a key, decides what becomes of money sent there.

    java-tron's ``getcontract`` answers ``{}`` for every other address. Raises ``NodeError``.
    """
    answer = await node.call("wallet/getcontract", {"value": address_parse(address).hex()})
    with reading("a contract"):
        return bool(answer.get("contract_address") or answer.get("bytecode"))


async def _number(node: Node, contract: str, asker: str, data: bytes) -> int:
    """Return the first word a read of the contract gives; 0 when it has no such function.

    A token without blacklist, pause or fee reverts when asked for them, and has none of them.
    """
    answer = await node.constant_call("wallet", asker, contract, data.hex())
    with reading("a read of the token"):
        if answer["transaction"]["ret"][0].get("ret") == "FAILED":
            return 0
        return int(answer["constant_result"][0][:64], 16)
