"""What these tests begin with."""

import pytest

from lucidpay.api.throttling import redis_client


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Forget how often anybody has called; the Redis number is this run's own."""
    redis_client().flushdb()
