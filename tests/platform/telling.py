"""A real worker whose processes can be asked what was done when they started.

``python -m tests.platform.telling NAME [-Q …]``.
"""

import gc
import os
import sys

import django

django.setup()

import structlog  # noqa: E402
from celery import shared_task  # noqa: E402

from lucidpay import leaving  # noqa: E402
from lucidpay.celery import app  # noqa: E402
from tron import request_times  # noqa: E402

log = structlog.get_logger(__name__)


@shared_task(name="payouts.tell_hooks")
def tell_hooks() -> None:
    """Log what the hooks of ``worker_process_init`` have done to this process."""
    log.info(
        "hooks_told",
        pid=os.getpid(),
        row=request_times._row,
        frozen=gc.get_freeze_count(),
        threshold=gc.get_threshold()[0],
        worker=leaving._ME,
    )


if __name__ == "__main__":
    name, *more = sys.argv[1:]
    app.worker_main(
        ["worker", "-n", f"{name}@test", "-c", "2", "-l", "info", "--without-mingle",
         "--without-gossip", *more]
    )  # fmt: skip
