"""Delegations, unstakings, rewards and witnesses: who, how much, until when."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.sandbox.people import TRX, funded
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import do, staker
from tests.tron.chain import SOLID_LAG, asked, somebody
from tests.tron.lying_node import Exchange, LyingNode, says
from tron.account import Resource, account_of
from tron.address import address_parse
from tron.errors import OutcomeUnknown
from tron.node import Node
from tron.stakes import (
    Delegation,
    Witness,
    available_unfreezes,
    can_delegate_max_sun,
    delegations_of,
    reward_sun,
    withdrawable_sun,
    witnesses,
)

INDEX = "walletsolidity/getdelegatedresourceaccountindexv2"
PAIR = "walletsolidity/getdelegatedresourcev2"
ALICE, BOB, CAROL = (somebody() for _ in range(3))
UNTIL_MS = 1_750_000_000_000
pytestmark = pytest.mark.django_db


def hexed(address: str) -> str:
    return address_parse(address).hex()


def delegates(exchange: Exchange) -> None:
    """Alice lets Bob have energy, some of it locked; Carol lets Alice have bandwidth."""
    pair = exchange.question["fromAddress"], exchange.question["toAddress"]
    known = {
        (hexed(ALICE), hexed(BOB)): [
            {"frozen_balance_for_energy": 5_000_000},
            {"frozen_balance_for_energy": 7_000_000, "expire_time_for_energy": UNTIL_MS,
             "frozen_balance_for_bandwidth": 1_000_000},
        ],
        (hexed(CAROL), hexed(ALICE)): [{"frozen_balance_for_bandwidth": 9_000_000}],
    }  # fmt: skip
    parts = [{"from": pair[0], "to": pair[1], **part} for part in known[pair]]
    exchange.reply({"delegatedResource": parts})


def test_delegations_are_told_both_ways(liar: LyingNode) -> None:
    index = {"account": hexed(ALICE), "fromAccounts": [hexed(CAROL)], "toAccounts": [hexed(BOB)]}
    liar.on(INDEX, says(index))
    liar.on(PAIR, delegates)
    found = asked(lambda node: delegations_of(node, ALICE))
    assert found.out == (
        Delegation(ALICE, BOB, Resource.ENERGY, 5_000_000, None),
        Delegation(ALICE, BOB, Resource.BANDWIDTH, 1_000_000, None),
        Delegation(ALICE, BOB, Resource.ENERGY, 7_000_000, UNTIL_MS),
    )
    assert found.incoming == (Delegation(CAROL, ALICE, Resource.BANDWIDTH, 9_000_000, None),)
    assert found.is_complete


def test_who_delegates_nothing_has_no_delegations(liar: LyingNode) -> None:
    liar.on(INDEX, says({}))
    found = asked(lambda node: delegations_of(node, ALICE))
    assert (found.out, found.incoming, found.is_complete) == ((), (), True)


def test_of_too_many_pairs_the_first_are_told(
    liar: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tron.stakes.PAIRS_MAX", 1)
    liar.on(INDEX, says({"fromAccounts": [hexed(CAROL)], "toAccounts": [hexed(BOB)]}))
    liar.on(PAIR, delegates)
    found = asked(lambda node: delegations_of(node, ALICE))
    assert (len(found.out), found.incoming, found.is_complete) == (3, (), False)
    assert len(liar.questions(PAIR)) == 1


@pytest.mark.parametrize("index", [[], None, {"toAccounts": ["zz"]}, {"toAccounts": 5}])
def test_an_index_that_cannot_be_read_is_none(liar: LyingNode, index: Any) -> None:
    liar.on(INDEX, says(index))
    with pytest.raises(OutcomeUnknown):
        asked(lambda node: delegations_of(node, ALICE))


@pytest.mark.parametrize(
    "part",
    [
        {}, {"from": hexed(ALICE), "to": hexed(CAROL)}, {"from": hexed(BOB), "to": hexed(ALICE)},
        {"from": hexed(ALICE), "to": hexed(BOB), "frozen_balance_for_energy": -1},
        {"from": hexed(ALICE), "to": hexed(BOB), "frozen_balance_for_energy": 1,
         "expire_time_for_energy": "soon"},
    ],
)  # fmt: skip
def test_a_delegation_of_others_or_of_nonsense_is_none(liar: LyingNode, part: Any) -> None:
    liar.on(INDEX, says({"toAccounts": [hexed(BOB)]}))
    liar.on(PAIR, says({"delegatedResource": [part]}))
    with pytest.raises(OutcomeUnknown):
        asked(lambda node: delegations_of(node, ALICE))


def test_a_real_stake_is_read_as_it_stands(node: SandboxProcess) -> None:
    """Frozen, delegated with and without a lock, on its way out, voted with: all of one owner."""
    alice, bob = staker(node, energy=50, bandwidth=20), funded(node, trx=1)
    for lock in ({}, {"lock": True, "lock_period": 100}):
        do(node, "delegateresource", alice, receiver_address=bob.address,
           balance=5 * TRX, resource="ENERGY", **lock)  # fmt: skip
    do(node, "unfreezebalancev2", alice, unfreeze_balance=3 * TRX, resource="BANDWIDTH")
    witness = asked(witnesses)[0].address
    do(node, "votewitnessaccount", alice, votes=[{"vote_address": witness, "vote_count": 60}])
    node.mine(SOLID_LAG)
    account = asked(lambda one: account_of(one, alice.address))
    assert account.frozen_sun == {"ENERGY": 40 * TRX, "BANDWIDTH": 17 * TRX}
    assert account.delegated_out_sun == {"ENERGY": 10 * TRX, "BANDWIDTH": 0}
    assert account.staked_sun == 67 * TRX
    assert account.votes == {witness: 60}
    (leaving,) = account.unfreezing
    assert (leaving.resource, leaving.amount_sun) == (Resource.BANDWIDTH, 3 * TRX)
    assert asked(lambda one: account_of(one, bob.address)).delegated_in_sun["ENERGY"] == 10 * TRX
    out = asked(lambda one: delegations_of(one, alice.address)).out
    assert out == asked(lambda one: delegations_of(one, bob.address)).incoming
    assert [(one.receiver, one.amount_sun, bool(one.expires_ms)) for one in out] == [
        (bob.address, 5 * TRX, False), (bob.address, 5 * TRX, True),
    ]  # fmt: skip
    owner, until_ms = alice.address, leaving.expires_ms
    assert asked(lambda one: can_delegate_max_sun(one, owner, Resource.ENERGY)) == 40 * TRX
    assert asked(lambda one: available_unfreezes(one, owner)) == 31
    assert asked(lambda one: withdrawable_sun(one, owner, until_ms - 1)) == 0
    assert asked(lambda one: withdrawable_sun(one, owner, until_ms)) == 3 * TRX
    assert asked(lambda one: reward_sun(one, owner)) == 0


Question = Callable[[Node], Coroutine[Any, Any, int]]
NUMBERS: list[tuple[str, str, dict[str, Any], Question]] = [
    ("wallet/getcandelegatedmaxsize", "max_size", {"owner_address": hexed(ALICE), "type": 1},
     lambda node: can_delegate_max_sun(node, ALICE, Resource.ENERGY)),
    ("wallet/getcandelegatedmaxsize", "max_size", {"owner_address": hexed(ALICE), "type": 0},
     lambda node: can_delegate_max_sun(node, ALICE, Resource.BANDWIDTH)),
    ("wallet/getavailableunfreezecount", "count", {"owner_address": hexed(ALICE)},
     lambda node: available_unfreezes(node, ALICE)),
    ("wallet/getcanwithdrawunfreezeamount", "amount",
     {"owner_address": hexed(ALICE), "timestamp": UNTIL_MS},
     lambda node: withdrawable_sun(node, ALICE, UNTIL_MS)),
    ("walletsolidity/getReward", "reward", {"address": hexed(ALICE)},
     lambda node: reward_sun(node, ALICE)),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name", "sent", "question"), NUMBERS)
def test_a_number_is_asked_for_and_absent_it_is_0(
    liar: LyingNode, path: str, name: str, sent: dict[str, Any], question: Question
) -> None:
    liar.on(path, says({name: 31}))
    assert asked(question) == 31
    assert liar.questions(path)[0].question == sent
    liar.on(path, says({}))
    assert asked(question) == 0
    for nonsense in ({name: -1}, {name: "31"}, {name: 3.5}, [], None, {name: True}):
        liar.on(path, says(nonsense))
        with pytest.raises(OutcomeUnknown):
            asked(question)


def test_witnesses_come_most_voted_first(liar: LyingNode) -> None:
    parts = [{"address": hexed(BOB), "url": "http://bob.example"},
             {"address": hexed(CAROL), "voteCount": 7, "url": "http://carol.example"}]  # fmt: skip
    liar.on("wallet/listwitnesses", says({"witnesses": parts}))
    assert asked(witnesses) == [
        Witness(CAROL, 7, "http://carol.example"), Witness(BOB, 0, "http://bob.example"),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [{}, [], None, {"witnesses": [{"address": "41"}]}])
def test_a_list_of_witnesses_that_cannot_be_read_is_none(liar: LyingNode, answer: Any) -> None:
    liar.on("wallet/listwitnesses", says(answer))
    with pytest.raises(OutcomeUnknown):
        asked(witnesses)
