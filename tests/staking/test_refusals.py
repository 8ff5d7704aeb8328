"""What the chain would refuse is said before anything is stored."""

from decimal import Decimal
from typing import Any

import pytest

from lucidpay.errors import CONFLICT, INSUFFICIENT_BALANCE, INVALID_ADDRESS, VALIDATION, LucidError
from staking.services.cancel_unstake import NothingUnstaking
from staking.services.claim_rewards import ClaimedLately, NothingToClaim
from staking.services.delegate import LockOutOfRange, LockTooShort, NotDelegable, ReceiverRefused
from staking.services.undelegate import NotDelegated, StillLocked
from staking.services.unstake import NotStaked, TooManyUnstakings
from staking.services.vote import TooFewVotes, VotesRefused
from staking.services.withdraw import NothingToWithdraw
from tests import builders
from tests.api.client import Answer, refused
from tests.sandbox.people import Person
from tests.staking.world import TRX, Staker, staked_sun
from tron.address import address_text
from tron.sandbox.genesis import USDT_CONTRACT, WITNESSES
from wallets.models_operation import Operation
from wallets.services.operate import InsufficientTrx, OperationUnderWay

pytestmark = [pytest.mark.django_db, pytest.mark.contract("C-STAKE-2")]
ENERGY = {"resource": "ENERGY"}
ONE, TWO = (address_text(raw) for raw in WITNESSES[:2])


def told(answer: Answer, error: type[LucidError]) -> dict[str, Any]:
    """Check that it is this refusal, and return its details."""
    details = refused(answer, error.status_code, error.code)
    assert answer.body["error"]["message"] == error().message
    return details


def test_amounts_and_fields_that_no_network_takes(staker: Staker) -> None:
    for amount in (0, 0.999999, -1, 1.0000001, "1e3", True, 10**10):
        details = refused(staker.ask("stake", amount_trx=amount, **ENERGY), 400, VALIDATION)
        assert list(details) == ["amount_trx"]
    for resource in ("energy", "TRON_POWER", None):
        details = refused(staker.ask("stake", amount_trx=1, resource=resource), 400, VALIDATION)
        assert list(details) == ["resource"]
    details = refused(staker.ask("unstake", amount=1, amount_trx=0, **ENERGY), 400, VALIDATION)
    assert sorted(details) == ["amount", "amount_trx"]
    refused(staker.ask("withdraw", wallet_id="wallet_" + "0" * 32), 404, "LUCID_ERR_1003")
    lent = {"amount_trx": 1, **ENERGY}
    answer = staker.ask("delegate", receiver="T" * 34, **lent)
    assert list(refused(answer, 400, INVALID_ADDRESS)) == ["receiver"]
    for days in (0, -1, 1.5, "3"):
        answer = staker.ask("delegate", receiver=builders.address(), lock_days=days, **lent)
        assert list(refused(answer, 400, VALIDATION)) == ["lock_days"]
    assert not Operation.objects.exists()


def test_staking_more_than_is_free(staker: Staker) -> None:
    details = told(staker.ask("stake", amount_trx=100_000, **ENERGY), InsufficientTrx)
    assert details["needed_trx"] > details["available_trx"] == 100_000
    staker.asked("stake", amount_trx=60_000, **ENERGY)
    details = told(staker.ask("stake", amount_trx=60_000, **ENERGY), InsufficientTrx)
    assert details["available_trx"] < 40_000  # the first one's is held
    assert Operation.objects.count() == 1
    assert refused(staker.ask("stake", amount_trx=60_000, **ENERGY), 500, INSUFFICIENT_BALANCE)


@pytest.mark.contract("C-STAKE-3")
def test_unstaking_more_than_is_there_and_twice_the_same(staker: Staker, receiver: Person) -> None:
    told(staker.ask("unstake", amount_trx=1, **ENERGY), NotStaked)
    told(staker.ask("cancel-unstake"), NothingUnstaking)
    assert told(staker.ask("withdraw"), NothingToWithdraw) == {"withdrawable_at": None}
    staker.done("stake", amount_trx=100, **ENERGY)
    told(staker.ask("unstake", amount_trx=1, resource="BANDWIDTH"), NotStaked)
    details = told(staker.ask("unstake", amount_trx=100.000001, **ENERGY), NotStaked)
    assert details == {"staked_trx": 100, "under_way_trx": 0, "delegated_trx": 0}

    staker.asked("unstake", amount_trx=80, **ENERGY)
    details = told(staker.ask("unstake", amount_trx=80, **ENERGY), NotStaked)
    assert details["under_way_trx"] == 80, "what is under way is not there any more"
    receives = {"receiver": receiver.address}
    details = told(staker.ask("delegate", amount_trx=21, **receives, **ENERGY), NotDelegable)
    assert (details["available_trx"], details["under_way_trx"]) == (20, 80)
    staker.work()
    assert staked_sun(staker) == 20 * TRX
    assert told(staker.ask("withdraw"), NothingToWithdraw)["withdrawable_at"].endswith("Z")
    staker.done("delegate", amount_trx=15, **receives, **ENERGY)
    details = told(staker.ask("unstake", amount_trx=6, **ENERGY), NotStaked)
    assert details == {"staked_trx": 5, "under_way_trx": 0, "delegated_trx": 15}


@pytest.mark.contract("C-STAKE-3")
def test_no_more_than_32_unstakings_and_one_withdrawal_at_a_time(staker: Staker) -> None:
    staker.done("stake", amount_trx=100, **ENERGY)
    staker.api.token = builders.token(staker.api.user)  # type: ignore[arg-type]
    for _ in range(31):
        staker.asked("unstake", amount_trx=1, **ENERGY)
    staker.work()
    staker.asked("unstake", amount_trx=1, **ENERGY)
    details = told(staker.ask("unstake", amount_trx=1, **ENERGY), TooManyUnstakings)
    assert details["withdrawable_at"].endswith("Z"), "the one under way counts"
    staker.work()
    told(staker.ask("unstake", amount_trx=1, **ENERGY), TooManyUnstakings)
    staker.later(days=14.1)
    staker.asked("withdraw")
    told(staker.ask("withdraw"), OperationUnderWay)
    staker.work()
    staker.books_closed()


def test_lending_to_those_who_cannot_be_lent_to(staker: Staker, receiver: Person) -> None:
    staker.done("stake", amount_trx=100, **ENERGY)
    lent = {"amount_trx": 10, **ENERGY}
    for address, why in (
        (staker.address, "this wallet"),
        (builders.address(), "not activated"),
        (USDT_CONTRACT, "contract"),
    ):
        details = told(staker.ask("delegate", receiver=address, **lent), ReceiverRefused)
        assert why in details["receiver"][0]
    theirs = {"receiver": receiver.address}
    details = told(staker.ask("delegate", **theirs, amount_trx=101, **ENERGY), NotDelegable)
    assert details["available_trx"] == 100
    answer = staker.ask("delegate", **theirs, lock_days=31, **lent)
    assert told(answer, LockOutOfRange) == {"lock_days": ["From 1 to 30 days."]}
    told(staker.ask("undelegate", **theirs, **lent), NotDelegated)


def test_what_is_locked_stays_until_its_time_is_over(staker: Staker, receiver: Person) -> None:
    staker.done("stake", amount_trx=100, **ENERGY)
    theirs = {"receiver": receiver.address, **ENERGY}
    staker.done("delegate", amount_trx=10, lock_days=3, **theirs)
    staker.done("delegate", amount_trx=5, **theirs)
    details = told(staker.ask("undelegate", amount_trx=6, **theirs), StillLocked)
    assert (details["delegated_trx"], details["unlocked_trx"]) == (15, 5)
    assert details["locked_until"].endswith("Z")
    told(staker.ask("undelegate", amount_trx=16, **theirs), NotDelegated)
    answer = staker.ask("delegate", amount_trx=1, lock_days=1, **theirs)
    assert told(answer, LockTooShort)["locked_until"] == details["locked_until"]
    staker.asked("undelegate", amount_trx=4, **theirs)
    details = told(staker.ask("undelegate", amount_trx=4, **theirs), StillLocked)
    assert details["under_way_trx"] == 4
    staker.work()
    staker.later(days=3.1)
    staker.done("undelegate", amount_trx=11, **theirs)


def test_used_energy_is_not_lent(staker: Staker, receiver: Person) -> None:
    """What was used in the last day counts."""
    staker.done("stake", amount_trx=50_000, **ENERGY)
    staker.node.post("/sandbox/faucet", address=staker.address, usdt=10)
    staker.node.mine(1)
    api = staker.api.post(
        "/tron/usdt/approve",
        {"from_wallet_id": staker.wallet.public_id, "spender": receiver.address, "amount": 0},
    )
    assert api.status == 202, api
    staker.work()
    theirs = {"receiver": receiver.address, **ENERGY}
    details = told(staker.ask("delegate", amount_trx=50_000, **theirs), NotDelegable)
    assert 0 < details["available_trx"] < details["staked_trx"] == 50_000


def test_votes_that_cannot_be_cast(staker: Staker) -> None:
    staker.done("stake", amount_trx=100.9, **ENERGY)
    for votes, why in (
        ([{"address": ONE, "count": 1}, {"address": ONE, "count": 1}], "once"),
        ([{"address": builders.address(), "count": 1}], "no witness"),
    ):
        details = told(staker.ask("vote", votes=votes), VotesRefused)
        assert why in details["votes"][0]
    for odd in ([], [{"address": ONE, "count": 0}], [{"address": ONE, "count": 1}] * 31, None):
        refused(staker.ask("vote", votes=odd), 400, VALIDATION)
    details = told(staker.ask("vote", votes=[{"address": ONE, "count": 101}]), TooFewVotes)
    assert details == {"votes_total": 100, "votes_asked": 101}
    staker.asked("vote", votes=[{"address": ONE, "count": 60}, {"address": TWO, "count": 40}])
    told(staker.ask("vote", votes=[{"address": ONE, "count": 1}]), OperationUnderWay)


def test_rewards_are_claimed_once_a_day_and_only_when_there_are_any(staker: Staker) -> None:
    told(staker.ask("claim-rewards"), NothingToClaim)
    staker.done("stake", amount_trx=50_000, **ENERGY)
    staker.done("vote", votes=[{"address": ONE, "count": 50_000}])
    staker.later(days=1)
    staker.done("claim-rewards")
    details = told(staker.ask("claim-rewards"), ClaimedLately)
    rewards = staker.api.get(f"/tron/staking/rewards/{staker.address}").body
    assert details == {"claimable_at": rewards["claimable_at"]}
    assert rewards["unclaimed_trx"] == Decimal(0)
    assert refused(staker.ask("claim-rewards"), 409, CONFLICT)
