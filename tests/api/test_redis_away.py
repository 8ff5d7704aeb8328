"""Redis is stopped under a platform that has used it: what it kept is told as unknown."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.embedded.places import places_of
from lucidpay.embedded.valkey import Valkey
from payouts.services.limits import limit_breaker_trip
from tests.api.client import Api
from tests.api.test_metrics import told
from tests.api.test_stats import FIELDS, STATS
from tron.breaker import network_breaker_status, note_answer, note_failure
from tron.errors import Unreachable

HEALTH = "/api/payment/health"


@pytest.fixture
def valkey(settings: Any) -> Iterator[Valkey]:
    """A Redis server of this test's own, whose breaker has been used and stands open."""
    directory = Path(mkdtemp(prefix="lucidpay-test-"))
    directory.chmod(0o711)  # so that the server's account can enter it
    server = Valkey(places_of(directory))
    server.start()
    settings.REDIS_URL = server.url
    redis_client.cache_clear()
    for _ in range(5):
        note_failure(Unreachable("nobody there"))
    assert network_breaker_status() == "open"
    yield server
    if server.process():
        server.stop()
    redis_client.cache_clear()
    for place in {server.places.home, server.places.sockets, directory}:
        shutil.rmtree(place, ignore_errors=True)


def test_statistics_tell_that_the_breaker_is_not_known(alice: Api, valkey: Valkey) -> None:
    assert alice.get(STATS).body["circuit_breaker_status"] == "open"
    valkey.stop()
    answer = alice.get(STATS)
    assert answer.status == 200, answer.text
    assert list(answer.body) == FIELDS
    assert answer.body["circuit_breaker_status"] == "unknown"


def test_an_open_limit_breaker_is_told_without_redis(alice: Api, valkey: Valkey) -> None:
    valkey.stop()
    limit_breaker_trip(router_type="", reason="drill", by="olga", now=utc_now())
    assert alice.get(STATS).body["circuit_breaker_status"] == "open"
    assert told()[("tron_circuit_breaker_open",)] == 1
    check = Api().get(HEALTH).body["checks"]["circuit_breaker"]
    assert (check["status"], check["daily_limit_remaining"]) == ("open", 60_000)


@pytest.mark.django_db
def test_metrics_go_on_and_leave_out_what_is_not_known(valkey: Valkey) -> None:
    assert told()[("tron_circuit_breaker_open",)] == 1
    valkey.stop()
    found = told()
    assert ("tron_circuit_breaker_open",) not in found
    assert ("queue_depth",) not in found
    assert ("queues_unserved",) not in found
    assert found[("tron_daily_limit_usage_usdt",)] == 0


@pytest.mark.django_db
def test_health_names_redis_and_tells_the_rest(valkey: Valkey) -> None:
    valkey.stop()
    answer = Api().get(HEALTH)
    assert (answer.status, answer.body["status"]) == (503, "unhealthy")
    checks = answer.body["checks"]
    assert (checks["redis"]["status"], checks["database"]["status"]) == ("unhealthy", "healthy")
    assert checks["circuit_breaker"] == {"status": "unknown", "daily_limit_remaining": 60_000}


@pytest.mark.django_db
def test_nobody_is_told_that_the_breaker_was_tripped_when_it_was_not(valkey: Valkey) -> None:
    valkey.stop()
    for verb in ("trip", "reset"):
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("breaker", verb, "--network")
    note_answer()  # a scanner goes on without it
    valkey.start()
    assert network_breaker_status() == "open"
