"""Each verb from the request to the books, on a chain that stakes."""

import pytest

from tests.sandbox.people import Person
from tests.staking.world import TRX, Staker, booked, staked_sun
from tron.address import address_text
from tron.sandbox.genesis import WITNESSES
from wallets.models import Account

pytestmark = pytest.mark.django_db
ENERGY = {"resource": "ENERGY"}


@pytest.mark.call(
    "POST /tron/staking/stake",
    "POST /tron/staking/unstake",
    "POST /tron/staking/withdraw",
)
@pytest.mark.contract("C-STAKE-1")
def test_staking_unstaking_and_withdrawing_go_through_the_books(staker: Staker) -> None:
    before_sun = staker.trx.balance_units
    done = staker.done("stake", amount_trx=1_000.5, **ENERGY)
    assert (done.kind, done.public_id[:6]) == ("stake", "stake_")
    assert staked_sun(staker) == booked(Account.Kind.STAKED) == 1_000_500_000
    fee_sun = done.transaction.fee_sun if done.transaction else 0
    assert staker.trx.balance_units == before_sun - 1_000_500_000 - (fee_sun or 0)
    staker.done("stake", amount_trx="2", resource="BANDWIDTH")
    assert staked_sun(staker, "BANDWIDTH") == 2 * TRX

    staker.done("unstake", amount_trx=400, **ENERGY)
    assert staked_sun(staker) == 600_500_000
    assert booked(Account.Kind.STAKED) == 1_002_500_000  # being unstaked counts as staked
    staker.later(days=14.1)
    staker.done("withdraw")
    assert booked(Account.Kind.STAKED) == 602_500_000
    assert "unfrozenV2" not in staker.account()


@pytest.mark.call("POST /tron/staking/cancel-unstake")
@pytest.mark.contract("C-STAKE-1")
def test_what_is_being_unstaked_can_be_staked_again(staker: Staker) -> None:
    staker.done("stake", amount_trx=100, **ENERGY)
    staker.done("unstake", amount_trx=60, **ENERGY)
    assert staked_sun(staker) == 40 * TRX
    staker.done("cancel-unstake")
    assert staked_sun(staker) == booked(Account.Kind.STAKED) == 100 * TRX


@pytest.mark.call("POST /tron/staking/delegate", "POST /tron/staking/undelegate")
@pytest.mark.contract("C-STAKE-1")
def test_energy_is_lent_and_taken_back(staker: Staker, receiver: Person) -> None:
    staker.done("stake", amount_trx=100, **ENERGY)
    staker.done("delegate", receiver=receiver.address, amount_trx=70, **ENERGY)
    theirs = staker.node.post("/walletsolidity/getaccount", address=receiver.address, visible=True)[
        "account_resource"
    ]
    assert theirs["acquired_delegated_frozenV2_balance_for_energy"] == 70 * TRX
    assert booked(Account.Kind.STAKED) == 100 * TRX  # lent is still ours
    staker.done("undelegate", receiver=receiver.address, amount_trx=70, **ENERGY)
    assert staked_sun(staker) == 100 * TRX


@pytest.mark.call("POST /tron/staking/vote", "POST /tron/staking/claim-rewards")
@pytest.mark.contract("C-STAKE-1")
def test_votes_earn_rewards_that_are_claimed_and_booked(staker: Staker) -> None:
    staker.done("stake", amount_trx=50_000, **ENERGY)
    one, two = (address_text(raw) for raw in WITNESSES[:2])
    staker.done("vote", votes=[{"address": one, "count": 30_000}, {"address": two, "count": 1}])
    votes = {vote["vote_address"]: vote["vote_count"] for vote in staker.account()["votes"]}
    assert votes == {one: 30_000, two: 1}
    staker.later(days=2)
    staker.done("claim-rewards")
    assert -booked(Account.Kind.REWARDS) > 0
