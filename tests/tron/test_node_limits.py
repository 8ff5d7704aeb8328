"""Limits: ours are kept, theirs are heard, and neither is taken for a node that is down."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis

from tests.local import port_free
from tests.tron.chain import asked, read
from tests.tron.lying_node import Exchange, LyingNode, says, tells_the_truth
from tron import nodes
from tron.buckets import Bucket, bucket_of, limit_rps
from tron.errors import KeptOff, OutcomeUnknown, Throttled
from tron.models import NodeState
from tron.node import Node
from tron.node_health import PAUSE_MAX_S, PAUSE_NAMED_MAX_S, publish

pytestmark = pytest.mark.django_db
HEAD = "wallet/getblock"
KEY = "tron-pro-api-key"
Pair = tuple[LyingNode, LyingNode]


class Clock:
    """The time of day, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the clock by which pauses are kept."""
    moved = Clock()
    monkeypatch.setattr("tron.node_health.utc_now", moved)
    return moved


async def head(node: Node) -> Any:
    """Ask for the head."""
    return await node.head()


def state(liar: LyingNode) -> NodeState:
    """Return what is stored of a node."""
    publish()
    return NodeState.objects.get(name=liar.name)


# --- What a node asks for -------------------------------------------------------------------------

BUSY = {"Error": "class java.lang.IllegalAccessException : lack of computing resources"}
KEY_LIMIT = "The key exceeds the frequency limit(15), and the query server is suspended for 30s"
IP_LIMIT = "request rate exceeded the allowed_rps(10), and the query server is suspended for 5 s"
DAY_LIMIT = "Exceed the user daily usage (100000), the maximum query frequency is 1 time per second"
SAID = {
    "429": (says(b"", 429), 1),
    "403": (says(b"Forbidden", 403), 1),
    "403 for 30 s": (says({"Error": KEY_LIMIT}, 403), 30),
    "403 of the indexer": (
        says({"Success": False, "Error": KEY_LIMIT, "StatusCode": 403}, 403),
        30,
    ),
    "200 for 5 s": (says({"Error": IP_LIMIT}), 5),
    "for the day": (says({"Error": DAY_LIMIT}, 403), 1),
    "for the day with 200": (says({"Error": DAY_LIMIT}), 1),
    "busy": (says(BUSY), 1),
    "Retry-After": (says(b"", 429, {"Retry-After": "17"}), 17),
    "Retry-After 0": (says(b"", 429, {"Retry-After": "0"}), 1),
    "Retry-After in words": (says(b"", 429, {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}), 1),
    "Retry-After for ever": (says(b"", 429, {"Retry-After": "999999"}), PAUSE_NAMED_MAX_S),
}


@pytest.mark.parametrize(("behaviour", "pause_s"), SAID.values(), ids=SAID.keys())
def test_a_pause_that_is_asked_for_is_kept_and_is_no_failure(
    liar: LyingNode, clock: Clock, behaviour: Any, pause_s: int
) -> None:
    liar.on(HEAD, behaviour)
    with pytest.raises(Throttled):
        asked(head)
    after = state(liar)
    assert after.throttled_until == clock.now + timedelta(seconds=pause_s)
    assert (after.failures, after.last_error) == (0, "")
    liar.on(HEAD, tells_the_truth)
    clock.pass_s(pause_s - 0.01)
    with pytest.raises(KeptOff):
        asked(head)
    assert len(liar.questions(HEAD)) == 1
    clock.pass_s(0.02)
    assert asked(head).number > 0


def test_the_pause_grows_to_a_minute_and_starts_anew_after_an_answer(
    liar: LyingNode, clock: Clock
) -> None:
    def refused() -> float:
        liar.on(HEAD, says(b"", 429))
        with pytest.raises(Throttled):
            asked(head)
        until = state(liar).throttled_until
        assert until is not None
        pause_s = (until - clock.now).total_seconds()
        clock.pass_s(pause_s)
        return pause_s

    assert [refused() for _ in range(8)] == [1, 2, 4, 8, 16, 32, PAUSE_MAX_S, PAUSE_MAX_S]
    liar.on(HEAD, tells_the_truth)
    assert asked(head).number > 0
    assert refused() == 1


def test_many_refusals_at_once_are_one(liar: LyingNode, clock: Clock) -> None:
    liar.on(HEAD, says(b"", 429))

    async def crowd(node: Node) -> None:
        await asyncio.gather(*(node.head() for _ in range(10)))

    with pytest.raises(Throttled):
        asked(crowd)
    until = state(liar).throttled_until
    assert until == clock.now + timedelta(seconds=1)


def test_a_5xx_that_names_a_pause_stays_unknown_and_gets_its_pause(
    liar: LyingNode, clock: Clock
) -> None:
    liar.on(HEAD, says(b"", 503, {"Retry-After": "7"}))
    with pytest.raises(OutcomeUnknown):
        asked(head)
    assert state(liar).throttled_until == clock.now + timedelta(seconds=7)


def test_a_throttled_node_is_left_alone_while_another_answers(liars: Pair, clock: Clock) -> None:
    a, b = liars
    a.on(HEAD, says({"Error": KEY_LIMIT}, 403))
    for _ in range(3):
        assert read(head).number > 0
    assert (len(a.questions(HEAD)), len(b.questions(HEAD))) == (1, 3)
    a.on(HEAD, tells_the_truth)
    clock.pass_s(31)
    read(head)
    assert (len(a.questions(HEAD)), len(b.questions(HEAD))) == (2, 3)


def test_while_all_pause_work_waits_and_nobody_is_asked(liars: Pair, clock: Clock) -> None:
    for one in liars:
        one.on(HEAD, says(b"", 429, {"Retry-After": "20"}))
    for _ in range(3):
        with pytest.raises(Throttled):
            read(head)
    assert nodes.all_throttled()
    assert [len(one.questions(HEAD)) for one in liars] == [1, 1]
    clock.pass_s(21)
    assert not nodes.all_throttled()


def test_a_clock_that_is_set_back_keeps_no_node_for_long(liar: LyingNode, clock: Clock) -> None:
    liar.on(HEAD, says(b"", 429))
    with pytest.raises(Throttled):
        asked(head)
    liar.on(HEAD, tells_the_truth)
    clock.pass_s(-86_400)
    with pytest.raises(KeptOff):
        asked(head)
    clock.pass_s(86_400 + 2)
    assert asked(head).number > 0


# --- API keys -------------------------------------------------------------------------------------


def keys_heard(liar: LyingNode) -> list[str | None]:
    """Return the API key of each question, in order."""
    return [one.headers.get(KEY) for one in liar.heard]


def test_a_plain_key_goes_to_every_node_and_a_named_one_to_its_own_only(
    liars: Pair, settings: Any
) -> None:
    a, b = liars
    settings.TRON_API_KEYS = ["plain", f"{a.name}=for-a", "api.trongrid.io=for-the-gateway"]
    for one in (a, b):
        settings.TRON_NODES = [one.url]
        for _ in range(4):
            asked(head)
    assert set(keys_heard(a)) == {"plain", "for-a"}
    assert set(keys_heard(b)) == {"plain"}


def test_a_key_of_another_host_is_never_sent(liar: LyingNode, settings: Any) -> None:
    settings.TRON_API_KEYS = ["api.trongrid.io=secret", "0.0.1=secret", "127.0.0.1:1=secret"]
    asked(head)
    assert set(keys_heard(liar)) == {None}


def test_several_keys_are_used_in_turn(liar: LyingNode, settings: Any) -> None:
    settings.TRON_API_KEYS = ["one", "two", "three=not-mine", "127.0.0.1=three"]

    async def six(node: Node) -> None:
        for _ in range(6):
            await node.head()

    asked(six)
    heads = [one.headers[KEY] for one in liar.questions(HEAD)]
    assert sorted(heads) == ["one", "one", "three", "three", "two", "two"]
    assert heads[:3] == heads[3:]


def test_a_key_that_is_limited_rests_and_the_others_go_on(
    liar: LyingNode, settings: Any, clock: Clock
) -> None:
    settings.TRON_API_KEYS = ["worn", "fresh"]

    def limits(exchange: Exchange) -> None:
        if exchange.headers[KEY] == "worn":
            exchange.reply({"Error": KEY_LIMIT}, 403)
        else:
            exchange.reply(exchange.forward())

    liar.on(HEAD, limits)
    ends = []
    for _ in range(6):
        try:
            ends.append(asked(head).number > 0)
        except Throttled:
            ends.append(False)
    assert ends.count(False) == 1
    assert state(liar).throttled_until is None
    assert [one.headers[KEY] for one in liar.questions(HEAD)].count("worn") == 1


# --- Our own limit --------------------------------------------------------------------------------


@pytest.fixture
def name() -> str:
    """Give a bucket nobody has used."""
    return f"lucidpay:node-rate:{uuid4()}"


def taken(bucket: Bucket, patience_s: float) -> float | None:
    """Take a turn."""
    return asyncio.run(bucket.take(patience_s=patience_s))


@pytest.fixture(params=["shared", "alone"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Keep the bucket in Redis, and in this process while Redis is away."""
    if request.param == "alone":
        nobody = redis.Redis(port=port_free(), socket_connect_timeout=1)
        monkeypatch.setattr("tron.buckets.redis_client", lambda: nobody)
    yield request.param
    nodes.forget()


def test_turns_come_one_after_the_other(place: str, name: str) -> None:
    bucket = Bucket(name, rps=1)
    assert taken(bucket, 0) == 0
    waits = [taken(bucket, 60) or 0 for _ in range(30)]
    assert waits == sorted(waits)
    assert 20 < waits[-1] <= 30
    assert taken(bucket, 0) is None


def test_a_turn_that_comes_too_late_is_not_taken(place: str, name: str) -> None:
    bucket = Bucket(name, rps=1)
    for _ in range(30):
        assert taken(bucket, 60) is not None
    for _ in range(50):
        assert taken(bucket, 1) is None
    wait_s = taken(bucket, 60)
    assert wait_s is not None
    assert wait_s <= 30  # nobody stood in line before it


def test_no_second_sees_more_than_the_gateway_bears(place: str, name: str) -> None:
    """At most 15 in any second: those at once, and those that follow within it."""
    bucket = Bucket(name, rps=12)
    goes_at = []
    for _ in range(60):
        wait_s = taken(bucket, 10)
        assert wait_s is not None
        goes_at.append(time.monotonic() + wait_s)
    for first in goes_at:
        assert sum(1 for at in goes_at if first <= at < first + 0.95) <= 15


def test_without_a_limit_nobody_waits_and_nothing_is_counted(name: str) -> None:
    assert [taken(Bucket(name, rps=0), 0) for _ in range(100)] == [0] * 100


def test_the_bucket_is_shared_by_all_processes(name: str) -> None:
    for _ in range(60):
        assert taken(Bucket(name, rps=1), 100) is not None
    code = (
        "import asyncio, sys; from tron.buckets import Bucket; "
        "print(asyncio.run(Bucket(sys.argv[1], rps=1).take(patience_s=0)), "
        "asyncio.run(Bucket(sys.argv[1] + 'x', rps=1).take(patience_s=0)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, name], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["None", "0.0"]


def test_only_the_gateway_has_a_limit_by_itself(settings: Any) -> None:
    hosts = ["api.trongrid.io", "nile.trongrid.io", "trongrid.io", "nottrongrid.io", "127.0.0.1"]
    assert [limit_rps(host) for host in hosts] == [12, 12, 12, 0, 0]
    settings.TRON_RATE_LIMIT_RPS = 5
    assert [limit_rps(host) for host in hosts] == [5] * 5


def test_each_node_and_key_has_a_bucket_of_its_own_that_does_not_tell_the_key() -> None:
    pairs = [("a", "one"), ("a", "two"), ("b", "one"), ("a", "")]
    names = [bucket_of(node=node, host=node, key=key).name for node, key in pairs]
    assert len(set(names)) == 4
    assert not any("one" in name or "two" in name for name in names)


def test_a_question_waits_for_its_turn_no_longer_than_for_an_answer(
    liar: LyingNode, settings: Any
) -> None:
    settings.TRON_RATE_LIMIT_RPS, settings.TRON_TIMEOUT_S = 1, 2

    async def crowd(node: Node) -> list[Any]:
        return await asyncio.gather(*(node.head() for _ in range(8)), return_exceptions=True)

    ends = asked(crowd)
    kept_off = [one for one in ends if isinstance(one, KeptOff)]
    assert 0 < len(kept_off) < 8
    assert len(liar.questions(HEAD)) == 8 - len(kept_off)
    assert state(liar).failures == 0


def test_with_a_key_whose_turn_it_is_nobody_waits(liar: LyingNode, settings: Any) -> None:
    settings.TRON_RATE_LIMIT_RPS, settings.TRON_TIMEOUT_S = 1, 10
    settings.TRON_API_KEYS = [uuid4().hex for _ in range(4)]

    async def some(node: Node) -> None:
        for _ in range(3):
            await node.head()

    asked(some)  # and the genesis: four questions, four keys
    assert len(set(keys_heard(liar))) == 4
