"""Clients that pay people with care."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.chaos.asking import Desk
from tests.chaos.plan import Order, Plan

CLIENTS = 12
PAYOUTS = "/api/payment/payouts"


@dataclass(frozen=True)
class Accepted:
    """A payout that the platform has promised, and what its client knows of it."""

    payout_id: str
    order: Order
    is_cancelled: bool = False


@dataclass
class Clients:
    """All clients of a run, and what they were promised."""

    desk: Desk
    accepted: list[Accepted] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, plan: Plan, start_s: float) -> None:
        """Place every order of a plan at its time; return when all are accepted."""
        with ThreadPoolExecutor(CLIENTS) as people:
            work: list[Future[None]] = []
            for order in plan.orders:
                if self.desk.stopped.wait(max(0.0, start_s + order.at_s - time.monotonic())):
                    break
                work.append(people.submit(self._place, order))
            for one in work:
                one.result()

    def _place(self, order: Order) -> None:
        ids = self._ask_twice(order) if order.twice else [self._ask(order)]
        if self.desk.stopped.is_set():
            return
        if len(set(ids)) != 1:
            self.desk.complain(order.reference, f"one order became several payouts: {ids}")
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
        answer = self.desk.until(order.reference, PAYOUTS, body, (200, 201), **headers)
        return str(answer.body["payout_id"]) if answer else ""

    def _cancel(self, order: Order, payout_id: str) -> bool:
        """Try to cancel; return whether the platform has said that it is cancelled."""
        path = f"{PAYOUTS}/{payout_id}/cancel"
        answer = self.desk.until(order.reference, path, {}, (200, 409))
        if answer is None or answer.status == 200:
            return answer is not None
        # An earlier try may have done it without its answer coming through.
        return bool(answer.body["error"]["details"].get("status") == "cancelled")
