"""Staking, taking out again, voting and rewards."""

import pytest

from tests.sandbox.people import TRX, USDT, Person, funded, settle, trx_of, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import (
    DAY_S,
    account_of,
    do,
    later,
    refusal,
    resources_of,
    signed,
    staker,
)

DAY_MS = DAY_S * 1000
ENERGY_OF_1000_TRX = 9_473  # 180e9 energy a day for 19e9 TRX
PERIOD_S = 21_600


def witness_of(node: SandboxProcess, index: int) -> dict:
    """Return a witness as it is listed, with its address in base58check."""
    return node.get("/wallet/listwitnesses?visible=true")["witnesses"][index]


def test_a_stake_yields_energy_and_bandwidth(node: SandboxProcess) -> None:
    alice = funded(node, trx=5000)
    receipt = do(node, "freezebalancev2", alice, frozen_balance=1000 * TRX, resource="ENERGY")
    assert receipt["contractResult"] == [""]
    assert receipt["receipt"] == {"net_usage": 254}
    do(node, "freezebalancev2", alice, frozen_balance=2000 * TRX)
    account = account_of(node, alice)
    assert account["balance"] == 2000 * TRX
    assert account["frozenV2"] == [
        {"amount": 2000 * TRX},
        {"type": "ENERGY", "amount": 1000 * TRX},
        {"type": "TRON_POWER"},
    ]
    resources = resources_of(node, alice)
    assert resources["EnergyLimit"] == ENERGY_OF_1000_TRX
    assert resources["NetLimit"] == 2000 * 432 // 260
    assert resources["tronPowerLimit"] == 3000
    assert resources["TotalEnergyWeight"] == 19_000_000_000


def test_a_call_uses_staked_energy_first_and_burns_the_rest(node: SandboxProcess) -> None:
    alice, bob = staker(node, energy=5000, bandwidth=1000), funded(node, usdt=1)
    node.post("/sandbox/faucet", address=alice.address, usdt=10)
    node.mine()
    limit = resources_of(node, alice)["EnergyLimit"]
    receipt = settle(node, usdt_draft(node, alice, bob, USDT), alice)
    assert receipt["receipt"]["energy_usage"] == limit
    assert receipt["fee"] == receipt["receipt"]["energy_fee"] == (64_285 - limit) * 100
    later(node, DAY_S // 2)
    assert resources_of(node, alice)["EnergyUsed"] == pytest.approx(limit / 2, abs=2)
    again = settle(node, usdt_draft(node, alice, bob, USDT), alice)
    assert again["receipt"]["energy_usage"] == pytest.approx(limit / 2, abs=2)
    # Half of it is half a day old: what is used up is back after three quarters of a day.
    assert account_of(node, alice)["account_resource"]["energy_window_size"] == pytest.approx(
        21_600_000, rel=0.001
    )


def test_what_is_taken_out_comes_back_after_fourteen_days(node: SandboxProcess) -> None:
    alice = staker(node, energy=300, bandwidth=100)
    started_ms = node.state()["head_time_ms"]
    receipt = do(node, "unfreezebalancev2", alice, unfreeze_balance=200 * TRX, resource="ENERGY")
    assert "withdraw_expire_amount" not in receipt
    assert account_of(node, alice)["unfrozenV2"] == [
        {
            "type": "ENERGY",
            "unfreeze_amount": 200 * TRX,
            "unfreeze_expire_time": started_ms + 14 * DAY_MS,
        }
    ]
    assert resources_of(node, alice)["EnergyLimit"] == 100 * 180 // 19
    do(node, "unfreezebalancev2", alice, unfreeze_balance=60 * TRX)
    asked = {"owner_address": alice.address, "visible": True}
    assert node.post("/wallet/getavailableunfreezecount", **asked) == {"count": 30}
    assert node.post("/wallet/getcanwithdrawunfreezeamount", **asked) == {}
    assert refusal(node, "withdrawexpireunfreeze", alice) == "no unFreeze balance to withdraw "
    in_time = started_ms + 14 * DAY_MS
    foreseen = node.post("/wallet/getcanwithdrawunfreezeamount", timestamp=in_time, **asked)
    assert foreseen == {"amount": 200 * TRX}
    later(node, 14 * DAY_S)
    before = trx_of(node, alice)
    assert node.post("/wallet/getcanwithdrawunfreezeamount", **asked) == {"amount": 260 * TRX}
    assert node.post("/wallet/getavailableunfreezecount", **asked) == {"count": 32}
    receipt = do(node, "withdrawexpireunfreeze", alice)
    assert receipt["withdraw_expire_amount"] == 260 * TRX
    assert trx_of(node, alice) == before + 260 * TRX - receipt.get("fee", 0)
    assert "unfrozenV2" not in account_of(node, alice)
    later_solid = node.post("/sandbox/step", seconds=1)
    node.mine(later_solid["solid_lag"] + 1)
    assert account_of(node, alice, "walletsolidity")["frozenV2"][0] == {"amount": 40 * TRX}


def test_taking_out_more_pays_what_has_matured(node: SandboxProcess) -> None:
    alice = staker(node, energy=100)
    do(node, "unfreezebalancev2", alice, unfreeze_balance=40 * TRX, resource="ENERGY")
    later(node, 15 * DAY_S)
    before = trx_of(node, alice)
    receipt = do(node, "unfreezebalancev2", alice, unfreeze_balance=TRX, resource="ENERGY")
    assert receipt["withdraw_expire_amount"] == 40 * TRX
    assert trx_of(node, alice) == before + 40 * TRX
    assert len(account_of(node, alice)["unfrozenV2"]) == 1


def test_cancelling_stakes_again_and_pays_what_has_matured(node: SandboxProcess) -> None:
    alice = staker(node, energy=100, bandwidth=50)
    do(node, "unfreezebalancev2", alice, unfreeze_balance=10 * TRX, resource="ENERGY")
    later(node, 15 * DAY_S)
    receipt = do(node, "cancelallunfreezev2", alice)
    assert receipt["withdraw_expire_amount"] == 10 * TRX
    assert {entry["value"] for entry in receipt["cancel_unfreezeV2_amount"]} == {0}
    do(node, "unfreezebalancev2", alice, unfreeze_balance=20 * TRX, resource="ENERGY")
    do(node, "unfreezebalancev2", alice, unfreeze_balance=5 * TRX)
    receipt = do(node, "cancelallunfreezev2", alice)
    assert receipt["cancel_unfreezeV2_amount"] == [
        {"key": "BANDWIDTH", "value": 5 * TRX},
        {"key": "ENERGY", "value": 20 * TRX},
        {"key": "TRON_POWER", "value": 0},
    ]
    account = account_of(node, alice)
    assert [entry.get("amount") for entry in account["frozenV2"]] == [50 * TRX, 90 * TRX, None]
    assert "unfrozenV2" not in account
    assert refusal(node, "cancelallunfreezev2", alice) == "No unfreezeV2 list to cancel"


def test_no_more_than_32_amounts_are_on_their_way(node: SandboxProcess) -> None:
    alice = staker(node, energy=100)
    for _ in range(32):
        tx = signed(node, "unfreezebalancev2", alice, unfreeze_balance=1, resource="ENERGY")
        assert node.post("/wallet/broadcasttransaction", **tx)["result"] is True
        node.mine()
    asked = {"owner_address": alice.address, "visible": True}
    assert node.post("/wallet/getavailableunfreezecount", **asked) == {}
    reason = refusal(node, "unfreezebalancev2", alice, unfreeze_balance=1, resource="ENERGY")
    assert reason == "Invalid unfreeze operation, unfreezing times is over limit"


def vote(node: SandboxProcess, voter: Person, *votes: tuple[str, int]) -> dict:
    """Vote, and return the receipt."""
    listed = [{"vote_address": address, "vote_count": count} for address, count in votes]
    return do(node, "votewitnessaccount", voter, votes=listed)


def reward_of(node: SandboxProcess, person: Person) -> int:
    """Return what ``getReward`` says."""
    return node.get(f"/wallet/getReward?address={person.address}")["reward"]


def test_votes_earn_from_the_next_maintenance_on(node: SandboxProcess) -> None:
    alice = staker(node, energy=400, bandwidth=100)
    first, second = witness_of(node, 0), witness_of(node, 1)
    vote(node, alice, (first["address"], 300), (second["address"], 200))
    account = account_of(node, alice)
    assert account["votes"] == [
        {"vote_address": first["address"], "vote_count": 300},
        {"vote_address": second["address"], "vote_count": 200},
    ]
    assert witness_of(node, 0)["voteCount"] == first["voteCount"] + 300
    assert resources_of(node, alice)["tronPowerUsed"] == 500
    later(node, PERIOD_S)
    assert reward_of(node, alice) == 0
    later(node, PERIOD_S)
    assert reward_of(node, alice) == 500 * 20
    node.post("/sandbox/network", reward_sun=1000)
    assert reward_of(node, alice) == 500 * 20
    later(node, 2 * PERIOD_S)
    assert reward_of(node, alice) == 500 * (20 + 20 + 1000)
    before = trx_of(node, alice)
    receipt = do(node, "withdrawbalance", alice)
    assert receipt["withdraw_amount"] == 500 * 1040
    assert trx_of(node, alice) == before + 500 * 1040
    assert reward_of(node, alice) == 0
    taken_ms = account_of(node, alice)["latest_withdraw_time"]
    reason = refusal(node, "withdrawbalance", alice)
    assert reason == f"The last withdraw time is {taken_ms}, less than 24 hours"
    later(node, DAY_S)
    assert do(node, "withdrawbalance", alice)["withdraw_amount"] == 500 * 4000
    node.post("/sandbox/network", reward_sun=20)


def test_votes_that_nothing_stands_behind_are_revoked(node: SandboxProcess) -> None:
    alice = staker(node, energy=400)
    first, second = witness_of(node, 2), witness_of(node, 3)
    vote(node, alice, (first["address"], 300), (second["address"], 100))
    do(node, "unfreezebalancev2", alice, unfreeze_balance=200 * TRX, resource="ENERGY")
    assert [entry["vote_count"] for entry in account_of(node, alice)["votes"]] == [150, 50]
    assert witness_of(node, 2)["voteCount"] == first["voteCount"] + 150
    do(node, "unfreezebalancev2", alice, unfreeze_balance=200 * TRX, resource="ENERGY")
    assert "votes" not in account_of(node, alice)
    assert witness_of(node, 2) == {**witness_of(node, 2), "voteCount": first["voteCount"]}


def test_brokerage_and_rewards_are_asked_in_both_forms(node: SandboxProcess) -> None:
    alice = funded(node, trx=1)
    for prefix in ("wallet", "walletsolidity"):
        for address in (alice.address, alice.hex):
            assert node.post(f"/{prefix}/getBrokerage", address=address) == {"brokerage": 20}
            assert node.post(f"/{prefix}/getReward", address=address) == {"reward": 0}
    assert "INVALID address" in node.post("/wallet/getReward", address="Tnothing")["Error"]
    assert "INVALID address" in node.post("/wallet/getBrokerage", address="xyz")["Error"]


def test_the_weight_of_the_network_sets_the_yield(node: SandboxProcess) -> None:
    alice = staker(node, energy=1000)
    node.post("/sandbox/network", energy_weight_trx=9_500_000_000)
    resources = resources_of(node, alice)
    assert resources["EnergyLimit"] == 18_947
    assert resources["TotalEnergyWeight"] == 9_500_000_000
    assert resources["TotalNetWeight"] == 26_000_000_000
    node.post("/sandbox/network", energy_weight_trx=19_000_000_000)
