"""Every way in which the platform speaks to PostgreSQL and Redis, tried once; prints what came.

``python -m tests.tls.probe``, by the settings in the environment.
"""

import json
import sys
from collections.abc import Callable

import django

django.setup()

from django.db import connection  # noqa: E402

from lucidpay.api.throttling import redis_client  # noqa: E402
from lucidpay.celery import app  # noqa: E402
from lucidpay.leaving import leave  # noqa: E402
from tron.tasks import look  # noqa: E402


def database() -> None:
    """Ask as every model does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def bell() -> None:
    """Ring for a worker."""
    look.apply_async(retry=False)


def worker() -> None:
    """Hear a ring, as a worker does."""
    with app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=0)
        with broker.SimpleQueue("tls-probe") as queue:
            queue.put("ring")
            queue.get(timeout=10).ack()


WAYS: dict[str, Callable[[], object]] = {
    "database": database,
    "limits": lambda: redis_client().ping(),
    "leaving": leave,
    "bell": bell,
    "worker": worker,
}


def tried(way: Callable[[], object]) -> str:
    """Return how it went."""
    try:
        way()
    except Exception as error:  # whatever it is, the test reads it
        return f"{type(error).__name__}: {error}"
    return "fine"


if __name__ == "__main__":
    json.dump({name: tried(way) for name, way in WAYS.items()}, sys.stdout)
