"""Lending resources and taking them back."""

from typing import Any

import pytest

from tests.sandbox.people import TRX, USDT, Person, funded, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import (
    DAY_S,
    account_of,
    do,
    later,
    refusal,
    resources_of,
    staker,
)


def lend(node: SandboxProcess, giver: Person, taker: Person, trx: int, **fields: Any) -> Any:
    """Delegate energy, and return the receipt."""
    fields = {"resource": "ENERGY", "balance": trx * TRX} | fields
    return do(node, "delegateresource", giver, receiver_address=taker.address, **fields)


def between(node: SandboxProcess, giver: Person, taker: Person, prefix: str = "wallet") -> Any:
    """Return ``getdelegatedresourcev2``."""
    asked = {"fromAddress": giver.address, "toAddress": taker.address, "visible": True}
    return node.post(f"/{prefix}/getdelegatedresourcev2", **asked)


def most(node: SandboxProcess, giver: Person, kind: int) -> int:
    """Return ``getcandelegatedmaxsize``."""
    asked = {"owner_address": giver.address, "type": kind, "visible": True}
    return node.post("/wallet/getcandelegatedmaxsize", **asked).get("max_size", 0)


def test_delegated_energy_is_the_receivers(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=8000), funded(node, trx=10, usdt=10)
    lend(node, alice, bob, 7000)
    account, borrower = account_of(node, alice), account_of(node, bob)
    assert account["frozenV2"][1] == {"type": "ENERGY", "amount": 1000 * TRX}
    assert account["account_resource"]["delegated_frozenV2_balance_for_energy"] == 7000 * TRX
    acquired = "acquired_delegated_frozenV2_balance_for_energy"
    assert borrower["account_resource"][acquired] == 7000 * TRX
    assert resources_of(node, alice)["tronPowerLimit"] == 8000
    assert "tronPowerLimit" not in resources_of(node, bob)
    assert resources_of(node, bob)["EnergyLimit"] == 7000 * 180 // 19
    receipt = settle(node, usdt_draft(node, bob, alice, USDT), bob)
    assert receipt["receipt"]["energy_usage"] == 7000 * 180 // 19
    assert between(node, alice, bob) == {
        "delegatedResource": [
            {"from": alice.address, "to": bob.address, "frozen_balance_for_energy": 7000 * TRX}
        ]
    }
    index = node.post("/wallet/getdelegatedresourceaccountindexv2", value=bob.address, visible=True)
    assert index == {"account": bob.address, "fromAccounts": [alice.address]}
    node.mine(19)
    assert between(node, alice, bob, "walletsolidity") == between(node, alice, bob)
    hexed = node.post("/wallet/getdelegatedresourceaccountindexv2", value=alice.hex)
    assert hexed == {"account": alice.hex, "toAccounts": [bob.hex]}


def test_taking_back_moves_the_usage_along(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=8000), funded(node, trx=10, usdt=10)
    lend(node, alice, bob, 8000)
    settle(node, usdt_draft(node, bob, alice, USDT), bob)
    used = resources_of(node, bob)["EnergyUsed"]
    assert used == 8000 * 180 // 19  # all of it
    fields = {"receiver_address": bob.address, "resource": "ENERGY"}
    do(node, "undelegateresource", alice, balance=2000 * TRX, **fields)
    quarter = resources_of(node, alice)["EnergyUsed"]
    assert quarter == pytest.approx(used / 4, abs=2)
    assert resources_of(node, bob)["EnergyUsed"] == pytest.approx(used * 3 / 4, abs=2)
    do(node, "undelegateresource", alice, balance=6000 * TRX, **fields)
    assert resources_of(node, alice)["EnergyUsed"] == pytest.approx(used, abs=3)
    assert "EnergyUsed" not in resources_of(node, bob)
    assert between(node, alice, bob) == {}
    index = node.post(
        "/wallet/getdelegatedresourceaccountindexv2", value=alice.address, visible=True
    )
    assert index == {"account": alice.address}


def test_only_what_is_not_used_can_be_delegated(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=8000, bandwidth=1500), funded(node, trx=10)
    node.post("/sandbox/faucet", address=alice.address, usdt=10)
    node.mine()
    assert most(node, alice, 1) == 8000 * TRX
    # A delegation of bandwidth takes bandwidth itself.
    assert most(node, alice, 0) < 1500 * TRX - 275 * TRX // 2
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    assert most(node, alice, 1) == 0
    later(node, DAY_S // 2)
    left = most(node, alice, 1)
    assert 0 < left < 8000 * TRX
    reason = refusal(
        node,
        "delegateresource",
        alice,
        receiver_address=bob.address,
        resource="ENERGY",
        balance=left + TRX,
    )
    expected = "delegateBalance must be less than or equal to available FreezeEnergyV2 balance"
    assert reason == expected
    lend(node, alice, bob, left // TRX)


def test_a_lock_holds_until_its_time_is_over(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=100), funded(node, trx=10)
    lend(node, alice, bob, 30, lock=True, lock_period=28_800)
    lend(node, alice, bob, 10)
    free, locked = between(node, alice, bob)["delegatedResource"]
    assert free["frozen_balance_for_energy"] == 10 * TRX
    assert locked["frozen_balance_for_energy"] == 30 * TRX
    head_ms = node.state()["head_time_ms"]
    assert 0 < locked["expire_time_for_energy"] - head_ms <= DAY_S * 1000
    fields = {"receiver_address": bob.address, "resource": "ENERGY", "balance": 40 * TRX}
    assert refusal(node, "undelegateresource", alice, **fields) == (
        f"insufficient delegateFrozenBalance(Energy), request={40 * TRX}, unlock_balance={10 * TRX}"
    )
    shorter = refusal(
        node, "delegateresource", alice, **(fields | {"lock": True, "lock_period": 10})
    )
    assert shorter.startswith(
        "The lock period for ENERGY this time cannot be less than the remaining time["
    )
    assert shorter.endswith("ms] of the last lock period for ENERGY!")
    later(node, DAY_S + 1)
    do(node, "undelegateresource", alice, **fields)
    assert between(node, alice, bob) == {}


def test_a_lock_without_a_period_lasts_three_days(node: SandboxProcess) -> None:
    alice, bob = staker(node, bandwidth=100), funded(node, trx=10)
    head_ms = node.state()["head_time_ms"]
    lend(node, alice, bob, 30, lock=True, resource="BANDWIDTH")
    (locked,) = between(node, alice, bob)["delegatedResource"]
    assert locked["expire_time_for_bandwidth"] == head_ms + 3 * DAY_S * 1000


def test_borrowed_bandwidth_pays_for_transactions(node: SandboxProcess) -> None:
    alice, bob = staker(node, bandwidth=2000), funded(node, trx=10)
    lend(node, alice, bob, 1500, resource="BANDWIDTH")
    limit = 1500 * 432 // 260
    assert resources_of(node, bob)["NetLimit"] == limit
    for _ in range(limit // 267):
        receipt = settle(node, trx_draft(node, bob, alice, 1), bob)
        assert set(receipt["receipt"]) == {"net_usage"}
    assert "freeNetUsed" not in resources_of(node, bob)


def test_the_most_that_can_be_lent_can_be_lent(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=100, bandwidth=5000), funded(node, trx=10)
    for kind, resource in enumerate(("BANDWIDTH", "ENERGY")):
        fields = {"receiver_address": bob.address, "resource": resource}
        do(node, "delegateresource", alice, balance=most(node, alice, kind), **fields)
