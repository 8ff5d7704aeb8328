"""Clearing away what has been kept long enough. What is kept for good stands in the README."""

from collections.abc import Callable

import structlog
from celery import shared_task

from access.services.forget import idempotency_forget, sessions_forget, tokens_forget
from gateway.services.forget_windows import windows_forget
from lucidpay.clock import utc_now
from payouts.services.upload import uploads_forget
from tron.forget import answers_forget, blocks_forget
from webhooks.services.forget import deliveries_forget, events_forget, orphans_cancel

log = structlog.get_logger(__name__)

# Each takes a bounded step and tells how much it did; 0 when there is no more to do.
STEPS: dict[str, Callable[..., int]] = {
    "idempotency": idempotency_forget,
    "tokens": tokens_forget,
    "sessions": sessions_forget,
    "node_answers": answers_forget,
    "blocks": blocks_forget,
    "orphans": orphans_cancel,
    "deliveries": deliveries_forget,
    "events": events_forget,
    "payment_windows": windows_forget,
    "uploads": uploads_forget,
}
STEPS_MAX = 100  # of one sweep; the next sweep goes on


@shared_task(name="retention.sweep")
def sweep() -> None:
    """Take steps until nothing is left or enough was done."""
    for name, step in STEPS.items():
        done = 0
        for _ in range(STEPS_MAX):
            count = step(now=utc_now())
            done += count
            if count == 0:
                break
        if done:
            log.info("swept", what=name, rows=done)
