"""Sums that must never change, whatever is staked, lent, voted and taken back."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.people import TRX, Person
from tron.sandbox.actuators.registry import ACTUATORS
from tron.sandbox.actuators.votes import VOTES
from tron.sandbox.delegations import DELEGATION, delegation_of, givers_of, receivers_of
from tron.sandbox.errors import ContractInvalid
from tron.sandbox.genesis import WITNESSES
from tron.sandbox.parameters import DAY_MS
from tron.sandbox.proto import CONTRACT_CLASSES
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import ENERGY, Account, value_dump, value_load
from tron.sandbox.resources import energy_left, limit, usage_of, usage_put
from tron.sandbox.state import State

NOW_MS = 1_700_000_000_000
PEOPLE = [Person().raw for _ in range(3)]
GIVEN_SUN = 1000 * TRX
AMOUNTS = st.one_of(st.sampled_from([TRX, 10 * TRX, 100 * TRX]), st.integers(0, 300 * TRX))
RESOURCE = st.sampled_from([0, 1])
WHO = st.sampled_from(PEOPLE)


def contract(kind: str, **fields: Any) -> Any:
    """Return a strategy for one type of contract."""
    return st.tuples(st.just(kind), st.fixed_dictionaries({"owner_address": WHO, **fields}))


LENDING = {"resource": RESOURCE, "balance": AMOUNTS, "receiver_address": WHO}
VOTE = st.fixed_dictionaries(
    {"vote_address": st.sampled_from(WITNESSES[:3]), "vote_count": st.integers(1, 200)}
)
STEPS = st.one_of(
    contract("FreezeBalanceV2Contract", frozen_balance=AMOUNTS, resource=RESOURCE),
    contract("FreezeBalanceV2Contract", frozen_balance=AMOUNTS, resource=RESOURCE),
    contract("UnfreezeBalanceV2Contract", unfreeze_balance=AMOUNTS, resource=RESOURCE),
    contract("WithdrawExpireUnfreezeContract"),
    contract("CancelAllUnfreezeV2Contract"),
    contract(
        "DelegateResourceContract",
        lock=st.booleans(),
        lock_period=st.integers(0, 50_000),
        **LENDING,
    ),
    contract("UnDelegateResourceContract", **LENDING),
    contract("VoteWitnessContract", votes=st.lists(VOTE, max_size=3)),
    contract("WithdrawBalanceContract"),
    st.tuples(st.just("use"), st.fixed_dictionaries({"owner_address": WHO})),
)


def world() -> State:
    """Return a state in which three people own something, and witnesses are."""
    state = State()
    for person in PEOPLE:
        state.account_put(person, Account(balance_sun=GIVEN_SUN))
    for witness in WITNESSES:
        state.account_put(witness, Account())
    return state


def carry_out(state: State, kind: str, fields: dict[str, Any], now_ms: int) -> Receipt | None:
    """Execute one step, or use half of the staked energy; None if it is refused."""
    receipt = Receipt()
    if kind == "use":
        owner = fields["owner_address"]
        account = state.account(owner)
        usage = usage_of(account, ENERGY).more(energy_left(state, owner, now_ms) // 2, now_ms)
        state.account_put(owner, usage_put(account, ENERGY, usage))
        return receipt
    payload = CONTRACT_CLASSES[kind](**fields)
    try:
        ACTUATORS[kind].check(state, payload, now_ms)
    except ContractInvalid:
        return None
    ACTUATORS[kind].apply(state, payload, receipt, now_ms)
    return receipt


def held_sun(state: State) -> int:
    """Return all that people own, in every form."""
    total = 0
    for person in PEOPLE:
        stake = state.stake(person)
        leaving = sum(item.amount_sun for item in stake.unfreezing)
        total += state.account(person).balance_sun + stake.power_sun + leaving
    return total


def consistent(state: State, now_ms: int) -> None:
    """Check that every account of lending and voting tells the same."""
    stakes = {person: state.stake(person) for person in PEOPLE}
    for resource in (0, 1):
        for person, stake in stakes.items():
            given = [delegation_of(state, person, other) for other in PEOPLE]
            taken = [delegation_of(state, other, person) for other in PEOPLE]
            for entries, amount in ((given, stake.lent), (taken, stake.borrowed)):
                sums = [e.free[resource] + e.locked[resource] for e in entries]
                assert sum(sums) == amount[resource]
                assert min(sums) >= 0
            usage = usage_of(state.account(person), resource)
            assert usage.left(now_ms) <= usage.used
            assert 0 < usage.window_ms <= DAY_MS
            assert stake.own[resource] >= 0
    for person, stake in stakes.items():
        assert stake.votes_count * TRX <= stake.power_sun
        assert len(stake.unfreezing) <= 32 + 1
        lent_to = [
            other for other in PEOPLE if any(map(any, delegation_of(state, person, other)[:2]))
        ]
        assert sorted(receivers_of(state, person)) == sorted(lent_to)
        assert all(person in givers_of(state, other) for other in lent_to)
    for witness in WITNESSES[:3]:
        votes = sum(c for s in stakes.values() for w, c in s.votes if w == witness)
        assert state.get(VOTES + witness, 0) == votes


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(STEPS, st.integers(0, 5 * DAY_MS)), min_size=5, max_size=40))
def test_what_is_staked_lent_and_voted_adds_up(steps: list[Any]) -> None:
    state, now_ms, earned_sun = world(), NOW_MS, 0
    for (kind, fields), wait_ms in steps:
        now_ms += wait_ms
        receipt = carry_out(state, kind, fields, now_ms)
        if receipt is not None:
            earned_sun += receipt.reward_sun
        assert held_sun(state) == len(PEOPLE) * GIVEN_SUN + earned_sun
        consistent(state, now_ms)
    for key, value in state.changes.items():
        loaded = value_load(key, value_dump(value))
        assert key.startswith(DELEGATION) or loaded == value or list(loaded) == list(value)


def test_energy_lent_and_taken_back_is_not_there_twice() -> None:
    alice, bob, _ = PEOPLE
    state = world()
    lend = {"receiver_address": bob, "resource": 1, "balance": 500 * TRX, "owner_address": alice}
    stake = {"owner_address": alice, "frozen_balance": 500 * TRX, "resource": 1}
    carry_out(state, "FreezeBalanceV2Contract", stake, NOW_MS)
    carry_out(state, "DelegateResourceContract", lend, NOW_MS)
    whole = limit(state, bob, ENERGY)
    usage = usage_of(state.account(bob), ENERGY).more(whole // 2, NOW_MS)
    state.account_put(bob, usage_put(state.account(bob), ENERGY, usage))
    later_ms = NOW_MS + DAY_MS // 4
    carry_out(state, "UnDelegateResourceContract", lend, later_ms)
    assert limit(state, bob, ENERGY) == 0
    assert energy_left(state, alice, later_ms) == whole - usage.left(later_ms)
    # It goes on coming back at the pace it had.
    assert energy_left(state, alice, NOW_MS + DAY_MS) == whole
