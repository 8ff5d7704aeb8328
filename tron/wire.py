"""The way to one node over HTTP: API keys, limits, pauses, time-outs.

Every exchange ends with a parsed answer or the ``NodeError`` that fits, never another exception.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from django.conf import settings

from tron import node_health as health
from tron.buckets import bucket_of
from tron.errors import KeptOff, OutcomeUnknown, Throttled, Unreachable
from tron.request_times import OTHER, timed
from tron.route import host_of, keys_of, name_of

API_KEY_HEADER = "TRON-PRO-API-KEY"
# Said with HTTP 200 or 403: by java-tron's rate limiter, and by TronGrid's.
THROTTLE_WORDS = (
    "lack of computing resources",
    "Exceed the user daily usage",
    "exceeds the frequency limit",
    "request rate exceeded",
)
SUSPENDED = re.compile(r"suspended for\s*(\d{1,6})\s*s")
_turns = itertools.count()


class Wire:
    """The way to one node; a new one for each conversation."""

    def __init__(
        self, url: str, session: aiohttp.ClientSession, keys: tuple[str, ...] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.name = name_of(url)
        self._session = session
        self._keys = (keys_of(url) if keys is None else keys) or ("",)
        self._pauses = health.pauses_of(self.name)
        host = host_of(self.url)
        self._buckets = {key: bucket_of(node=self.name, host=host, key=key) for key in self._keys}

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST and return the parsed answer, or raise the ``NodeError`` that fits."""
        key = await self._key()
        with timed(path):
            return await self._exchange("POST", path, body or {}, key)

    async def get(self, path: str) -> Any:
        """GET, as indexers want it, and return the parsed answer, or raise as ``post`` does."""
        key = await self._key()
        with timed(OTHER):
            return await self._exchange("GET", path, None, key)

    async def _exchange(self, method: str, path: str, body: dict[str, Any] | None, key: str) -> Any:
        began = time.monotonic()
        status, headers, text = await self._send(method, path, body, key)
        health.note(self.name, latency_ms=int((time.monotonic() - began) * 1000))
        named_s = _pause_named_s(headers, text)
        try:
            answer = self._parsed(path, status, text)
        except Throttled:
            self._pauses.add(key, self._keys, named_s)
            raise
        except OutcomeUnknown:
            if named_s is not None:
                self._pauses.add(key, self._keys, named_s)
            raise
        self._pauses.over(key)
        return answer

    async def _key(self) -> str:
        """Return the API key whose turn it is, after waiting for it as long as for an answer.

        Raises ``KeptOff`` when every key pauses, or has its limit used up, for longer.
        """
        turn = next(_turns) % len(self._keys)
        keys = [
            one for one in self._keys[turn:] + self._keys[:turn] if not self._pauses.left_s(one)
        ]
        if not keys:
            raise KeptOff("the pause it asked for lasts", node=self.name)
        for key in keys[1:] and keys:  # one of several may be free at once
            if await self._buckets[key].take(patience_s=0) is not None:
                return key
        wait_s = await self._buckets[keys[0]].take(patience_s=float(settings.TRON_TIMEOUT_S))
        if wait_s is None:
            raise KeptOff("TRON_RATE_LIMIT_RPS is used up", node=self.name)
        if wait_s:
            await asyncio.sleep(wait_s)
        return keys[0]

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None, key: str
    ) -> tuple[int, Mapping[str, str], str]:
        headers = {API_KEY_HEADER: key} if key else {}
        try:
            # A redirect would carry the API key, and signed bytes, to somebody else.
            async with self._session.request(
                method, f"{self.url}/{path}", json=body, headers=headers, allow_redirects=False
            ) as response:
                text = await response.text(encoding="utf-8", errors="replace")
                return response.status, response.headers, text
        except aiohttp.InvalidURL:
            # Its text is the whole URL, credentials included, so it is not kept as the cause.
            raise Unreachable(f"{path}: the URL is not valid", node=self.name) from None
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(f"{path}: no connection", node=self.name) from error
        except (ProxyError, ProxyConnectionError, ProxyTimeoutError) as error:
            # The way was never open, so nothing was sent through it.
            raise Unreachable(f"{path}: no way through the proxy", node=self.name) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknown(f"{path}: {type(error).__name__}", node=self.name) from error

    def _parsed(self, path: str, status: int, text: str) -> Any:
        if status in (403, 429):
            raise Throttled(f"{path}: HTTP {status}", node=self.name)
        if status != 200:
            raise OutcomeUnknown(f"{path}: HTTP {status}", node=self.name)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise OutcomeUnknown(f"{path}: not JSON", node=self.name) from error
        if isinstance(answer, dict) and "Error" in answer:
            said = str(answer["Error"])[:200]
            if SUSPENDED.search(said) or any(words in said for words in THROTTLE_WORDS):
                raise Throttled(f"{path}: {said}", node=self.name)
            raise OutcomeUnknown(f"{path}: {said}", node=self.name)
        return answer


def _pause_named_s(headers: Mapping[str, str], text: str) -> int | None:
    """Return the seconds a node asks to be left alone, ``None`` when it names none."""
    suspended = SUSPENDED.search(text[:1000])
    named = suspended[1] if suspended else headers.get("Retry-After", "")
    return int(named) if named.isascii() and named.isdigit() and len(named) < 7 else None
