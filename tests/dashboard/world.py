"""A platform in which all is well, and people who look at it."""

import time

from access.models import User
from access.scopes import SCOPES
from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.dashboard.need import Need, Viewer
from lucidpay.dashboard.needs import needs_of
from lucidpay.services import QUEUES
from lucidpay.workers import SERVED_KEY, WORKERS_KEY, worker_alive
from tron.models import ScanCursor
from tron.networks import network


def all_is_well(**scanned: object) -> None:
    """Let one worker serve all queues, and the scanner stand at the head; ``scanned``: its row."""
    redis_client().delete(WORKERS_KEY, SERVED_KEY)
    worker_alive("worker@here", QUEUES)
    head_ms = int(time.time() * 1000) - 2_000
    given = {
        "genesis_id": network().genesis_id, "first_number": 1, "number": 70, "block_id": "ab" * 32,
        "time_ms": head_ms, "agreed_number": 70, "solid_number": 70, "head_number": 88,
        "head_time_ms": head_ms, "node": "http://127.0.0.1:1", "seen_at": utc_now(),
    }  # fmt: skip
    ScanCursor.objects.update_or_create(defaults=given | scanned)


def needs(
    person: User | None = None, *, scopes: frozenset[str] = SCOPES, may_review: bool = True
) -> dict[str, Need]:
    """Return what is shown to somebody, by key, in its order."""
    viewer = Viewer(person.pk if person else 0, scopes, may_review)
    return {need.key: need for need in needs_of(viewer, now=utc_now())}
