"""Doorbells."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import structlog
from celery import shared_task
from django.conf import settings
from redis.exceptions import LockError

from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.leaving import is_leaving
from lucidpay.sealing import VaultClosed
from webhooks.delivery import deliveries_send
from webhooks.secrets import vault
from webhooks.services.place import events_place
from webhooks.services.tell import owners_tell

log = structlog.get_logger(__name__)

ROUNDS_MAX = 40  # of one ring; the next ring goes on
SEAT_S = 15  # a sender that died leaves its seat so soon


@shared_task(name="webhooks.place")
def place() -> None:
    """Give events their places, and have them sent."""
    for _ in range(ROUNDS_MAX):
        if events_place(now=utc_now()) == 0:
            return
        ring(deliver)


@shared_task(name="webhooks.deliver")
def deliver() -> None:
    """Send what is due, unless enough processes are at it."""
    with _seat() as seat:
        if seat is None:
            return
        try:
            deliveries_send(clock=utc_now, goes_on=lambda: _goes_on(seat))
        except VaultClosed:
            log.critical("webhooks_not_sent", hint=f"give workers {vault()}_KEY")
            raise  # so that /status says it as well


@shared_task(name="webhooks.tell")
def tell() -> None:
    """Tell owners of endpoints that were switched off."""
    owners_tell(now=utc_now())


@contextmanager
def _seat() -> Iterator["redis.lock.Lock | None"]:
    """Give one of ``WEBHOOK_SENDERS`` seats, or none while all are taken.

    A matter of manners only: requests that wait for slow receivers must not take the processes
    that payouts need. What is sent is decided by the database.
    """
    taken = None
    for number in range(settings.WEBHOOK_SENDERS):
        seat = redis_client().lock(f"lucidpay:webhooks:sender:{number}", timeout=SEAT_S)
        if seat.acquire(blocking=False):
            taken = seat
            break
    try:
        yield taken
    finally:
        if taken is not None:
            _leave(taken)


def _goes_on(seat: "redis.lock.Lock") -> bool:
    try:
        # Also kept while no more is claimed: what is under way fills a process.
        return bool(seat.reacquire()) and not is_leaving()
    except (LockError, redis.RedisError) as error:
        log.warning("webhook_seat_lost", error=str(error))
        return False


def _leave(seat: "redis.lock.Lock") -> None:
    try:
        seat.release()
    except (LockError, redis.RedisError) as error:
        log.warning("webhook_seat_lost", error=str(error))
