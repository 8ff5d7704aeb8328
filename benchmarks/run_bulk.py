"""``python -m benchmarks.run_bulk PORT TOKEN ROUNDS ROWS``: what asking for many costs.

Prints a line of JSON a round, and one of the import of a file of so many rows.
"""

import csv
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from access.caller import caller_of_user  # noqa: E402
from access.models import User  # noqa: E402
from benchmarks.cost import Cost, measured  # noqa: E402
from benchmarks.in_flight import asked_for, orders  # noqa: E402
from lucidpay.api.json import dumps  # noqa: E402
from lucidpay.clock import utc_now  # noqa: E402
from payouts.models import PayoutEvent  # noqa: E402
from payouts.representation import payout_body  # noqa: E402
from payouts.services.draft import payout_of  # noqa: E402
from payouts.services.request import paying_wallet  # noqa: E402
from tests.builders import address, hot_wallet, lift_limits  # noqa: E402
from webhooks.models import Event  # noqa: E402

PATH = "/api/payment/payouts"
BATCH, CALLS, MANY = 100, 20, 1_000
WARM_UP_CALLS = 100  # each of the server's threads has a connection of its own
ROUTER = "PayoutRouterV0"
_keys = count()


class Caller:
    """Somebody who asks over one connection, again and again."""

    def __init__(self, port: int, token: str) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=60)
        self._token = token
        self._run = uuid4().hex

    def post(self, path: str, body: dict[str, Any]) -> None:
        """Ask, and raise for any answer but 201."""
        headers = {
            "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
            "Idempotency-Key": f"{self._run}-{next(_keys)}",
        }  # fmt: skip
        self._line.request("POST", path, json.dumps(body), headers)
        answer = self._line.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(text)

    def single(self) -> None:
        """Ask for one payout."""
        self.post(PATH, _order())

    def batch(self) -> None:
        """Ask for a hundred."""
        body = {"payouts": [_order() for _ in range(BATCH)], "batch_type": "IMMEDIATE"}
        self.post(f"{PATH}/batch", body)


def _order() -> dict[str, Any]:
    return {"recipient_address": address(), "amount_usdt": "1.25", "reason": "bench"}


def timed(ask: Callable[[], None], times: int) -> float:
    """Return the milliseconds of one call."""
    with measured() as cost:
        for _ in range(times):
            ask()
    return cost.clock_s * 1000 / times


def stored(owner: User) -> Cost:
    """Store many payouts by the path of batches and files."""
    wanted = orders(MANY)
    with measured() as cost:
        asked_for(owner, wanted, chunk=MANY)
    return cost


def looped(owner: User) -> Cost:
    """Store as many payouts with events and announcements, one after the other."""
    caller, wanted = caller_of_user(owner), orders(MANY)
    with measured() as cost, transaction.atomic():
        now, wallet = utc_now(), paying_wallet(ROUTER)
        for order in wanted:
            payout = payout_of(caller, order, ROUTER, wallet, now, now)
            payout.limit_kinds, payout.request_id = ["router"], "loop"
            payout.save(force_insert=True)
            PayoutEvent.objects.create(
                payout=payout, to_status="pending", by="loop", note="asked for", details={}, at=now
            )
            body = dumps({"type": "payout.created", "data": payout_body(payout)})
            Event.objects.create(
                type="payout.created", subject=payout.pk, body=body, created_at=now
            )
    return cost


def imported(rows: int) -> Cost:
    """Import a file of so many rows."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "payouts.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["recipient_address", "amount_usdt", "reason", "reference_id"])
            for number in range(rows):
                writer.writerow([address(), "1.25", "salary", f"{directory}-{number}"])
        with measured() as cost:
            call_command("import_payouts", str(path), owner="bench", stdout=sys.stderr)
    return cost


def turns(caller: Caller, owner: User, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of each round."""
    for _ in range(rounds):
        single_ms, batch_ms = timed(caller.single, CALLS), timed(caller.batch, CALLS // 4)
        many, loop = stored(owner), looped(owner)
        yield {
            "single_ms": single_ms, "batch_ms": batch_ms,
            "many_s": many.clock_s, "many_cpu_s": many.cpu_s,
            "loop_s": loop.clock_s, "loop_cpu_s": loop.cpu_s,
        }  # fmt: skip


def main() -> None:
    """Measure, and print."""
    port, token, rounds, rows = sys.argv[1:5]
    lift_limits()
    hot_wallet(usdt_micro=10**15)
    owner, caller = User.objects.get(username="bench"), Caller(int(port), token)
    for ask in (caller.single, caller.batch):
        timed(ask, WARM_UP_CALLS)
    for turn in turns(caller, owner, int(rounds)):
        sys.stdout.write(f"{json.dumps(turn)}\n")
    cost = imported(int(rows))
    told = {"rows": int(rows), "worker_s": cost.worker_s, "database_s": cost.database_s}
    sys.stdout.write(f"{json.dumps(told | {'clock_s': cost.clock_s})}\n")


if __name__ == "__main__":
    main()
