"""Voting for witnesses, and what it earns.

Every maintenance period (six hours of chain time) earns each vote the same, whoever it is for.
A vote earns from the first whole period on, as votes on a network count from the next maintenance.
What a vote has earned since the beginning is one growing number; an account remembers where that
stood when it was paid last (java-tron ``MortgageService`` and its vote index).
Texts and order: java-tron ``VoteWitnessActuator``, ``WithdrawBalanceActuator``.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tron.sandbox import parameters as p
from tron.sandbox.actuators.checks import (
    Actuator,
    account_required,
    address_valid,
    owner_required,
    require,
)
from tron.sandbox.genesis import WITNESSES
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import Stake
from tron.sandbox.resources import balance_add
from tron.sandbox.state import State

REWARDS = b"r"
VOTES = b"v"  # of a witness, by what the sandbox's accounts cast
_WITNESSES = frozenset(WITNESSES)
Votes = tuple[tuple[bytes, int], ...]


class Rewards(NamedTuple):
    """What a vote earns: ``rate_sun`` a period from ``since`` on, ``before_sun`` until then.

    ``index_sun`` is what a vote that was always there had earned when period ``since`` began.
    """

    index_sun: int = 0
    since: int = 0
    rate_sun: int = p.REWARD_SUN_PER_VOTE
    before_sun: int = p.REWARD_SUN_PER_VOTE

    def at(self, period: int) -> int:
        """Return the index at the beginning of a period."""
        rate_sun = self.rate_sun if period >= self.since else self.before_sun
        return self.index_sun + (period - self.since) * rate_sun


def period_of(now_ms: int) -> int:
    """Return the number of the maintenance period of a time."""
    return now_ms // p.MAINTENANCE_MS


def _index_sun(state: State, period: int) -> int:
    return rewards_of(state).at(period)


def rewards_of(state: State) -> Rewards:
    """Return what a vote earns."""
    return Rewards(*state.get(REWARDS, ()))


def rate_change(state: State, now_ms: int, rate_sun: int) -> dict[bytes, Any]:
    """Return the change that lets a vote earn so much a period from the next one on."""
    rewards, period = rewards_of(state), period_of(now_ms)
    before_sun = rewards.rate_sun if period >= rewards.since else rewards.before_sun
    index_sun = rewards.at(period + 1)
    return {REWARDS: Rewards(index_sun, period + 1, rate_sun, before_sun)}


def reward_of(state: State, stake: Stake, now_ms: int) -> int:
    """Return all that was earned and not withdrawn, in sun."""
    index_sun = _index_sun(state, period_of(now_ms))
    earned_sun = max(0, index_sun - stake.vote_index_sun) * stake.votes_count
    return stake.reward_sun + earned_sun


def settled(state: State, stake: Stake, now_ms: int) -> Stake:
    """Return the stake with what its votes have earned so far added to its reward."""
    index_sun = max(stake.vote_index_sun, _index_sun(state, period_of(now_ms)))
    return stake._replace(reward_sun=reward_of(state, stake, now_ms), vote_index_sun=index_sun)


def votes_fit(stake: Stake) -> Votes:
    """Return the votes cut down, all by the same part, to what is staked.

    Source: java-tron ``UnfreezeBalanceV2Actuator.updateVote``.
    """
    count, power = stake.votes_count, stake.power_sun // 10**6
    if count <= power:
        return stake.votes
    cut = ((witness, votes * power // count) for witness, votes in stake.votes)
    return tuple((witness, votes) for witness, votes in cut if votes)


def votes_put(state: State, owner: bytes, stake: Stake, votes: Votes) -> None:
    """Set the stake with these votes in the place of its own; witnesses lose and gain them."""
    _tally(state, stake.votes, -1)
    _tally(state, votes, 1)
    state.stake_put(owner, stake._replace(votes=votes))


def _tally(state: State, votes: Iterable[tuple[bytes, int]], sign: int) -> None:
    for witness, count in votes:
        state.put(VOTES + witness, state.get(VOTES + witness, 0) + sign * count)


def _vote_check(state: State, payload: Any, now_ms: int) -> None:
    require(address_valid(payload.owner_address), "Invalid address")
    require(len(payload.votes) > 0, "VoteNumber must more than 0")
    require(len(payload.votes) <= p.VOTES_MAX, f"VoteNumber more than maxVoteNumber {p.VOTES_MAX}")
    for vote in payload.votes:
        _candidate_check(state, vote)
    account_required(state, payload.owner_address)
    asked_sun = sum(vote.vote_count for vote in payload.votes) * 10**6
    power_sun = state.stake(payload.owner_address).power_sun
    require(
        asked_sun <= power_sun,
        f"The total number of votes[{asked_sun}] is greater than the tronPower[{power_sun}]",
    )


def _candidate_check(state: State, vote: Any) -> None:
    candidate = vote.vote_address
    require(address_valid(candidate), "Invalid vote address!")
    require(vote.vote_count > 0, "vote count must be greater than 0")
    account_required(state, candidate)
    require(candidate in _WITNESSES, f"Witness[{candidate.hex()}] not exists")


def _vote(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner = payload.owner_address
    stake = settled(state, state.stake(owner), now_ms)
    # New votes begin to count with the next maintenance.
    stake = stake._replace(vote_index_sun=_index_sun(state, period_of(now_ms) + 1))
    votes = tuple((vote.vote_address, vote.vote_count) for vote in payload.votes)
    votes_put(state, owner, stake, votes)


def _withdraw_check(state: State, payload: Any, now_ms: int) -> None:
    owner_required(state, payload)
    owner = payload.owner_address
    require(
        owner not in _WITNESSES,
        f"Account[{owner.hex()}] is a guard representative and is not allowed to withdraw Balance",
    )
    stake = state.stake(owner)
    require(
        now_ms - stake.withdrawn_at_ms >= p.WITHDRAW_PAUSE_MS,
        f"The last withdraw time is {stake.withdrawn_at_ms}, less than 24 hours",
    )
    require(reward_of(state, stake, now_ms) > 0, "witnessAccount does not have any reward")


def _withdraw(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner = payload.owner_address
    stake = settled(state, state.stake(owner), now_ms)
    receipt.reward_sun = stake.reward_sun
    balance_add(state, owner, stake.reward_sun)
    state.stake_put(owner, stake._replace(reward_sun=0, withdrawn_at_ms=now_ms))


VOTE = Actuator(_vote_check, _vote)
WITHDRAW = Actuator(_withdraw_check, _withdraw)
