"""Asking with care: a request is repeated until it is known to be accepted, or refused for good."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from tests.platform.running import Answer, Platform

TIMEOUT_S = 15.0
PAUSE_S = 0.5
# Everything was accepted long before, or something is wrong.
TRIES_MAX = 400
# A conflict that names one of these is the last word; others pass.
LAST_WORDS = frozenset({"payout_id", "payment_id", "status", "needed"})


@dataclass
class Desk:
    """Where all clients of a run ask; how often they did, and what they must never be told."""

    platform: Platform
    complaints: list[str] = field(default_factory=list)
    requests: int = 0
    unanswered: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def until(
        self,
        who: str,
        path: str,
        body: Any,
        wanted: tuple[int, ...],
        *,
        method: str = "POST",
        token: str = "",
        **headers: str,
    ) -> Answer | None:
        """Repeat the very same request until one of these answers comes; None when stopped."""
        for _ in range(TRIES_MAX):
            answer = self._once(method, path, body, token, headers)
            if answer is not None and answer.status in wanted and not _passes(answer):
                return answer
            if answer is not None and not _passes(answer):
                self.complain(who, f"{path} answered {answer.status}: {answer.body}")
            if self.stopped.wait(PAUSE_S):
                return None
        self.complain(who, f"{path} was not accepted in {TRIES_MAX} tries")
        self.stopped.set()
        return None

    def complain(self, who: str, text: str) -> None:
        """Note what must not be."""
        with self._lock:
            self.complaints.append(f"{who}: {text}")

    def _once(
        self, method: str, path: str, body: Any, token: str, headers: dict[str, str]
    ) -> Answer | None:
        answer = None
        # No answer, or half of one, says nothing; so the same is sent again.
        with suppress(OSError, HTTPException, ValueError):
            answer = self.platform.api(
                method, path, body, timeout_s=TIMEOUT_S, token=token, **headers
            )
        with self._lock:
            self.requests += 1
            self.unanswered += answer is None
        return answer


def _passes(answer: Answer) -> bool:
    """Say whether a refusal can be one of the moment: trouble inside, or the first still runs."""
    if answer.status == 409:
        return not LAST_WORDS & set(answer.body["error"]["details"] or {})
    return answer.status >= 500 or answer.status == 429
