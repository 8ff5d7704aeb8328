"""Every metric of ours has its line in ``docs/metrics.md``, with its type and its labels."""

from collections.abc import Iterator

import pytest
from prometheus_client.core import Metric

from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.metrics import _Database
from lucidpay.worker_metrics import worker_registry
from lucidpay.workers import beat_alive
from tests.api.test_health import _scanned
from tests.docs.pages import page, rows, words


def families() -> Iterator[Metric]:
    """Yield what web and worker tell once there is something to tell."""
    redis_client().flushdb()
    _scanned()
    beat_alive()
    yield from _Database(utc_now()).collect()
    yield from worker_registry().collect()


@pytest.mark.django_db
def test_every_metric_has_its_line_and_every_line_is_a_metric() -> None:
    made = {
        one.name + ("_total" if one.type == "counter" else ""): (
            one.type,
            set(one._labelnames),  # type: ignore[attr-defined]
        )
        for one in families()
    }
    assert "lucidpay_scanner_lag_blocks" in made
    told = {words(name)[0]: (kind, set(words(labels)))
            for name, kind, labels, _ in rows(page("metrics.md"))}  # fmt: skip
    assert told == made
