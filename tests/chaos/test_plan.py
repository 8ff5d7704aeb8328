"""The plan of a run: drawn from its seed alone, whole, and healed at its end."""

from collections import Counter

import pytest

from tests.chaos.faults import ALL
from tests.chaos.plan import KILLS, RATES, Plan, plan_draw

MINUTES_10 = 600.0
HEALED_BY = {"view": "true", "still": "go", "pause": "unpause", "energy": "cheap"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_draw(7, MINUTES_10)


def test_the_same_seed_draws_the_same_run(plan: Plan) -> None:
    assert plan_draw(7, MINUTES_10) == plan


def test_another_seed_draws_another_run(plan: Plan) -> None:
    other = plan_draw(8, MINUTES_10)
    assert other.acts != plan.acts
    assert other.orders != plan.orders


def test_ten_minutes_are_enough_of_everything(plan: Plan) -> None:
    kinds = Counter(act.kind for act in plan.acts)
    assert len(plan.orders) >= 2_000
    assert sum(kinds[kind] for kind in KILLS) >= 100
    assert sum(a.options["times"] * a.options["probability"] for a in plan.acts
               if a.kind == "fault") >= 500  # fmt: skip
    assert {a.options["fault"] for a in plan.acts if a.kind == "fault"} == set(ALL)
    assert set(RATES) <= set(kinds)


def test_no_two_orders_share_a_reference(plan: Plan) -> None:
    assert len({order.reference for order in plan.orders}) == len(plan.orders)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_killed_is_started_again_before_it_is_killed_again(seed: int) -> None:
    down: set[str] = set()
    for act in plan_draw(seed, MINUTES_10).acts:
        if act.kind in KILLS:
            assert act.what not in down
            down.add(act.what)
        elif act.kind == "start":
            down.remove(act.what)
    assert down == set()


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_asked_of_a_part_that_is_down(seed: int) -> None:
    down: set[str] = set()
    for act in plan_draw(seed, MINUTES_10).acts:
        if act.kind in KILLS:
            down.add(act.what)
        elif act.kind == "start":
            down.remove(act.what)
        elif act.kind == "flush":
            assert "valkey" not in down
        else:
            assert "node" not in down


@pytest.mark.parametrize(("broken", "healed"), HEALED_BY.items())
def test_what_is_broken_on_the_chain_is_healed_later(plan: Plan, broken: str, healed: str) -> None:
    last = {act.kind: number for number, act in enumerate(plan.acts)}
    assert last[broken] < last[healed]


def test_acts_come_in_the_order_of_time(plan: Plan) -> None:
    times = [act.at_s for act in plan.acts]
    assert times == sorted(times)
    assert times[-1] < MINUTES_10


def test_leaving_a_kind_out_changes_nothing_about_the_orders(plan: Plan) -> None:
    assert plan_draw(7, MINUTES_10, without=frozenset({"fault"})).orders == plan.orders


def test_it_refuses_to_leave_out_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="not a kind of act: fluat"):
        plan_draw(7, MINUTES_10, without=frozenset({"fluat"}))
