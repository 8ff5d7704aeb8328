"""``python -m benchmarks.run_scale SIZE …``: what reading costs with so many payouts.

Prints a line of JSON a size: how long each question takes in milliseconds, asked by the code
that answers it in production. Of many times the first tenth: both sizes cannot be asked in turn,
so what else the machine does must not count.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from access.caller import Caller, caller_of_user  # noqa: E402
from access.models import User  # noqa: E402
from benchmarks import fill  # noqa: E402
from benchmarks.in_flight import asked_for  # noqa: E402
from lucidpay.api.pagination import _cursor_text  # noqa: E402
from lucidpay.clock import utc_now  # noqa: E402
from payouts.lists import payouts_page  # noqa: E402
from payouts.models import Payout  # noqa: E402
from payouts.queries import due_for_screening, due_for_signing, payout_visible_to  # noqa: E402
from payouts.stats import Asked, stats_body  # noqa: E402
from payouts.tallies.read import by_status, tallied_ever  # noqa: E402
from tests import builders  # noqa: E402
from wallets.models import Wallet  # noqa: E402

OWNERS = 20
PENDING = 1_000
CHUNK = 250
TIMES = 101
ROUTER = "PayoutRouterDirect"
Question = Callable[[], Any]


def questions(wallet: Wallet, people: list[User]) -> dict[str, Question]:
    """Return what is asked, by name."""
    everybody = caller_of_user(builders.user("admin", is_staff=True))
    busy = caller_of_user(people[0])
    keys = list(Payout.objects.order_by("-pk").values_list("pk", flat=True)[:10_000:100])
    deep = _deep_cursor()
    now = utc_now()
    day = {"start_date": now - timedelta(days=2), "end_date": now - timedelta(days=1)}
    recent = {"start_date": now - timedelta(days=1)}
    page: dict[str, Any] = {"limit": 20, "offset": 0}
    turns = iter(range(10**9))

    def listed(caller: Caller, filters: dict[str, Any], **query: Any) -> Question:
        return lambda: payouts_page(caller, filters, page | query)

    asked = {
        "get": lambda: payout_visible_to(everybody, f"payout_{keys[next(turns) % len(keys)].hex}"),
        "stats of a day": lambda: stats_body(Asked(None, "day"), now=utc_now()),
        "stats of a day, one owner": lambda: stats_body(Asked(busy.user_id, "day"), now=utc_now()),
        "stats of a month": lambda: stats_body(Asked(None, "month"), now=utc_now()),
        "queue depth": lambda: by_status(tallied_ever()),
        "dispatch": lambda: _claim(wallet),
        "screening": lambda: list(due_for_screening(wallet.pk, now=utc_now())[:CHUNK]),
        "admin's list": _console("/admin/payouts/payout/"),
        "admin's failed": _console("/admin/payouts/payout/?status__exact=failed"),
        "admin's search": _console(f"/admin/payouts/payout/?q={builders.address()}"),
    }
    lists = {
        "first page": {}, "failed": {"status": "failed"}, "direct": {"router_type": ROUTER},
        "failed direct": {"status": "failed", "router_type": ROUTER},
        "a recipient": {"recipient_address": builders.address()},
        "one day": day, "since yesterday": recent, "failed in a day": {"status": "failed", **day},
    }  # fmt: skip
    for name, filters in lists.items():
        asked[f"list, {name}"] = listed(everybody, filters)
        asked[f"list of an owner, {name}"] = listed(busy, filters)
    asked["list, deep cursor"] = listed(everybody, {}, cursor=deep)
    asked["list of an owner, deep cursor"] = listed(busy, {}, cursor=deep)
    asked["list, failed, deep cursor"] = listed(everybody, {"status": "failed"}, cursor=deep)
    return asked


def _claim(wallet: Wallet) -> None:
    with transaction.atomic():
        rows = due_for_signing(wallet.pk, now=utc_now()).select_related("transaction")
        found = rows.select_for_update(skip_locked=True, of=("self",))[:CHUNK]
        if len(found) != CHUNK:
            raise RuntimeError(f"{len(found)} payouts are due")
        transaction.set_rollback(True)


def _deep_cursor() -> str:
    """Return the cursor of a page in the middle of all payouts."""
    oldest, newest = Payout.objects.earliest("pk").pk, Payout.objects.latest("pk").pk
    middle = (oldest.int + newest.int) // 2
    return _cursor_text(UUID(int=middle))


def _console(path: str) -> Question:
    client = Client()
    client.force_login(builders.user("admin", is_staff=True))

    def look() -> None:
        answer = client.get(path, headers={"host": "localhost"})
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")

    return look


def _quiet_ms(question: Question, times: int) -> float:
    question()
    question()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        question()
        took.append((time.perf_counter() - start) * 1000)
    return quantiles(took, n=10)[0]


def _waiting(owner: User) -> None:
    """Make payouts that are due, by the code that makes them."""
    batch = asked_for(owner, PENDING)
    Payout.objects.filter(batch=batch).update(screened_at=utc_now())


def main() -> None:
    """Fill to each size in turn, and ask."""
    sizes = sorted(int(text) for text in sys.argv[1:])
    url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
    builders.lift_limits()
    wallet = builders.hot_wallet(usdt_micro=10**15)
    people = [builders.user("operator") for _ in range(OWNERS)]
    facts = {
        "wallet": wallet.pk, "owners": [one.pk for one in people], "owner_count": OWNERS,
        "now": utc_now(), "first_tx": fill.transactions(url),
    }  # fmt: skip
    have = 0
    for size in sizes:
        start = time.perf_counter()
        fill.fill(url, have=have, want=size, facts=facts)
        filled_s = time.perf_counter() - start
        if not have:
            _waiting(people[-1])
        have = size
        asked = questions(wallet, people)
        found = {name: _quiet_ms(question, TIMES) for name, question in asked.items()}
        told = {"size": size, "filled_s": filled_s, "ms": found, "indexes": _indexes()}
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()


def _indexes() -> dict[str, int]:
    """Return the size of each index of payouts in bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes"
            " WHERE relname = 'payouts_payout' ORDER BY 1"
        )
        return dict(cursor.fetchall())


if __name__ == "__main__":
    main()
