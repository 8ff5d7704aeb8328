"""Several nodes: one that fails, lies or is elsewhere costs a detour, never an answer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.local import port_free
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import NOW, asked, read
from tests.tron.lying_node import (
    Behaviour,
    LyingNode,
    babbles,
    drops,
    drops_after_acting,
    hangs,
    says,
    tells_the_truth,
)
from tron import nodes
from tron.errors import NodeError, OutcomeUnknown, Refused, Throttled, Unreachable, WrongChain
from tron.halt import lift, open_halts
from tron.models import Halt, HaltCause
from tron.node import Node, ask, open_node
from tron.nodes import open_nodes

pytestmark = pytest.mark.django_db
Pair = tuple[LyingNode, LyingNode]
HEAD = "wallet/getblock"
GENESIS = "wallet/getblockbynum"
OTHER_GENESIS = says({"blockID": f"{0:016x}" + "ab" * 24, "block_header": {"raw_data": {}}})
FAILS: dict[str, Behaviour] = {
    "429": says(b"", 429),
    "403 for a day": says({"Error": "Exceed the user daily usage (100000)"}, 403),
    "502": says(b"<html>Bad gateway", 502),
    "503": says(b"", 503),
    "HTML": says(b"<html>"),
    "{}": says({}),
    "null": says(None),
    "lite": says(b"this API is closed because this node is a lite fullnode"),
    "truncated": says(b'{"blockID": "00'),
    "garbage": babbles(b"\x15\x03\x01"),
    "dropped": drops,
    "dropped after acting": drops_after_acting,
    "silence": hangs,
}


async def head(node: Node) -> Any:
    """Ask for the head."""
    return await node.head()


async def who(node: Node) -> str:
    """Ask something that takes an exchange, and tell who answered."""
    await node.head()
    return node.name


@pytest.mark.parametrize("behaviour", FAILS.values(), ids=FAILS.keys())
def test_the_next_node_answers_when_one_fails(
    liars: Pair, settings: Any, behaviour: Behaviour
) -> None:
    settings.TRON_TIMEOUT_S = 1
    a, b = liars
    assert read(who) == a.name
    a.on(HEAD, behaviour)
    assert read(who) == b.name


@pytest.mark.parametrize("behaviour", FAILS.values(), ids=FAILS.keys())
def test_it_asks_the_node_that_answered_first_from_the_very_next_call_on(
    liars: Pair, settings: Any, behaviour: Behaviour
) -> None:
    settings.TRON_TIMEOUT_S = 1
    a, b = liars
    a.on(HEAD, behaviour)
    assert read(who) == b.name
    asked_before = len(a.heard)
    assert read(who) == b.name
    assert asked(who) == b.name  # those who ask one node only get that one
    assert len(a.heard) == asked_before


def test_the_switch_takes_effect_within_one_conversation(liars: Pair) -> None:
    a, b = liars
    a.on(HEAD, says({}))

    async def twice() -> list[str]:
        async with open_nodes() as several:
            return [await several.read(who), await several.read(who)]

    assert ask(twice()) == [b.name, b.name]
    assert len(a.questions(HEAD)) == 1


def test_a_failure_met_by_somebody_who_asks_one_node_counts_for_the_next(liars: Pair) -> None:
    a, b = liars
    a.on(HEAD, drops)
    with pytest.raises(OutcomeUnknown):
        asked(who)
    assert asked(who) == b.name


def test_a_refusal_is_an_answer(liars: Pair) -> None:
    a, b = liars

    async def refuse(node: Node) -> None:
        raise Refused("no", node=node.name)

    with pytest.raises(Refused):
        read(refuse)
    assert not b.heard
    assert read(who) == a.name


def test_what_is_wrong_here_is_not_taken_for_a_failing_node(liars: Pair) -> None:
    async def stumble(node: Node) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read(stumble)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (says(b"", 429), says({}), OutcomeUnknown),
        (says({}), says(b"", 429), OutcomeUnknown),
        (says(b"", 429), says(b"", 429), Throttled),
        (drops, says(b"", 403), OutcomeUnknown),
    ],
)
def test_when_all_fail_the_most_telling_error_is_raised(
    liars: Pair, first: Behaviour, second: Behaviour, expected: type[NodeError]
) -> None:
    a, b = liars
    a.on(HEAD, first)
    b.on(HEAD, second)
    with pytest.raises(NodeError) as caught:
        read(head)
    assert type(caught.value) is expected


def test_a_node_that_limits_us_tells_more_than_one_that_is_gone(
    liar: LyingNode, settings: Any
) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{port_free()}", liar.url]
    liar.on(HEAD, says(b"", 429))
    with pytest.raises(Throttled):
        read(head)


def test_all_nodes_down_is_survived(liars: Pair, settings: Any) -> None:
    a, b = liars
    urls = settings.TRON_NODES
    settings.TRON_NODES = [f"http://127.0.0.1:{port_free()}" for _ in range(2)]
    for _ in range(3):
        with pytest.raises(Unreachable):
            read(head)
    for one in (a, b):
        one.on(HEAD, drops)
    settings.TRON_NODES = urls
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            read(head)
    b.on(HEAD, tells_the_truth)
    assert read(who) == b.name


def test_others_are_those_who_could_confirm(liars: Pair) -> None:
    a, b = liars

    async def conversation() -> list[list[str]]:
        async with open_nodes() as several:
            return [
                [other.name for other in several.others(node.name)] for node in several.configured
            ]

    assert ask(conversation()) == [[b.name], [a.name]]


# --- Who the nodes are ----------------------------------------------------------------------------


def test_a_node_of_another_network_is_never_asked_and_pulls_the_kill_switch(
    liars: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    a, b = liars
    a.on(GENESIS, OTHER_GENESIS)
    assert [read(who) for _ in range(3)] == [b.name] * 3
    assert {one.path for one in a.heard} == {GENESIS}
    halt = Halt.objects.get()
    assert (halt.cause, halt.subject) == (HaltCause.NODE, a.name)
    assert "genesis" in halt.reason
    assert [one.levelname for one in caplog.records if "'event': 'halted'" in one.getMessage()] == [
        "CRITICAL"
    ]


@pytest.mark.parametrize("ask_it", [asked, read])
def test_the_only_node_being_of_another_network_is_the_wrong_chain(
    liar: LyingNode, ask_it: Callable[..., Any]
) -> None:
    liar.on(GENESIS, OTHER_GENESIS)
    for _ in range(2):
        with pytest.raises(WrongChain):
            ask_it(who)
    assert [one.path for one in liar.heard] == [GENESIS]
    assert [halt.subject for halt in open_halts()] == [liar.name]


def test_a_node_is_not_used_beside_the_road_before_it_shows_its_genesis(liars: Pair) -> None:
    """Whoever asks another node for its agreement must not get that of another network."""
    a, b = liars
    b.on(GENESIS, OTHER_GENESIS)

    async def confirmed() -> None:
        async with open_nodes() as several:
            await several.others(several.configured[0].name)[0].head()

    with pytest.raises(WrongChain):
        ask(confirmed())
    assert {one.path for one in b.heard} == {GENESIS}


def test_the_genesis_is_asked_once_in_a_while_and_not_once_a_conversation(
    liar: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        asked(head)
    assert len(liar.questions(GENESIS)) == 1
    monkeypatch.setattr("tron.node.GENESIS_FRESH_S", -1)
    asked(head)
    assert len(liar.questions(GENESIS)) == 3  # when it is chosen, and when it is asked


def test_many_questions_at_once_ask_for_the_genesis_once(liar: LyingNode) -> None:
    async def crowd() -> None:
        async with open_nodes() as several:
            await asyncio.gather(*(several.configured[0].head() for _ in range(10)))

    ask(crowd())
    assert len(liar.questions(GENESIS)) == 1


def test_a_node_that_moved_to_another_network_is_found_out(
    liar: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(who) == liar.name
    liar.on(GENESIS, OTHER_GENESIS)
    monkeypatch.setattr("tron.node.GENESIS_FRESH_S", -1)
    with pytest.raises(WrongChain):
        asked(who)
    assert len(open_halts()) == 1


def test_a_node_that_came_back_to_the_network_is_used_again(
    liar: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar.on(GENESIS, OTHER_GENESIS)
    with pytest.raises(WrongChain):
        asked(who)
    liar.on(GENESIS, tells_the_truth)
    monkeypatch.setattr("tron.node.GENESIS_FRESH_S", -1)
    assert asked(who) == liar.name
    # Reading goes on; the kill switch is a person's to let go of.
    assert lift(halts=[Halt.objects.get().pk], reason="repaired", by="a person", now=NOW) == 1


@pytest.mark.parametrize("behaviour", FAILS.values(), ids=FAILS.keys())
def test_a_node_that_cannot_show_its_genesis_is_passed_over_and_nobody_is_accused(
    liars: Pair, settings: Any, behaviour: Behaviour
) -> None:
    settings.TRON_TIMEOUT_S = 1
    a, b = liars
    a.on(GENESIS, behaviour)
    assert asked(who) == b.name
    assert {one.path for one in a.heard} == {GENESIS}
    assert not Halt.objects.exists()


def test_a_node_that_contradicts_the_chain_is_accused_and_the_next_is_asked(liars: Pair) -> None:
    a, b = liars

    async def contradicted(node: Node) -> str:
        if node.name == a.name:
            raise WrongChain("block 7 is not the block 7 that was read before")
        return await who(node)

    assert read(contradicted) == b.name
    halt = Halt.objects.get()
    assert (halt.cause, halt.subject) == (HaltCause.NODE, a.name)
    assert "block 7" in halt.reason


def test_it_is_halted_even_when_the_conversation_fails(liars: Pair) -> None:
    a, b = liars
    a.on(GENESIS, OTHER_GENESIS)
    b.on(HEAD, drops)
    with pytest.raises(WrongChain):
        read(head)
    assert [halt.subject for halt in open_halts()] == [a.name]


def test_what_a_process_keeps_of_nodes_can_be_forgotten(liars: Pair) -> None:
    a, b = liars
    a.on(HEAD, says({}))
    assert read(who) == b.name
    a.on(HEAD, tells_the_truth)
    nodes.forget()
    assert read(who) == a.name


def test_one_node_that_is_open_is_the_best(node: SandboxProcess) -> None:
    async def name() -> str:
        async with open_node() as one:
            return one.name

    assert ask(name()) == node.url.removeprefix("http://")
