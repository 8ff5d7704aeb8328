"""Sending what is due, many at once: a slow receiver holds up nobody but itself."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import aiohttp
import structlog
from django.conf import settings

from lucidpay.ids import public_id
from lucidpay.sealing import DoesNotOpen, VaultClosed, key_of
from webhooks.attempt import Answered, attempt, session_open
from webhooks.claim import Claimed, deliveries_claim
from webhooks.hearing import hearing_of
from webhooks.models import Delivery, Endpoint, Outcome
from webhooks.record import Done, attempts_record
from webhooks.secrets import headers_open, secret_open, vault
from webhooks.services.cancel import deliveries_cancel
from webhooks.signing import signed_headers
from webhooks.target import connector_guarded

log = structlog.get_logger(__name__)

GATHER_S = 0.02  # answers that come within it are written down together
LOOK_S = 0.5  # how often it looks for what became due while requests are under way
RUN_S = 600  # then no more is claimed, and the process is somebody else's for a while
RECORD_MAX = 500
MASKED = "********"
DOES_NOT_OPEN = "Its secret does not open with this vault's key, so nothing was sent. Rotate it."


def deliveries_send(
    *, clock: Callable[[], datetime], goes_on: Callable[[], bool] = lambda: True
) -> int:
    """Send what is due until nothing is, and return how many attempts were made.

    ``clock`` tells the time by which things are due. Once ``goes_on()`` was false nothing more is
    claimed, and what is under way is brought to its end; it is asked until then. Raises
    ``VaultClosed`` in a process that cannot open secrets; nothing is claimed then.
    """
    if not key_of(vault()):
        raise VaultClosed
    with asyncio.Runner() as runner:
        return _Sender(runner, clock, goes_on).send_all()


class _Sender:
    """One round: the event loop runs while it waits, and between that the database is asked."""

    def __init__(
        self, runner: asyncio.Runner, clock: Callable[[], datetime], goes_on: Callable[[], bool]
    ) -> None:
        self._runner, self._clock, self._goes_on = runner, clock, goes_on
        self._ends_at = time.monotonic() + RUN_S
        self._is_ending = False
        self._busy: Counter[UUID] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []
        self._any_done = asyncio.Event()

    def send_all(self) -> int:
        """Claim, send and write down, until there is nothing left to do."""
        made = 0
        session = self._runner.run(_session())
        try:
            while (claimed := self._claim()) or self._under_way or self._done:
                self._runner.run(self._go_on(session, claimed))
                made += self._write_down()
        finally:
            self._runner.run(session.close())
        return made

    def _claim(self) -> list[tuple[Claimed, Endpoint]]:
        """Claim what there is room for."""
        if not self._goes_on() or time.monotonic() >= self._ends_at:
            self._is_ending = True  # for good: a slow receiver may outlast whoever said no
        free = settings.WEBHOOK_CONCURRENCY_TOTAL - len(self._under_way)
        if free <= 0 or self._is_ending:
            return []
        now = self._clock()
        claimed = deliveries_claim(free=free, busy=self._busy, now=now)
        owned = Endpoint.objects.select_related("owner").prefetch_related("owner__groups")
        endpoints = owned.in_bulk({one.endpoint_id for one in claimed})
        # One that was switched off since is left alone; it is due again when its lease ends.
        pairs = [(one, endpoints[one.endpoint_id]) for one in claimed]
        active = [(one, endpoint) for one, endpoint in pairs if endpoint.is_active]
        heard = [pair for pair in active if hearing_of(pair[1]).of(pair[0].owner_id)]
        # Who has lost a role since is told no more of what others do.
        if lost := {one.id for one, _ in active} - {one.id for one, _ in heard}:
            count = deliveries_cancel(Delivery.objects.filter(pk__in=lost), now=now)
            log.info("webhooks_cancelled", deliveries=count)
        return heard

    async def _go_on(
        self, session: aiohttp.ClientSession, claimed: Iterable[tuple[Claimed, Endpoint]]
    ) -> None:
        """Set these on their way, then wait until some are done."""
        for one, endpoint in claimed:
            self._busy[one.endpoint_id] += 1
            task = asyncio.create_task(self._send(session, one, endpoint))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        await self._wait()

    async def _wait(self) -> None:
        """Wait until some are done, and a moment for others."""
        try:
            async with asyncio.timeout(LOOK_S):
                await self._any_done.wait()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER_S)

    def _write_down(self) -> int:
        self._any_done.clear()
        done, self._done = self._done, []
        for start in range(0, len(done), RECORD_MAX):
            attempts_record(done[start : start + RECORD_MAX], now=self._clock())
        # Only now: what is not written down yet is still under way.
        self._busy -= Counter(one.claimed.endpoint_id for one in done)
        return len(done)

    async def _send(
        self, session: aiohttp.ClientSession, claimed: Claimed, endpoint: Endpoint
    ) -> None:
        at, body = self._clock(), claimed.body.encode()
        shown: dict[str, str] = {}
        try:
            headers, shown = _headers(endpoint, claimed, body, at)
            answered = await attempt(session, endpoint.url, headers, body)
        except DoesNotOpen:
            log.critical("webhook_secret_does_not_open", endpoint=endpoint.public_id)
            answered = Answered(Outcome.Kind.UNSIGNED, error=DOES_NOT_OPEN)
        except Exception as error:  # one receiver must not end everybody's deliveries
            log.exception("webhook_attempt_broke", endpoint=endpoint.public_id)
            said = f"Unexpected {type(error).__name__}; it is in the log."
            answered = Answered(Outcome.Kind.UNREACHABLE, error=said)
        done = Done(claimed, at, endpoint.updated_at, endpoint.url, shown, answered)
        self._done.append(done)
        self._any_done.set()


async def _session() -> aiohttp.ClientSession:
    # Names are looked up by threads: a few that nobody answers for must not hold up the others.
    threads = ThreadPoolExecutor(settings.WEBHOOK_CONCURRENCY_TOTAL, "webhook-names")
    asyncio.get_running_loop().set_default_executor(threads)
    return session_open(connector_guarded(limit=0, limit_per_host=0))


def _headers(
    endpoint: Endpoint, claimed: Claimed, body: bytes, at: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers of a request, and the same as they may be shown."""
    ours = {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"LucidPay/{settings.VERSION}",
        **signed_headers(
            event_id=public_id("evt", claimed.event_id),
            timestamp_s=int(at.timestamp()),
            body=body,
            secrets=_secrets(endpoint, at),
        ),
    }
    # What a receiver relies on is never what an owner wrote, in whatever case of its letters.
    taken = set(map(str.lower, ours))
    wanted = headers_open(endpoint.sealed_headers, endpoint.pk)
    theirs = {name: value for name, value in wanted.items() if name.lower() not in taken}
    return {**theirs, **ours}, {**dict.fromkeys(theirs, MASKED), **ours}


def _secrets(endpoint: Endpoint, at: datetime) -> Sequence[str]:
    """Return the secrets that sign now, the present one first."""
    sealed = [endpoint.sealed_secret]
    if endpoint.previous_until is not None and at < endpoint.previous_until:
        sealed.append(endpoint.sealed_previous)
    return [secret_open(one, endpoint.pk) for one in sealed]
