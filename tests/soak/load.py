"""Callers who go on for an hour: they ask for payouts, follow them, list, sum up and scrape."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread
from typing import Any, Self

from tests.platform.people import somebody
from tests.platform.running import Platform

PEOPLE = 300
# How often each call is made for one payout.
SHARES = {"create": 1.0, "get": 3.0, "list": 1.0, "stats": 0.2, "metrics": 0.1, "health": 0.2}


@dataclass
class Load:
    """A thread for each kind of call, each at its own pace."""

    platform: Platform
    rate: float  # of payouts, a second
    done: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._people = [somebody() for _ in range(PEOPLE)]
        self._payouts = list[str]()
        self._numbers = count()
        calls = {
            "create": self._create,
            "get": self._get,
            "list": lambda: self._ask("GET", "/api/payment/payouts?limit=20"),
            "stats": lambda: self._ask("GET", "/api/payment/stats?period=day"),
            "metrics": lambda: self._ask("GET", "/status"),
            "health": lambda: self._ask("GET", "/api/payment/health"),
        }
        self._threads = [Thread(target=self._go, args=item) for item in calls.items()]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self._threads:
            thread.join()

    def _go(self, name: str, call: Callable[[], Any]) -> None:
        pause_s = 1 / (self.rate * SHARES[name])
        due = time.monotonic()
        while not self.stopped.wait(max(0, due - time.monotonic())):
            due += pause_s
            try:
                call()
            except (OSError, AssertionError) as error:
                self.failed.append(f"{name}: {error}")
                continue
            self.done[name] += 1

    def _create(self) -> None:
        number = next(self._numbers)
        body = {
            "recipient_address": self._people[number % PEOPLE],
            "amount_usdt": f"1.{number % 90 + 10}",
            "reference_id": f"soak-{number}",
        }
        self._payouts.append(self._ask("POST", "/api/payment/payouts", body)["payout_id"])

    def _get(self) -> None:
        if self._payouts:
            recent = random.choice(self._payouts[-1_000:])  # noqa: S311  (no secret)
            self._ask("GET", f"/api/payment/payouts/{recent}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.platform.api(method, path, body)
        assert answer.status in (200, 201), f"{path}: {answer.status} {answer.body}"
        return answer.body
