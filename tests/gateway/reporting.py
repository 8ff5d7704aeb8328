"""Asking for reports, and having their files written, as workers do."""

from typing import Any

from gateway.models_report import Report
from gateway.services.report_write import Clock, report_write_next
from lucidpay.clock import utc_now
from tests.api.client import Answer, Api

BASE = "/api/v1/payments/reports"
GENERATE = f"{BASE}/generate"


def asked(one: Api, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    """Ask for a report of January 2026 unless the fields say otherwise."""
    body = {"start_date": "2026-01-01", "end_date": "2026-01-31", **fields}
    return one.post(GENERATE, body, **(headers or {}))


def written() -> Report:
    """Let a worker write the next file."""
    report = report_write_next(Clock(utc_now))
    assert report is not None
    return report


def report_ready(one: Api, **fields: Any) -> dict[str, Any]:
    """Return the body of a report whose file is written."""
    answer = asked(one, **fields)
    assert answer.status == 201, answer.text
    written()
    body = one.get(f"{BASE}/{answer.body['report_id']}").body
    assert body["status"] == "ready", body
    return dict(body)


def path_of(url: str) -> str:
    """Return a link as a client of this very service would ask for it."""
    return url.removeprefix("http://testserver")
