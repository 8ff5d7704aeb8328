"""What a worker tells Prometheus on a port of its own: how nodes answer its pool.

Nothing here is money, so nothing is read from the database; it begins at 0 with each worker.
"""

import os
from collections.abc import Iterator
from itertools import accumulate

import structlog
from django.conf import settings
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily as Count
from prometheus_client.core import HistogramMetricFamily as Histogram
from prometheus_client.core import Metric

from tron.request_times import BOUNDS_MS, Times, times_by_endpoint

log = structlog.get_logger(__name__)

BOUNDS = [*(str(ms / 1_000) for ms in BOUNDS_MS), "+Inf"]


def metrics_serve() -> None:
    """Answer Prometheus from a thread of this process, when ``WORKER_METRICS_PORT`` is set.

    A port that cannot be had is logged, and the worker goes on: paying matters more.
    """
    address, port = settings.WORKER_METRICS_ADDRESS, settings.WORKER_METRICS_PORT
    if not port:
        return
    try:
        server, _ = start_http_server(port, address, worker_registry())
    except OSError as error:
        log.error("worker_metrics_not_served", address=address, port=port, error=str(error))
        return
    # A child of the pool that outlives a killed worker must not keep the port from the next one.
    os.register_at_fork(after_in_child=server.socket.close)
    log.info("worker_metrics_served", address=address, port=port)


def worker_registry() -> CollectorRegistry:
    """Return what a worker tells."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Requests())
    return registry


class _Requests:
    """A collector of what the processes of the pool have asked of nodes."""

    def describe(self) -> list[Metric]:
        """Describe nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the histogram and the errors, 0 for what has not happened yet."""
        found = times_by_endpoint()
        yield _took(found)
        text = "Requests to nodes that brought no usable answer."
        errors = Count("tron_node_request_errors", text, labels=["endpoint", "error"])
        for endpoint, times in found.items():
            for error, count in times.errors.items():
                errors.add_metric([endpoint, error], count)
        yield errors


def _took(found: dict[str, Times]) -> Metric:
    text = "From sending a request to a node until it was answered, refused or given up."
    family = Histogram("tron_node_request_seconds", text, labels=["endpoint"])
    for endpoint, times in found.items():
        buckets = list(zip(BOUNDS, accumulate(times.buckets), strict=True))
        family.add_metric([endpoint], buckets, times.microseconds / 1_000_000)
    return family
