"""Workers killed at every point of a sweep's road: it costs time, never a second top-up."""

from collections.abc import Iterator

import pytest

from tests.gateway.sweep_points import POINT_NAMES
from tests.platform.checks import assert_books_are_right
from tests.platform.running import Platform, http, platform
from tests.waiting import until
from tron.address import address_parse

pytestmark = pytest.mark.slow
USDT = 1_000_000
PLACES = """
from lucidpay.clock import utc_now
from tests.deposits import deposit_account_create, deposit_address_next
from wallets.services.deposits import seeds_make
account = deposit_account_create(name="shop", now=utc_now())
seeds_make()
print(*[deposit_address_next(account_id=account.pk, now=utc_now()) for _ in range({count})])
"""
LYING = """
    SELECT sum(e.units)::bigint FROM wallets_entry e JOIN wallets_account a ON a.id = e.account_id
     WHERE a.kind = 'deposits' AND a.asset = %s"""


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give a platform of its own, without a web server."""
    with platform(tmp_path_factory.mktemp("sweep")) as whole:
        whole.start_beat()
        yield whole


def hurry(running: Platform) -> None:
    """Let it be every sweep's turn, also of those that a worker who died had in hand."""
    running.execute("UPDATE gateway_sweep SET look_at = now() WHERE status = 'wanted'")


def start(running: Platform, point: str = "") -> None:
    """Start a worker."""
    running.fork("worker", "tests.gateway.sweep_worker", "worker", point)


def has_died(running: Platform) -> bool:
    """Return whether the worker has killed itself; until then nobody is let wait."""
    hurry(running)
    return running.children["worker"].poll() is not None


def are_swept(running: Platform, count: int) -> bool:
    """Return whether so many were swept; until then nobody is let wait."""
    hurry(running)
    return running.one("SELECT count(*) FROM gateway_sweep WHERE status = 'swept'") == count


def given(running: Platform, place: str) -> list[int]:
    """Return the TRX that our wallet has sent to an address, by the chain."""
    url = f"{running.node_url}/v1/accounts/{place}/transactions?only_to=true&limit=200"
    contracts = [
        row["raw_data"]["contract"][0]["parameter"]["value"]
        for row in http("GET", url).body["data"]
        if row["raw_data"]["contract"][0]["type"] == "TransferContract"
    ]
    hot = address_parse(running.hot).hex()
    return [one["amount"] for one in contracts if one["owner_address"] == hot]


def moved(running: Platform, place: str) -> list[int]:
    """Return the USDT that left an address, by the chain."""
    url = f"{running.node_url}/sandbox/transfers?from={place}"
    return [int(one["amount"]) for one in http("GET", url).body["transfers"]]


def test_it_is_given_and_moved_once_when_workers_are_killed_at_every_point(
    running: Platform,
) -> None:
    made = running.manage("shell", "-v", "0", "-c", PLACES.format(count=len(POINT_NAMES)))
    places = made.split()[-len(POINT_NAMES) :]
    for point, place in zip(POINT_NAMES, places, strict=True):
        start(running, point)
        running.control("faucet", {"address": place, "usdt": 100})
        until(f"it dies {point}", lambda: has_died(running), deadline_s=120, pause_s=0.5)
        running.died("worker")

    start(running)
    until("all are swept", lambda: are_swept(running, len(places)), deadline_s=180, pause_s=0.5)
    unbooked = "SELECT count(*) FROM tron_chainflow WHERE booked_at IS NULL"
    until("all is booked", lambda: running.one(unbooked) == 0, deadline_s=60)
    running.manage("verify")
    running.kill("worker")

    for place in places:
        assert len(given(running, place)) == 1
        assert moved(running, place) == [100 * USDT]
    assert running.one("SELECT count(*) FROM tron_halt") == 0
    assert running.one(LYING, "USDT") == 0
    lying = (running.node("/walletsolidity/getaccount", _of(place)) for place in places)
    assert running.one(LYING, "TRX") == sum(one["balance"] for one in lying)
    assert_books_are_right(running)


def _of(place: str) -> dict[str, str]:
    return {"address": address_parse(place).hex()}
