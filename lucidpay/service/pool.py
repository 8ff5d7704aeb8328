"""The worker's side of a restart: a remote control command that replaces the processes of its pool.

Celery's own ``pool_restart`` leaves some as they were. It tells all processes to end and sends one
empty task; but one that has nothing to do waits for its next task without ever looking up (5.7.0
with billiard 4.3.2: ``_make_recv_method`` reads without the time-out it is given). So only one of
them ends, and the others whenever a task happens to reach them. Here each is woken, again and
again until all are gone.
"""

from typing import Any

import redis
import structlog
from celery.concurrency.prefork import TaskPool
from celery.utils.functional import noop
from celery.worker.control import control_command

from lucidpay.leaving import leave
from lucidpay.service.restart import COMMAND

log = structlog.get_logger(__name__)

WAKE_EVERY_S = 1.0
LEAVE_S = 10  # whoever is in a long task looks twice a second


@control_command(name=COMMAND)
def pool_replace(state: Any) -> dict[str, str]:
    """Let each process of the pool end after the task it is at, and start another in its place."""
    pool = state.consumer.pool
    if not isinstance(pool, TaskPool) or not state.app.conf.worker_pool_restarts:
        return {"error": "this worker's pool has no processes that could be replaced"}
    old = frozenset(_processes(pool))
    _tell_long_tasks()
    pool.restart()
    _wake(pool)

    def wake_the_rest() -> None:
        if old.isdisjoint(_processes(pool)):
            again.cancel()
        else:
            _wake(pool)

    again = state.consumer.timer.call_repeatedly(WAKE_EVERY_S, wake_the_rest)
    return {"ok": f"replacing {len(old)} processes"}


def _tell_long_tasks() -> None:
    """Let a task that sends webhooks come to its end: it would go on for minutes."""
    try:
        leave(kept_s=LEAVE_S)
    except redis.RedisError:
        log.exception("leaving_not_told")  # the process ends when the task does


def _processes(pool: TaskPool) -> list[int]:
    return list(pool.info["processes"])


def _wake(pool: TaskPool) -> None:
    """Send as many empty tasks as there are processes: each that has nothing to do gets one.

    What is left goes to the busy ones and to those that are new, who lose nothing by it.
    """
    for _ in _processes(pool):
        pool.on_apply(noop)
