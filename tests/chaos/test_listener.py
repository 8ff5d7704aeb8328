"""The receiver of the chaos is as unwell as it says."""

from tests.chaos.listener import _moody
from tests.webhooks.receiver import Request


def refused(earlier: int) -> int:
    """Return how many of 3000 events are refused that came so often before."""
    events = (Request("/hooks", {"webhook-id": f"evt_{n}"}, b"") for n in range(3000))
    return sum(_moody(one, earlier)[0] == 500 for one in events)


def test_it_refuses_a_third_of_all_events_half_of_them_twice() -> None:
    assert 900 < refused(0) < 1100
    assert 400 < refused(1) < 600
    assert refused(2) == 0
