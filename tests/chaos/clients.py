"""Clients that pay people with care: a request is repeated until it is known to be accepted."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from tests.chaos.plan import Order, Plan
from tests.platform.running import Answer, Platform

CLIENTS = 12
TIMEOUT_S = 15.0
PAUSE_S = 0.5
# Everything was accepted long before, or something is wrong.
TRIES_MAX = 400
PAYOUTS = "/api/payment/payouts"


@dataclass(frozen=True)
class Accepted:
    """A payout that the platform has promised, and what its client knows of it."""

    payout_id: str
    order: Order
    is_cancelled: bool = False


@dataclass
class Clients:
    """All clients of a run; what they were promised, and what they must never be told."""

    platform: Platform
    accepted: list[Accepted] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: int = 0
    unanswered: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, plan: Plan, start_s: float) -> None:
        """Place every order of a plan at its time; return when all are accepted."""
        with ThreadPoolExecutor(CLIENTS) as people:
            work: list[Future[None]] = []
            for order in plan.orders:
                if self.stopped.wait(max(0.0, start_s + order.at_s - time.monotonic())):
                    break
                work.append(people.submit(self._place, order))
            for one in work:
                one.result()

    def _place(self, order: Order) -> None:
        ids = self._ask_twice(order) if order.twice else [self._ask(order)]
        if self.stopped.is_set():
            return
        if len(set(ids)) != 1:
            self._complain(order, f"one order became several payouts: {ids}")
        is_cancelled = order.cancelled and self._cancel(order, ids[0])
        with self._lock:
            self.accepted.append(Accepted(ids[0], order, is_cancelled))

    def _ask_twice(self, order: Order) -> list[str]:
        """Send one order in two requests at once, as a client with a hasty proxy does."""
        with ThreadPoolExecutor(2) as both:
            return list(both.map(self._ask, (order, order)))

    def _ask(self, order: Order) -> str:
        body = {
            "recipient_address": order.recipient,
            "amount_usdt": f"{order.cents // 100}.{order.cents % 100:02}",
            "reference_id": order.reference,
            "priority": order.priority,
        }
        headers = {"Idempotency_Key": order.key} if order.key else {}
        answer = self._until(order, PAYOUTS, body, (200, 201), headers)
        return str(answer.body["payout_id"]) if answer else ""

    def _cancel(self, order: Order, payout_id: str) -> bool:
        """Try to cancel; return whether the platform has said that it is cancelled."""
        answer = self._until(order, f"{PAYOUTS}/{payout_id}/cancel", {}, (200, 409), {})
        if answer is None or answer.status == 200:
            return answer is not None
        # An earlier try may have done it without its answer coming through.
        return bool(answer.body["error"]["details"].get("status") == "cancelled")

    def _until(
        self,
        order: Order,
        path: str,
        body: dict[str, Any],
        wanted: tuple[int, ...],
        headers: dict[str, str],
    ) -> Answer | None:
        """Repeat the very same request until one of these answers comes; None when stopped."""
        for _ in range(TRIES_MAX):
            answer = self._once(path, body, headers)
            if answer is not None and answer.status in wanted:
                return answer
            if answer is not None and not _may_repeat(answer):
                self._complain(order, f"{path} answered {answer.status}: {answer.body}")
            if self.stopped.wait(PAUSE_S):
                return None
        self._complain(order, f"{path} was not accepted in {TRIES_MAX} tries")
        self.stopped.set()
        return None

    def _once(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer | None:
        answer = None
        # No answer, or half of one, says nothing; so the same is sent again.
        with suppress(OSError, HTTPException, ValueError):
            answer = self.platform.api("POST", path, body, timeout_s=TIMEOUT_S, **headers)
        with self._lock:
            self.requests += 1
            self.unanswered += answer is None
        return answer

    def _complain(self, order: Order, text: str) -> None:
        with self._lock:
            self.complaints.append(f"{order.reference}: {text}")


def _may_repeat(answer: Answer) -> bool:
    """Say whether a refusal can be one of the moment: trouble inside, or the first still runs."""
    if answer.status == 409:
        return "payout_id" not in (answer.body["error"]["details"] or {})
    return answer.status >= 500 or answer.status == 429
