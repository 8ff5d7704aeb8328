"""Prices, stake and the token's switches, read from a real node and from one that lies."""

from typing import Any

import pytest

from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import asked, somebody
from tests.tron.lying_node import LyingNode, changes, says
from tron.errors import OutcomeUnknown, Refused
from tron.resources import (
    BASIS_POINTS_RATE,
    DEPRECATED,
    IS_BLACKLISTED,
    MAXIMUM_FEE,
    PAUSED,
    Prices,
    Resources,
    Token,
    is_blacklisted,
    prices_of,
    resources_of,
    token_of,
)
from tron.sandbox.genesis import USDT_CONTRACT
from tron.sandbox.vm.abi import selector

CONSTANT = "wallet/triggerconstantcontract"

pytestmark = pytest.mark.django_db


def token(sender: Person) -> Token:
    """Ask for the token's switches."""
    return asked(lambda node: token_of(node, contract=USDT_CONTRACT, sender=sender.address))


def frozen(person: Person) -> bool:
    """Ask whether somebody is blacklisted."""
    return asked(
        lambda node: is_blacklisted(
            node, contract=USDT_CONTRACT, asker=person.address, address=person.address
        )
    )


def test_prices_are_the_chain_s(node: SandboxProcess) -> None:
    assert asked(prices_of) == Prices(
        energy_sun=100,
        bandwidth_sun=1_000,
        fee_limit_max_sun=15_000_000_000,
        memo_fee_sun=1_000_000,
        multi_sign_sun=1_000_000,
        permission_sun=100_000_000,
        new_account_sun=1_100_000,
    )


@pytest.mark.parametrize("name", ["getEnergyFee", "getTransactionFee", "getMaxFeeLimit"])
@pytest.mark.parametrize("value", [None, 0, -1])
def test_a_price_that_is_missing_or_not_above_0_is_no_price(
    liar: LyingNode, name: str, value: int | None
) -> None:
    entry = {"key": name} if value is None else {"key": name, "value": value}

    def spoil(answer: Any) -> Any:
        kept = [item for item in answer["chainParameter"] if item["key"] != name]
        return {"chainParameter": [*kept, entry]}

    liar.on("wallet/getchainparameters", changes(spoil))
    with pytest.raises(OutcomeUnknown, match=name):
        asked(prices_of)


@pytest.mark.parametrize("answer", [{}, [], None, {"chainParameter": 5}, "x"])
def test_parameters_of_another_shape_are_no_prices(liar: LyingNode, answer: Any) -> None:
    liar.on("wallet/getchainparameters", says(answer))
    with pytest.raises(OutcomeUnknown):
        asked(prices_of)


def test_who_has_staked_nothing_has_what_is_free(node: SandboxProcess, alice: Person) -> None:
    left = asked(lambda one: resources_of(one, alice.address))
    assert left == Resources(energy=0, bandwidth=0, free_bandwidth=600)


def test_an_address_without_an_account_has_nothing(node: SandboxProcess) -> None:
    assert asked(lambda one: resources_of(one, somebody())) == Resources()


def test_what_was_used_is_not_left(liar: LyingNode, alice: Person) -> None:
    left = {"EnergyLimit": 100_000, "EnergyUsed": 35_715, "NetLimit": 1_000, "NetUsed": 310}
    left |= {"freeNetLimit": 600, "freeNetUsed": 345}
    liar.on("wallet/getaccountresource", says(left))
    assert asked(lambda one: resources_of(one, alice.address)) == Resources(
        64_285, 690, 255, 100_000
    )


def test_more_used_than_allowed_is_nothing_left(liar: LyingNode, alice: Person) -> None:
    liar.on("wallet/getaccountresource", says({"EnergyLimit": 5, "EnergyUsed": 9}))
    assert asked(lambda one: resources_of(one, alice.address)) == Resources(energy_daily=5)


@pytest.mark.parametrize(
    "answer", [[], None, {"EnergyLimit": "many"}, {"freeNetLimit": 2**63}, "x"]
)
def test_resources_of_another_shape_are_not_known(
    liar: LyingNode, alice: Person, answer: Any
) -> None:
    liar.on("wallet/getaccountresource", says(answer))
    with pytest.raises(OutcomeUnknown):
        asked(lambda one: resources_of(one, alice.address))


@pytest.mark.parametrize(
    ("ours", "signature"),
    [
        (PAUSED, "paused()"),
        (DEPRECATED, "deprecated()"),
        (BASIS_POINTS_RATE, "basisPointsRate()"),
        (MAXIMUM_FEE, "maximumFee()"),
        (IS_BLACKLISTED, "isBlackListed(address)"),
    ],
)
def test_selectors_are_the_hashes_of_their_signatures(ours: bytes, signature: str) -> None:
    """A wrong one would revert, and so look like a switch that is not there."""
    assert ours == selector(signature)


def test_a_token_with_nothing_switched_on_stops_nobody(node: SandboxProcess, alice: Person) -> None:
    assert token(alice) == Token()


@pytest.mark.parametrize(
    ("change", "undo", "expected"),
    [
        ({"paused": True}, {"paused": False}, Token(is_paused=True)),
        (
            {"basis_points_rate": 10, "maximum_fee": 1_000},
            {"basis_points_rate": 0, "maximum_fee": 0},
            Token(takes_fee=True),
        ),
        ({"basis_points_rate": 10}, {"basis_points_rate": 0}, Token(takes_fee=True)),
        ({"maximum_fee": 10}, {"maximum_fee": 0}, Token(takes_fee=True)),
    ],
    ids=["paused", "fee", "rate", "maximum"],
)
def test_it_tells_what_the_token_s_owner_has_switched_on(
    node: SandboxProcess, alice: Person, change: dict, undo: dict, expected: Token
) -> None:
    node.post("/sandbox/usdt", **change)
    try:
        assert token(alice) == expected
    finally:
        node.post("/sandbox/usdt", **undo)


def test_it_tells_who_is_blacklisted(node: SandboxProcess, alice: Person) -> None:
    assert not frozen(alice)
    node.post("/sandbox/usdt", blacklist=[alice.address])
    assert frozen(alice)
    assert token(alice) == Token(sender_is_blacklisted=True)


def test_a_token_without_such_a_function_has_no_such_switch(liar: LyingNode, alice: Person) -> None:
    def revert(answer: Any) -> Any:
        answer["transaction"]["ret"], answer["constant_result"] = [{"ret": "FAILED"}], [""]
        return answer

    liar.on(CONSTANT, changes(revert))
    assert token(alice) == Token()


def test_a_node_that_does_not_run_calls_is_not_a_token_without_switches(
    liar: LyingNode, alice: Person
) -> None:
    liar.on(CONSTANT, says({"result": {"code": "OTHER_ERROR", "message": "00"}}))
    with pytest.raises(Refused, match="OTHER_ERROR"):
        token(alice)


@pytest.mark.parametrize("answer", [{}, [], {"result": {"result": True}}, None])
def test_an_answer_of_another_shape_says_nothing_about_the_token(
    liar: LyingNode, alice: Person, answer: Any
) -> None:
    liar.on(CONSTANT, says(answer))
    with pytest.raises(OutcomeUnknown):
        token(alice)
