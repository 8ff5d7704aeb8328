"""Every broadcast reaches the node and no answer ever comes back: each payout is paid once."""

import pytest

from tests.outage.steps import (
    ask,
    assert_signed_once,
    attempts,
    hurry,
    sends,
    until_all_confirmed,
)
from tests.platform.running import BLOCK_MS, Platform
from tests.tron.lying_node import LyingNode, drops_after_acting, tells_the_truth
from tests.waiting import until

pytestmark = pytest.mark.slow

PEOPLE, ROUNDS = 10, 4
LONG_S = 150  # longer than a transaction is valid
BROADCAST = "wallet/broadcasthex"
HEAD_TIME_MS = "SELECT head_time_ms FROM tron_scancursor"
UNDERSTOOD = "SELECT count(*) FROM tron_nodeanswer WHERE outcome <> 'unknown'"


def test_it_pays_once_though_no_broadcast_is_ever_answered(
    proxied: tuple[Platform, LyingNode],
) -> None:
    running, between = proxied
    between.on(BROADCAST, drops_after_acting)
    # No block comes, so nothing tells that the first sending worked.
    running.control("auto", {"block_ms": 0})
    paths = [ask(running) for _ in range(PEOPLE)]
    signed = "SELECT count(*) FROM tron_chaintransaction"
    until("all are signed", lambda: running.one(signed) == PEOPLE)
    for round_number in range(1, ROUNDS + 1):
        until("all were sent again", lambda: sends(running) >= round_number)  # noqa: B023
        hurry(running)
    # They are counted when they are claimed, a moment before their bytes leave.
    until("all have come", lambda: len(between.questions(BROADCAST)) >= PEOPLE * ROUNDS)
    assert [attempts(running, path) for path in paths] == [["sent"]] * PEOPLE

    running.control("auto", {"block_ms": BLOCK_MS})
    until_all_confirmed(running)
    stepped = running.sandbox("state")["head_time_ms"] + LONG_S * 1000
    running.control("step", {"seconds": LONG_S})
    # What is signed before the scanner knows the new time has expired when it is born.
    until("the new time is known", lambda: running.one(HEAD_TIME_MS) >= stepped)
    for _ in range(PEOPLE):
        ask(running)
    until_all_confirmed(running)
    assert running.one(UNDERSTOOD) == 0

    between.on(BROADCAST, tells_the_truth)
    ask(running)
    until_all_confirmed(running)
    assert running.one(UNDERSTOOD) > 0
    assert_signed_once(running)
