"""Every request to a node is counted under a known name, however it ends."""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess
from tests.tron.chain import asked
from tests.tron.lying_node import Exchange, LyingNode, says
from tron import request_times
from tron.errors import NodeError
from tron.request_times import BOUNDS_MS, ENDPOINTS, OTHER, Times, times_by_endpoint

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = "wallet/getchainparameters"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_row() -> Iterator[None]:
    request_times.row_take(3)
    yield
    request_times.row_take(0)


class Since:
    """What was counted since this was made."""

    def __init__(self) -> None:
        self._before = times_by_endpoint()

    def requests(self, endpoint: str) -> int:
        return sum(times_by_endpoint()[endpoint].buckets) - sum(self._before[endpoint].buckets)

    def errors(self, endpoint: str) -> dict[str, int]:
        now, before = times_by_endpoint()[endpoint].errors, self._before[endpoint].errors
        return {name: now[name] - before[name] for name in now if now[name] != before[name]}

    def microseconds(self, endpoint: str) -> int:
        return times_by_endpoint()[endpoint].microseconds - self._before[endpoint].microseconds


def ask(path: str) -> Any:
    return asked(lambda node: node.call(path))


def test_every_endpoint_that_is_asked_has_its_name() -> None:
    texts = [
        path.read_text()
        for app in ("tron", "wallets", "payouts", "lucidpay")
        for path in (ROOT / app).rglob("*.py")
        if "sandbox" not in path.parts and path.name != "request_times.py"
    ]
    paths = {path for text in texts for path in re.findall(r'"(wallet\w*/[a-zA-Z0-9]+)"', text)}
    asked = re.compile(r'(?:constant_call\(\s*|side: str = )"(\w+)"')
    sides = {side for text in texts for side in asked.findall(text)}
    paths |= {f"{side}/triggerconstantcontract" for side in sides}
    assert "wallet/broadcasthex" in paths
    assert paths == {*ENDPOINTS} - {OTHER}


def test_an_answer_is_counted_with_its_time(node: SandboxProcess) -> None:
    since = Since()
    ask(PARAMETERS)
    assert since.requests(PARAMETERS) == 1
    assert since.errors(PARAMETERS) == {}
    assert since.microseconds(PARAMETERS) > 0


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(500, "down", "OutcomeUnknown"), (200, b"<html>", "OutcomeUnknown"), (429, {}, "Throttled")],
)
def test_an_error_is_a_request_too(liar: LyingNode, status: int, body: Any, error: str) -> None:
    liar.on(PARAMETERS, says(body, status))
    since = Since()
    with pytest.raises(NodeError):
        ask(PARAMETERS)
    assert since.requests(PARAMETERS) == 1
    assert since.errors(PARAMETERS) == {error: 1}


def test_a_node_that_is_not_there_is_counted(settings: Any, node: SandboxProcess) -> None:
    settings.TRON_NODES = ["http://127.0.0.1:1"]
    since = Since()
    with pytest.raises(NodeError):
        ask(PARAMETERS)
    # Its genesis was asked for first, and no more after that.
    assert since.errors("wallet/getblockbynum") == {"Unreachable": 1}
    assert since.requests(PARAMETERS) == 0


def test_one_that_hangs_until_we_give_up_is_counted(liar: LyingNode) -> None:
    def hang(exchange: Exchange) -> None:
        exchange.released.wait()

    liar.on(PARAMETERS, hang)
    since = Since()

    async def cut_off(node: Any) -> None:
        await node.prove_genesis()
        async with asyncio.timeout(0.05):
            await node.call(PARAMETERS)

    with pytest.raises(TimeoutError):
        asked(cut_off)
    assert since.requests(PARAMETERS) == 1
    assert since.errors(PARAMETERS) == {"GivenUp": 1}


def test_what_nobody_named_is_counted_as_other_and_its_path_is_not_kept(liar: LyingNode) -> None:
    liar.on("wallet/s3cret-key", says({}))
    since = Since()
    ask("wallet/s3cret-key")
    assert since.requests(OTHER) == 1
    assert set(times_by_endpoint()) == set(ENDPOINTS)


def test_times_fall_into_the_bucket_that_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for took_us, bucket in ((0, 0), (5_000, 0), (5_001, 1), (10_000_000, 10), (10_000_001, 11)):
        clock = iter((7, 7 + took_us * 1_000))
        monkeypatch.setattr(request_times.time, "monotonic_ns", lambda clock=clock: next(clock))
        before = times_by_endpoint()[OTHER]
        with request_times.timed("?"):
            pass
        after = times_by_endpoint()[OTHER]
        assert _grown(before, after) == [bucket]
        assert after.microseconds - before.microseconds == took_us
    assert len(before.buckets) == len(BOUNDS_MS) + 1


def _grown(before: Times, after: Times) -> list[int]:
    pairs = zip(before.buckets, after.buckets, strict=True)
    return [at for at, (was, now) in enumerate(pairs) if now != was]


def test_what_a_forked_process_counts_is_seen_here_also_when_it_is_gone() -> None:
    since = Since()
    for row in (1, 2, 2):  # the third has taken the place of the second
        child = os.fork()
        if child == 0:
            request_times.row_take(row)
            with request_times.timed(PARAMETERS):
                pass
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert since.requests(PARAMETERS) == 3
