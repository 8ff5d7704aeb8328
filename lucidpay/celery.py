"""Queues and schedule, on one page.

Every task is a doorbell: it asks the database what is due. Rings come right after a commit;
beat rings as well, so a lost message, a dead worker or an emptied broker only costs seconds.
"""

import gc
import os
from contextlib import suppress
from typing import Any

import redis
import structlog
from billiard import current_process
from celery import Celery, Task
from celery.signals import (
    beat_init,
    celeryd_init,
    heartbeat_sent,
    setup_logging,
    task_failure,
    task_success,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)
from django.conf import settings
from django.core.management.base import BaseCommand, SystemCheckError
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Exchange, Queue

from lucidpay.services import QUEUES, routes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucidpay.settings.dev")

log = structlog.get_logger(__name__)
app = Celery("lucidpay", task_cls="access.acting:ActingTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tron", "webhooks", "wallets", "staking", "payouts", "gateway"])
app.autodiscover_tasks(["lucidpay"], related_name="retention")
app.steps["worker"].add(DjangoStructLogInitStep)
# A worker that is not told otherwise (-Q) serves all of them (lucidpay/services.py). Each has an
# exchange of its own name, as those have that Celery makes: the shared one would bind all of them
# under one key.
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
app.conf.task_routes = routes()
# A mistyped -Q must stop the start, and not serve a queue that nothing is put into.
app.conf.task_create_missing_queues = False

SWEEP_S = 2
LOOK_S = 10
TOP_UP_S = 60
FOLD_S = 10
RETENTION_S = 3600
RELEASE_S = 15
TELL_S = 60
REBALANCE_S = 15
GLANCE_S = 3
SETTLE_FEES_S = 20
RECONCILE_PAYMENTS_S = 300
GARBAGE_LOOK_OBJECTS = 5_000


def _every(task: str, seconds: int) -> dict:
    # A ring that nobody heard in time is worth nothing: the next one is on its way.
    return {"task": task, "schedule": seconds, "options": {"expires": seconds * 3}}


app.conf.beat_schedule = {
    "scan": _every("tron.scan", settings.TRON_SCAN_INTERVAL_S),
    "look": _every("tron.look", LOOK_S),
    "look-at-wallets": _every("wallets.look", LOOK_S),
    "alert": _every("wallets.alert", LOOK_S),
    "broadcast": _every("tron.broadcast", SWEEP_S),
    "sign": _every("payouts.sign", SWEEP_S),
    "work-uploads": _every("uploads.work", SWEEP_S),
    "top-up": _every("payouts.top_up", TOP_UP_S),
    "settle": _every("payouts.settle", SWEEP_S),
    "fold-tallies": _every("payouts.fold_tallies", FOLD_S),
    "complete-batches": _every("payouts.complete_batches", SWEEP_S),
    # Operators edit when batches are released (lucidpay/beat.py); this finds what was edited, or
    # should have been released by a beat that was away.
    "release": _every("payouts.release", RELEASE_S),
    "book-flows": _every("wallets.book_flows", SWEEP_S),
    "place-events": _every("webhooks.place", SWEEP_S),
    "deliver": _every("webhooks.deliver", SWEEP_S),
    "tell-owners": _every("webhooks.tell", TELL_S),
    "operate": _every("wallets.operate", SWEEP_S),
    "sweep-deposits": _every("gateway.sweep", LOOK_S),
    "settle-sweeps": _every("gateway.settle_sweeps", SWEEP_S),
    "settle-operations": _every("wallets.settle", SWEEP_S),
    "want-energy": _every("payouts.want_energy", REBALANCE_S),
    "rebalance-energy": _every("staking.rebalance", REBALANCE_S),
    "open-wallets": _every("wallets.open", SWEEP_S),
    "make-backups": _every("wallets.backup", SWEEP_S),
    "payments-watch": _every("gateway.watch", SWEEP_S),
    "payments-refund": _every("gateway.refund", SWEEP_S),
    "payments-glance": _every("gateway.glance", GLANCE_S),
    "payments-open": _every("gateway.open", LOOK_S),
    "write-reports": _every("gateway.reports", LOOK_S),
    "fold-payment-sums": _every("gateway.fold_sums", FOLD_S),
    "retention": _every("retention.sweep", RETENTION_S),
    # The database knows when each wallet is due (RECONCILE_INTERVAL_S) and what waits for a block.
    "reconcile": _every("wallets.reconcile", SWEEP_S),
    "settle-fees": _every("gateway.settle_fees", SETTLE_FEES_S),
    "reconcile-payments": _every("gateway.reconcile", RECONCILE_PAYMENTS_S),
}


@worker_init.connect
@beat_init.connect
def refuse_wrong_settings(**_: object) -> None:
    """Stop the start when a boot check fails; Celery itself would only run the checks."""
    try:
        BaseCommand().check()
    except SystemCheckError as error:
        # Not an Exception: those that a receiver raises are logged by Celery and forgotten.
        raise SystemExit(str(error)) from error


@worker_init.connect
def refuse_newer_database(**_: object) -> None:
    """Stop the start of a worker that is older than its database; each task looks again."""
    from django.db import DatabaseError, connection

    from lucidpay.schema import DatabaseIsNewer, refuse_newer

    try:
        refuse_newer()
    except DatabaseIsNewer as error:
        raise SystemExit(str(error)) from error
    except DatabaseError:
        log.warning("database_not_asked", exc_info=True)  # away, or without its tables yet
    finally:
        connection.close()  # the pool is forked from here


@celeryd_init.connect
def refuse_unknown_exclusions(options: dict[str, Any], **_: object) -> None:
    """Stop the start on a mistyped ``-X``: Celery would serve the queue that was to be left out."""
    unknown = set(options.get("exclude_queues") or ()) - set(QUEUES)
    if unknown:
        known = ", ".join(QUEUES)
        raise SystemExit(f"-X names no queue: {', '.join(sorted(unknown))}. There are: {known}.")


@worker_init.connect
def obey_restart(**_: object) -> None:
    """Know the command with which a service is restarted (``lucidpay/service/restart.py``)."""
    # Before there is a pool: what the command says to its processes goes by what both know.
    from lucidpay.service import pool  # noqa: F401


@worker_process_init.connect
def keep_what_is_loaded(**_: object) -> None:
    """Let the garbage collector pass by what the start has loaded, which stays for good.

    A chunk of payouts makes enough objects for a look at all of them: half a million of code and
    classes took a tenth of a worker's time. What is left to look at is looked at less often: nearly
    all of a chunk is needed until its end.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_LOOK_OBJECTS)


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Leave logging to Django's settings: Celery would replace the JSON lines by its own."""
    from logging.config import dictConfig

    dictConfig(settings.LOGGING)


@heartbeat_sent.connect
def note_worker_alive(sender: object, **_: object) -> None:
    """Tell health that this worker lives, and which queues it serves (``lucidpay/workers.py``)."""
    from redis.exceptions import RedisError

    from lucidpay.workers import worker_alive

    hostname = str(getattr(getattr(sender, "eventer", None), "hostname", ""))
    # The heartbeat itself goes through the same Redis, and is reported there when that is away.
    with suppress(RedisError):
        worker_alive(hostname, app.amqp.queues.consume_from)


@task_success.connect
def note_task_done(sender: Task, **_: object) -> None:
    """Tell `/status` that a service does its work."""
    from lucidpay.service.notes import note_success

    note_success(sender.name)


@task_failure.connect
def note_task_failed(sender: Task, exception: BaseException, **_: object) -> None:
    """Tell `/status` what went wrong last; a worker process that was lost counts, too."""
    from lucidpay.service.notes import note_failure

    note_failure(sender.name, exception)


@worker_process_init.connect
def count_in_own_row(**_: object) -> None:
    """Let each process of the pool count for itself what it asks of nodes."""
    from tron.request_times import row_take

    row_take(getattr(current_process(), "index", 0))  # a pool of one process numbers none


@worker_shutting_down.connect
def tell_that_it_leaves(**_: object) -> None:
    """Let long tasks of the pool know that this worker is to stop; it waits for them."""
    from lucidpay.leaving import leave

    try:
        leave()
    except redis.RedisError:
        log.exception("leaving_not_told")  # a supervisor's patience ends it


@worker_ready.connect
def serve_metrics(**_: object) -> None:
    """Tell Prometheus how nodes answer the pool, when it is to be told."""
    from lucidpay.worker_metrics import metrics_serve

    metrics_serve()
