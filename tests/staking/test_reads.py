"""What an address has staked, earned and may use, as it is documented."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from lucidpay.api.json import dumps, loads
from lucidpay.errors import FORBIDDEN, INVALID_ADDRESS, NETWORK
from tests.api.client import Api, caller, refused
from tests.sandbox.people import Person
from tests.staking.test_refusals import ONE
from tests.staking.world import Staker
from tests.tron.lying_node import LyingNode, says

pytestmark = pytest.mark.django_db
ENERGY = {"resource": "ENERGY"}
See = Callable[[str, str], Any]


@pytest.fixture
def see(reader: Api) -> See:
    """Read a path, and hold what comes against the document."""
    schema = Api().get("/api/schema/").body

    def see(path: str, out: str) -> Any:
        answer = reader.get(f"/tron/staking/{path}")
        assert answer.status == 200, answer
        part = {**schema["components"]["schemas"][out], "components": schema["components"]}
        jsonschema.Draft202012Validator(part).validate(loads(dumps(answer.body)))
        return answer.body

    return see


@pytest.mark.call(
    "GET /tron/staking/balance/{address}",
    "GET /tron/staking/rewards/{address}",
    "GET /tron/staking/resources/{address}",
    "GET /tron/staking/stats",
)
@pytest.mark.contract("C-STAKE-7")
def test_stakes_rewards_and_resources_are_as_the_chain_tells(
    staker: Staker, receiver: Person, see: See
) -> None:
    staker.done("stake", amount_trx=1_000.5, **ENERGY)
    staker.done("stake", amount_trx=200, resource="BANDWIDTH")
    staker.done("unstake", amount_trx=50.25, resource="BANDWIDTH")
    staker.done("delegate", receiver=receiver.address, amount_trx=300, lock_days=3, **ENERGY)
    staker.done("delegate", receiver=receiver.address, amount_trx=100, **ENERGY)
    staker.done("vote", votes=[{"address": ONE, "count": 1_000}])

    found = see(f"balance/{staker.address}", "StakeBalanceOut")
    (leaving,) = found.pop("unstaking")
    assert (leaving["amount_trx"], leaving["resource"]) == (Decimal("50.25"), "BANDWIDTH")
    assert found == {
        "address": staker.address,
        "staked_energy_trx": Decimal("1000.5"),
        "staked_bandwidth_trx": Decimal("149.75"),
        "withdrawable_trx": 0,
        "delegated_out_trx": 400,
        "delegated_in_trx": 0,
        "votes_total": 1_150,
        "votes_used": 1_000,
    }
    assert see(f"balance/{receiver.address}", "StakeBalanceOut")["delegated_in_trx"] == 400

    found = see(f"resources/{staker.address}", "ResourcesOut")
    energy, bandwidth = found["energy"], found["bandwidth"]
    assert energy["limit"] == energy["used"] + energy["available"] == 5_688
    assert bandwidth["limit"] == 248
    assert bandwidth["free_limit"] == bandwidth["free_used"] + bandwidth["free_available"] == 600
    lent = found["delegations"]
    assert (lent["in"], lent["complete"]) == ([], True)
    assert {(one["amount_trx"], one["locked_until"] is None) for one in lent["out"]} == {
        (300, False), (100, True),
    }  # fmt: skip
    theirs = see(f"resources/{receiver.address}", "ResourcesOut")["delegations"]
    assert (theirs["in"], theirs["out"]) == (lent["out"], [])

    staker.later(days=15)
    found = see(f"rewards/{staker.address}", "RewardsOut")
    assert found["unclaimed_trx"] > 0
    assert (found["claimable_at"], found["votes"]) == (None, [{"address": ONE, "count": 1_000}])
    assert see(f"balance/{staker.address}", "StakeBalanceOut")["withdrawable_trx"] == Decimal(
        "50.25"
    )

    found = see("stats", "StakingStatsOut")
    assert (found["wallets"], found["complete"]) == (1, True)
    assert found["operations"] == {"open": 0, "confirmed": 6, "failed": 0}
    assert found["staked_booked_trx"] == Decimal("1200.5")
    assert found["staked_energy_trx"] + found["staked_bandwidth_trx"] + found[
        "unstaking_trx"
    ] == Decimal("1200.5")
    assert (found["unclaimed_trx"] > 0, found["rewards_claimed_trx"]) == (True, 0)


@pytest.mark.contract("C-STAKE-7")
def test_an_address_without_an_account_has_nothing(staker: Staker, see: See) -> None:
    nobody = Person().address
    assert see(f"balance/{nobody}", "StakeBalanceOut")["votes_total"] == 0
    assert see(f"rewards/{nobody}", "RewardsOut")["unclaimed_trx"] == 0
    assert see(f"resources/{nobody}", "ResourcesOut")["energy"]["limit"] == 0
    advised = see("advice", "AdviceOut")
    assert (advised["transfers"], advised["stake_trx"], advised["wallets"]) == (0, 0, [])


@pytest.mark.contract("C-STAKE-9")
def test_scopes_and_addresses_are_asked_for(staker: Staker, reader: Api) -> None:
    body = {"wallet_id": staker.wallet.public_id}
    verbs = ("stake", "unstake", "delegate", "undelegate", "withdraw", "vote")
    for verb in (*verbs, "cancel-unstake", "claim-rewards"):
        refused(reader.post(f"/tron/staking/{verb}", body), 403, FORBIDDEN)
    for part in ("balance", "rewards", "resources"):
        path = f"/tron/staking/{part}/{staker.address}"
        refused(caller("end_user").get(path), 403, FORBIDDEN)
        bad = reader.get(f"/tron/staking/{part}/T123/")
        assert list(refused(bad, 400, INVALID_ADDRESS)) == ["address"]
    for part in ("stats", "advice"):
        refused(caller("end_user").get(f"/tron/staking/{part}"), 403, FORBIDDEN)
    assert list(refused(reader.get("/tron/staking/advice?days=0"), 400, "LUCID_ERR_1001"))


@pytest.mark.contract("C-STAKE-7")
def test_when_no_node_gives_a_usable_answer_it_says_so(
    staker: Staker, reader: Api, liar: LyingNode
) -> None:
    for path in ("getaccount", "getReward", "getdelegatedresourceaccountindexv2"):
        liar.on(f"walletsolidity/{path}", says([]))
    for part in ("balance", "rewards", "resources"):
        refused(reader.get(f"/tron/staking/{part}/{staker.address}"), 500, NETWORK)
    refused(staker.ask("unstake", amount_trx=1, **ENERGY), 500, NETWORK)
