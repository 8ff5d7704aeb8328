"""The broker loses everything it holds: the database knows what is to do, and all is paid."""

from collections.abc import Callable

import pytest
import redis

from lucidpay.services import QUEUES
from tests.outage.steps import ask, assert_told_once, total, until_all_confirmed
from tests.platform.running import Platform
from tests.waiting import until

pytestmark = pytest.mark.slow

EACH = 50
KEYS = [f"lucidpay:{name}" for name in QUEUES]  # global_keyprefix and the queue's name


def queued(running: Platform) -> int:
    """Return how many messages wait."""
    with redis.Redis.from_url(running.env["REDIS_URL"]) as connection:
        return sum(int(connection.llen(key)) for key in KEYS)


def flushed(running: Platform) -> None:
    """Empty the broker."""
    running.flush_valkey()


def wiped(running: Platform) -> None:
    """Kill the broker, delete its files, and start it again."""
    running.wipe_valkey()
    running.start_servers()


@pytest.mark.parametrize("lose", [flushed, wiped])
def test_all_are_paid_though_every_message_is_lost(
    running: Platform, lose: Callable[[Platform], None]
) -> None:
    before = total(running)
    for name in ("worker", "beat"):
        running.kill(name)
    for _ in range(EACH):
        ask(running)
    assert queued(running) > 0

    def all_are_lost() -> bool:
        lose(running)
        return queued(running) == 0

    until("also the last request's ring is lost", all_are_lost)  # it rings after its answer
    running.start_worker()
    running.start_beat()
    for number in range(EACH):
        ask(running)
        if number == EACH // 2:
            until("some are under way", lambda: running.one(UNDER_WAY) > 0)
            lose(running)
    lose(running)
    assert total(running) == before + 2 * EACH
    until_all_confirmed(running)
    assert_told_once(running)


UNDER_WAY = "SELECT count(*) FROM payouts_payout WHERE status = 'processing'"
