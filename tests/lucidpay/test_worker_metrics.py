"""A real worker tells Prometheus how nodes answer its pool, whatever is killed."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests import local
from tests.platform.running import Platform, platform
from tests.waiting import until

pytestmark = pytest.mark.slow

SOLID = "walletsolidity/getblock"
REQUESTS, ERRORS = "tron_node_request_seconds", "tron_node_request_errors_total"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give a platform whose beat rings a worker that tells."""
    port = str(local.port_free())
    with platform(tmp_path_factory.mktemp("metrics"), WORKER_METRICS_PORT=port) as whole:
        whole.start_beat()
        yield whole


@pytest.fixture
def worker(running: Platform) -> Iterator[Platform]:
    """Give the platform with a worker that has just started."""
    running.start_worker()
    until("the worker tells", lambda: page(running))
    yield running
    running.kill("worker")


def url(running: Platform) -> str:
    return f"http://127.0.0.1:{running.env['WORKER_METRICS_PORT']}/metrics"


def page(running: Platform) -> str:
    """Return what the worker tells, empty when nobody listens."""
    try:
        return local.call("GET", url(running))[2].decode()
    except OSError:
        return ""


def told(running: Platform, name: str, **labels: str) -> float:
    """Return one number of the page."""
    samples = [
        sample.value
        for family in text_string_to_metric_families(page(running))
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    assert len(samples) == 1, (name, labels)
    return samples[0]


def requests(running: Platform) -> float:
    return told(running, f"{REQUESTS}_count", endpoint=SOLID)


def until_more(running: Platform, than: float) -> float:
    until("nodes are asked", lambda: requests(running) > than)
    return requests(running)


def pool(running: Platform) -> list[int]:
    return [child.pid for child in psutil.Process(running.children["worker"].pid).children()]


def log_of(running: Platform, name: str) -> str:
    return (running.directory / f"{name}.log").read_text()


@pytest.mark.contract("C-METRICS-4")
def test_it_tells_what_its_pool_asks_of_nodes(worker: Platform) -> None:
    until_more(worker, than=0)
    assert told(worker, f"{REQUESTS}_sum", endpoint=SOLID) > 0
    assert told(worker, f"{REQUESTS}_bucket", endpoint=SOLID, le="+Inf") > 0
    assert told(worker, f"{REQUESTS}_count", endpoint="other") == 0
    assert told(worker, ERRORS, endpoint=SOLID, error="OutcomeUnknown") == 0


@pytest.mark.contract("C-METRICS-4")
def test_a_killed_child_takes_nothing_with_it(worker: Platform) -> None:
    before = until_more(worker, than=0)
    (child,) = pool(worker)
    os.kill(child, signal.SIGKILL)
    until("another has taken its place", lambda: pool(worker) not in ([], [child]))
    assert until_more(worker, than=before) > before
    # One that outlives its worker must not keep the port from the next.
    held = psutil.Process(pool(worker)[0]).net_connections("inet")
    assert int(worker.env["WORKER_METRICS_PORT"]) not in [one.laddr.port for one in held]


@pytest.mark.contract("C-METRICS-4")
def test_a_worker_that_was_killed_is_followed_by_one_that_tells(worker: Platform) -> None:
    until_more(worker, than=0)
    worker.kill("worker")
    worker.start_worker()
    until("the next one tells", lambda: page(worker))
    until_more(worker, than=0)


@pytest.mark.contract("C-METRICS-4")
def test_what_a_node_does_not_answer_is_an_error(worker: Platform) -> None:
    until_more(worker, than=0)
    worker.kill("node")

    def unreachable() -> float:
        return told(worker, ERRORS, endpoint=SOLID, error="Unreachable")

    until("the node is missed", unreachable)
    worker.start_node()
    until_more(worker, than=requests(worker))


@pytest.mark.contract("C-METRICS-4")
def test_a_port_that_is_taken_is_said_and_stops_no_worker(worker: Platform) -> None:
    worker.start_worker("second")
    until("it is said", lambda: '"worker_metrics_not_served"' in log_of(worker, "second"))
    assert "Address already in use" in log_of(worker, "second")
    worker.children["worker"], first = worker.children["second"], worker.children["worker"]
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    del worker.children["second"]
    at = worker.one("SELECT max(seen_at) FROM tron_scancursor")
    until(
        "the second goes on working",
        lambda: worker.one("SELECT max(seen_at) FROM tron_scancursor") > at,
    )
    assert page(worker) == ""


def test_an_address_of_nothing_is_this_machine_and_not_every_one(worker: Platform) -> None:
    port = worker.env["WORKER_METRICS_PORT"]
    worker.kill("worker")
    worker.env["WORKER_METRICS_ADDRESS"] = ""
    try:
        worker.start_worker()
        until("the worker tells", lambda: page(worker))
    finally:
        del worker.env["WORKER_METRICS_ADDRESS"]
    listening = psutil.Process(worker.children["worker"].pid).net_connections("inet")
    assert {one.laddr.ip for one in listening if str(one.laddr.port) == port} == {"127.0.0.1"}


@pytest.mark.contract("C-METRICS-4")
def test_without_a_port_nothing_is_told(running: Platform) -> None:
    port = running.env.pop("WORKER_METRICS_PORT")
    try:
        running.start_worker("silent")
        until("it works", lambda: "silent@test ready" in log_of(running, "silent"))
    finally:
        running.env["WORKER_METRICS_PORT"] = port
        running.kill("silent")
    assert "worker_metrics" not in log_of(running, "silent")
