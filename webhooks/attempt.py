"""One request to a receiver, and what is kept of its answer."""

import asyncio
import email.utils
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC

import aiohttp
import structlog
from django.conf import settings

from lucidpay.clock import utc_now
from webhooks.models import Outcome
from webhooks.target import AddressRefused, aimed_at

log = structlog.get_logger(__name__)

# Read at most, so that the connection may serve again, and kept for the log.
BODY_READ_BYTES, BODY_KEPT_CHARS = 65_536, 2_000
HEADERS_KEPT, HEADER_KEPT_CHARS, ERROR_KEPT_CHARS = 20, 200, 300
FORBIDDEN = "Its host leads to an address that is not public, so nothing was sent. Correct the url."
TIMED_OUT = "No answer in time."
GONE = 410


@dataclass(frozen=True)
class Answered:
    """What came of a request."""

    outcome: Outcome.Kind
    took_ms: int = 0
    status_code: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    error: str = ""
    retry_after_s: int | None = None

    @property
    def is_delivered(self) -> bool:
        """Return whether its receiver has it."""
        return self.outcome == Outcome.Kind.DELIVERED


def session_open(connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    """Return a session that keeps no cookies, unpacks nothing and knows no proxy."""
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=settings.WEBHOOK_TIMEOUT_S),
    )


async def attempt(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> Answered:
    """Send one request and return what came of it; whatever goes wrong is an answer as well.

    All of it, from the name to the last byte, takes ``WEBHOOK_TIMEOUT_S`` at most: a receiver
    that sends a byte now and then holds nobody up. Redirects are not followed.
    """
    began = time.perf_counter()
    try:
        with aimed_at(url):
            answered = await _ask(session, url, headers, body)
    except TimeoutError:
        answered = Answered(Outcome.Kind.TIMEOUT, error=TIMED_OUT)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        answered = _broken(error)
    took_ms = int((time.perf_counter() - began) * 1000)
    return Answered(**{**vars(answered), "took_ms": took_ms})


async def _ask(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> Answered:
    async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
        status = response.status
        is_delivered = 200 <= status < 300
        return Answered(
            Outcome.Kind.DELIVERED if is_delivered else Outcome.Kind.REFUSED,
            status_code=status,
            headers=_kept_headers(response.headers),
            body=await _kept_body(response),
            error="" if is_delivered else _why(status),
            retry_after_s=_retry_after_s(response.headers.get("Retry-After", "")),
        )


def _why(status: int) -> str:
    if 300 <= status < 400:
        return f"Answered {status}: redirects are not followed. Register the address itself."
    return f"Answered {status}; only 2xx means taken."


def _broken(error: Exception) -> Answered:
    if _is_refusal(error):
        return Answered(Outcome.Kind.FORBIDDEN, error=FORBIDDEN)
    return Answered(Outcome.Kind.UNREACHABLE, error=plain(str(error), ERROR_KEPT_CHARS))


def _is_refusal(error: BaseException | None) -> bool:
    """Return whether the guard has refused the address, however deep that was packed."""
    if error is None or isinstance(error, AddressRefused):
        return error is not None
    inner = [getattr(error, "os_error", None), error.__cause__, error.__context__]
    if isinstance(error, BaseExceptionGroup):
        inner += error.exceptions
    return any(_is_refusal(one) for one in inner if one is not error)


async def _kept_body(response: aiohttp.ClientResponse) -> str:
    """Return the beginning of the body. One that breaks off takes nothing from the status."""
    read = b""
    try:
        while len(read) < BODY_READ_BYTES:
            part = await response.content.read(BODY_READ_BYTES - len(read))
            if not part:
                return plain(read.decode(errors="replace"), BODY_KEPT_CHARS)
            read += part
    except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError):
        log.info("webhook_answer_broke_off")
    response.close()  # what was not read must not be met by the next request
    return plain(read.decode(errors="replace"), BODY_KEPT_CHARS)


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = list(headers.items())[:HEADERS_KEPT]
    return {plain(name, HEADER_KEPT_CHARS): plain(value, HEADER_KEPT_CHARS) for name, value in kept}


def plain(text: str, most: int) -> str:
    """Return the beginning of a text without what PostgreSQL cannot store."""
    return text[:most].encode(errors="replace").decode().replace("\0", "\ufffd")


def _retry_after_s(text: str) -> int | None:
    """Return how long a receiver asks to wait (RFC 9110 §10.2.3: seconds, or a date)."""
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a date of a year that no calendar has is none
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, math.ceil((aware - utc_now()).total_seconds()))
