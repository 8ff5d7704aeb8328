"""Asks for the admin's front page and tells what its statements took."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from lucidpay.dashboard import fees
from tests import builders

# Lines as a month of payouts at all hours leaves: each router's statuses, times and costs.
MONTH = """
INSERT INTO payouts_tally (owner_id, hour, router_type, measure, bucket, count, total)
SELECT NULL, hour, router, line.measure, line.bucket, 100, 4200000
  FROM generate_series(date_trunc('hour', now(), 'UTC') - interval '30 days',
                       date_trunc('hour', now(), 'UTC'), interval '1 hour') AS hour
 CROSS JOIN unnest(ARRAY['PayoutRouterV0', 'PayoutRouterKYC', 'PayoutRouterDirect']) AS router
 CROSS JOIN (VALUES ('confirmed', 0), ('failed', 0), ('cancelled', 0), ('fee', 0), ('energy', 0),
                    ('staked', 0), ('dispatch', 2), ('dispatch', 3), ('dispatch', 4),
                    ('dispatch', 5), ('confirmation', 4), ('confirmation', 5),
                    ('confirmation', 6), ('confirmation', 7)) AS line (measure, bucket)
    ON CONFLICT DO NOTHING"""
SLOWEST = 5
CUT = 110


def front_asker() -> Callable[[], dict[str, Any]]:
    """Return what asks for the page once; the sums are filled before, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute(MONTH)
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(builders.user("approver", is_staff=True))
    took: list[tuple[float, str]] = []

    def timed(run: Callable[..., Any]) -> Callable[..., Any]:
        def ran(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return run(*args, **kwargs)
            finally:
                took.append(((time.perf_counter() - start) * 1000, str(args[0])))

        return ran

    def wrapped(execute: Callable[..., Any], *args: Any) -> Any:
        return timed(execute)(*args)

    # It speaks to PostgreSQL beside Django's cursors.
    fees.ask = timed(fees.ask)

    def look() -> dict[str, Any]:
        took.clear()
        worked_before_ms = _server_worked_ms()
        start = time.perf_counter()
        with connection.execute_wrapper(wrapped):
            answer = client.get("/admin/front/", headers={"host": "localhost"})
        if answer.status_code != 200:
            raise RuntimeError(f"the front page: {answer.status_code}")
        page_ms = (time.perf_counter() - start) * 1000
        slowest = sorted(took, reverse=True)[:SLOWEST]
        return {
            "statements": len(took),
            "sql_ms": sum(ms for ms, _ in took),
            "server_ms": _server_worked_ms() - worked_before_ms,
            "page_ms": page_ms,
            "slowest": [(ms, " ".join(sql.split())[:CUT]) for ms, sql in slowest],
        }

    return look


def _server_worked_ms() -> float:
    """Return for how long the server's process of this connection has had a core so far.

    Unlike the time on the clock it does not grow with what else the machine does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [[pid]] = cursor.fetchall()
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
