"""`GET /status`: how each of the six services is, told from what is known; nobody is asked."""

from datetime import datetime
from typing import Any

import redis

from lucidpay.clock import iso
from lucidpay.health import DEGRADED, HEALTHY, UNHEALTHY, UNKNOWN, tron_health
from lucidpay.service.notes import failed_last, notes_of_all
from lucidpay.services import SERVICES
from lucidpay.workers import queue_depths, workers_alive

NOBODY = "No worker serves its queue. Start one, or look why it ended."
FAILED = "Its last task failed; the worker's log has the cause."
CHAIN = "The chain is not followed as it should be: see /tron-client/stats."


def status_report(now: datetime) -> dict[str, Any]:
    """Return the body. A service is as bad as the worst of its ``trouble``.

    Unhealthy: no worker serves it, so nothing of its work is done. Degraded: the work is done,
    and something of it fails. Unknown: Redis, which knows, is away.
    """
    try:
        depths, workers, notes = queue_depths(), workers_alive(), notes_of_all()
    except redis.RedisError:
        services = {name: _unknown(name) for name in SERVICES}
    else:
        chain = _chain_trouble(now)
        services = {
            name: _service(
                name,
                depth=depths[name],
                serving=sorted(one for one, queues in workers.items() if name in queues),
                notes=notes[name],
                trouble=chain if name == "tron-client" else [],
            )
            for name in SERVICES
        }
    return {"timestamp": iso(now), "services": services}


def _chain_trouble(now: datetime) -> list[str]:
    chain = tron_health(now)
    if chain["status"] == HEALTHY:
        return []
    names = chain["unhealthy_nodes"] or []
    return [f"Nodes in trouble: {', '.join(names)}."] if names else [CHAIN]


def _service(
    name: str, *, depth: int, serving: list[str], notes: dict[str, Any], trouble: list[str]
) -> dict[str, Any]:
    if failed_last(notes):
        trouble = [FAILED, *trouble]
    if not serving:
        trouble = [NOBODY, *trouble]
    return {
        "status": UNHEALTHY if not serving else DEGRADED if trouble else HEALTHY,
        "queue": {"name": name, "depth": depth},
        "workers": {"alive": len(serving), "names": serving},
        **notes,
        "trouble": trouble,
    }


def _unknown(name: str) -> dict[str, Any]:
    return {
        "status": UNKNOWN,
        "queue": {"name": name, "depth": None},
        "workers": {"alive": None, "names": None},
        "last_success": None,
        "last_error": None,
        "trouble": ["Redis is away."],
    }
