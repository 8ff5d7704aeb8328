"""What a node says to every bad stake, delegation, vote: to a builder and to a broadcast."""

from collections.abc import Callable
from typing import Any

import pytest
from tronpy import Tron
from tronpy.exceptions import ValidationError
from tronpy.providers import HTTPProvider

from tests.sandbox.people import TRX, Person, funded
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import refusal, staker
from tests.sandbox.test_tronpy import key
from tron.sandbox.genesis import USDT_ADDRESS, WITNESSES

CONTRACTS = {
    "freezebalancev2": "FreezeBalanceV2Contract",
    "unfreezebalancev2": "UnfreezeBalanceV2Contract",
    "withdrawexpireunfreeze": "WithdrawExpireUnfreezeContract",
    "cancelallunfreezev2": "CancelAllUnfreezeV2Contract",
    "delegateresource": "DelegateResourceContract",
    "undelegateresource": "UnDelegateResourceContract",
    "votewitnessaccount": "VoteWitnessContract",
    "withdrawbalance": "WithdrawBalanceContract",
}
NOWHERE = "41" + "07" * 20
SHORT = "41" + "07" * 19


class World:
    """Alice with stakes of both kinds, Bob with an account, a client of theirs."""

    def __init__(self, node: SandboxProcess) -> None:
        self.node = node
        self.tron = Tron(HTTPProvider(node.url))
        self.alice = staker(node, energy=100, bandwidth=50, trx=1000)
        self.bob = funded(node, trx=10)


@pytest.fixture(scope="module")
def world(node: SandboxProcess) -> World:
    """One world for all: nothing here succeeds."""
    return World(node)


def votes(*pairs: tuple[str, int]) -> Any:
    """Return votes as they are written."""
    return [{"vote_address": address, "vote_count": count} for address, count in pairs]


def lend(receiver: str = "", balance: int = TRX, resource: str = "ENERGY", **more: Any) -> Any:
    """Return the fields of a delegation to Bob unless told otherwise."""
    fields = {"receiver_address": receiver, "balance": balance, "resource": resource} | more
    return lambda world: fields | {"receiver_address": receiver or world.bob.hex}


Fields = dict[str, Any] | Callable[[World], dict[str, Any]]
TOO_MUCH = "delegateBalance must be less than or equal to available {} balance"
LOCK = "The lock period of delegate resource cannot be less than 0 and cannot exceed 864000!"
WITNESS = WITNESSES[0].hex()
CASES: list[tuple[str, Fields, str]] = [
    ("freezebalancev2", {"frozen_balance": 0}, "frozenBalance must be positive"),
    ("freezebalancev2", {"frozen_balance": -5}, "frozenBalance must be positive"),
    (
        "freezebalancev2",
        {"frozen_balance": TRX - 1},
        "frozenBalance must be greater than or equal to 1 TRX",
    ),
    (
        "freezebalancev2",
        {"frozen_balance": 2000 * TRX},
        "frozenBalance must be less than or equal to accountBalance",
    ),
    (
        "freezebalancev2",
        {"frozen_balance": TRX, "resource": "TRON_POWER"},
        "ResourceCode error, valid ResourceCode[BANDWIDTH、ENERGY]",
    ),
    (
        "unfreezebalancev2",
        {"unfreeze_balance": 0, "resource": "ENERGY"},
        "Invalid unfreeze_balance, [0] is error",
    ),
    (
        "unfreezebalancev2",
        {"unfreeze_balance": 50 * TRX + 1},
        "Invalid unfreeze_balance, [50000001] is error",
    ),
    ("withdrawexpireunfreeze", {}, "no unFreeze balance to withdraw "),
    ("cancelallunfreezev2", {}, "No unfreezeV2 list to cancel"),
    (
        "delegateresource",
        lend(balance=TRX - 1),
        "delegateBalance must be greater than or equal to 1 TRX",
    ),
    ("delegateresource", lend(balance=101 * TRX), TOO_MUCH.format("FreezeEnergyV2")),
    (
        "delegateresource",
        lend(balance=51 * TRX, resource="BANDWIDTH"),
        TOO_MUCH.format("FreezeBandwidthV2"),
    ),
    ("delegateresource", lend(SHORT), "Invalid receiverAddress"),
    ("delegateresource", lend(NOWHERE), f"Account[{NOWHERE}] not exists"),
    (
        "delegateresource",
        lend(USDT_ADDRESS.hex()),
        "Do not allow delegate resources to contract addresses",
    ),
    ("delegateresource", lend(lock=True, lock_period=864_001), LOCK),
    ("delegateresource", lend(lock=True, lock_period=-1), LOCK),
    ("undelegateresource", lend(SHORT), "Invalid receiverAddress"),
    ("undelegateresource", lend(), "delegated Resource does not exist"),
    ("votewitnessaccount", {"votes": []}, "VoteNumber must more than 0"),
    (
        "votewitnessaccount",
        {"votes": votes(*[(WITNESS, 1)] * 31)},
        "VoteNumber more than maxVoteNumber 30",
    ),
    ("votewitnessaccount", {"votes": votes((SHORT, 1))}, "Invalid vote address!"),
    ("votewitnessaccount", {"votes": votes((WITNESS, 0))}, "vote count must be greater than 0"),
    ("votewitnessaccount", {"votes": votes((NOWHERE, 1))}, f"Account[{NOWHERE}] not exists"),
    (
        "votewitnessaccount",
        lambda world: {"votes": votes((world.bob.hex, 1))},
        "Witness[{bob}] not exists",
    ),
    (
        "votewitnessaccount",
        {"votes": votes((WITNESS, 100), (WITNESSES[1].hex(), 51))},
        "The total number of votes[151000000] is greater than the tronPower[150000000]",
    ),
    ("withdrawbalance", {}, "witnessAccount does not have any reward"),
]


def broadcast_reason(world: World, contract: str, owner: Person, fields: dict[str, Any]) -> str:
    """Return why the node refuses a signed transaction that tronpy built."""
    payload = {"owner_address": owner.hex} | fields
    tx = world.tron.trx._build_transaction(contract, payload).build().sign(key(owner))
    with pytest.raises(ValidationError) as caught:
        tx.broadcast()
    return str(caught.value).removeprefix("Contract validate error : ")


@pytest.mark.parametrize(
    ("verb", "fields", "reason"), CASES, ids=[f"{case[0]}-{case[2][:40]}" for case in CASES]
)
def test_it_is_refused(world: World, verb: str, fields: Fields, reason: str) -> None:
    given = fields(world) if callable(fields) else fields
    reason = reason.format(bob=world.bob.hex) if "{bob}" in reason else reason
    hexed = {"visible": False, "owner_address": world.alice.hex}
    assert refusal(world.node, verb, world.alice, **hexed, **given) == reason
    assert broadcast_reason(world, CONTRACTS[verb], world.alice, given) == reason


def test_nobody_lends_to_oneself(world: World) -> None:
    for verb in ("delegateresource", "undelegateresource"):
        fields = {"receiver_address": world.alice.address, "balance": TRX, "resource": "ENERGY"}
        reason = refusal(world.node, verb, world.alice, **fields)
        assert reason == "receiverAddress must not be the same as ownerAddress"


def test_who_has_nothing_staked_has_nothing_to_take_out(world: World) -> None:
    for resource, name in (("BANDWIDTH", "BANDWIDTH"), ("ENERGY", "Energy")):
        fields = {"unfreeze_balance": TRX, "resource": resource}
        reason = refusal(world.node, "unfreezebalancev2", world.bob, **fields)
        assert reason == f"no frozenBalance({name})"


@pytest.mark.parametrize("verb", [verb for verb in CONTRACTS if verb != "votewitnessaccount"])
def test_an_account_must_exist(node: SandboxProcess, nobody: Person, verb: str) -> None:
    assert refusal(node, verb, nobody) == f"Account[{nobody.hex}] not exists"
    hexed = {"visible": False, "owner_address": SHORT}
    assert refusal(node, verb, nobody, **hexed) == "Invalid address"


def test_more_than_was_lent_is_not_taken_back(node: SandboxProcess) -> None:
    alice, bob = staker(node, bandwidth=1000), funded(node, trx=1)
    tron = Tron(HTTPProvider(node.url))
    built = tron.trx.delegate_resource(alice.address, bob.address, 5 * TRX, "BANDWIDTH").build()
    built.sign(key(alice)).broadcast()
    fields = {"receiver_address": bob.address, "resource": "BANDWIDTH"}
    reason = refusal(node, "undelegateresource", alice, balance=6 * TRX, **fields)
    assert reason == (
        "insufficient delegatedFrozenBalance(BANDWIDTH), request=6000000, unlock_balance=5000000"
    )
    reason = refusal(node, "undelegateresource", alice, balance=0, **fields)
    assert reason == "unDelegateBalance must be more than 0 TRX"


def test_a_witness_of_the_first_block_withdraws_nothing(node: SandboxProcess) -> None:
    fields = {"visible": False, "owner_address": WITNESS}
    reason = refusal(node, "withdrawbalance", Person(), **fields)
    assert reason == (
        f"Account[{WITNESS}] is a guard representative and is not allowed to withdraw Balance"
    )
