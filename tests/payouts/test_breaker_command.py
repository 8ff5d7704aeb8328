"""The breaker from the command line."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from payouts.models_limits import BreakerTrip
from tron.breaker import network_breaker_reset

pytestmark = pytest.mark.django_db


def breaker(*arguments: str) -> str:
    out = io.StringIO()
    call_command("breaker", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _closed() -> None:
    network_breaker_reset()


def test_it_trips_tells_and_resets() -> None:
    assert breaker() == "limits: closed  network: closed\n"
    told = breaker("trip", "--router", "PayoutRouterV0", "--reason", "odd", "--by", "olga")
    assert told.startswith("limits: open  network: closed\nPayoutRouterV0 tripped")
    assert told.endswith("olga: odd\n")
    with pytest.raises(CommandError, match="already"):
        breaker("trip", "--router", "PayoutRouterV0", "--reason", "again")
    with pytest.raises(CommandError, match="No operator"):
        breaker("reset", "--reason", "all of them")
    told = breaker("reset", "--router", "PayoutRouterV0", "--reason", "understood")
    assert told == "limits: closed  network: closed\n"
    assert BreakerTrip.objects.get().reset_reason == "understood"


def test_it_wants_a_reason_and_a_router_that_exists() -> None:
    with pytest.raises(CommandError, match="Say why"):
        breaker("trip")
    with pytest.raises(CommandError, match="no such router"):
        breaker("trip", "--router", "V0", "--reason", "x")
    assert not BreakerTrip.objects.exists()


def test_the_network_s_is_tripped_and_reset_too() -> None:
    assert breaker("trip", "--network") == "limits: closed  network: open\n"
    assert breaker("reset", "--network") == "limits: closed  network: closed\n"
