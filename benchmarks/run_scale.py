"""``python -m benchmarks.run_scale SIZE``: a database with so many payouts, and who asks it.

Fills it, prints the names of all questions as a line of JSON, and then for each name that it reads
the milliseconds which that question took, asked by the code that answers it in production. Two of
these are asked in turn (``benchmarks/scale.py``), so what else the machine does slows down both.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from access.caller import Caller, caller_of_user  # noqa: E402
from access.models import User  # noqa: E402
from benchmarks import fill  # noqa: E402
from benchmarks.front import front_asker  # noqa: E402
from benchmarks.in_flight import asked_for, orders  # noqa: E402
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
INDEXES, CONSOLE = "indexes", "console"
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
        "create": _create(people[-1]),
        "get": lambda: payout_visible_to(everybody, f"payout_{keys[next(turns) % len(keys)].hex}"),
        "stats of a day": lambda: stats_body(Asked(None, "day"), now=utc_now()),
        "stats of a day, one owner": lambda: stats_body(Asked(busy.user_id, "day"), now=utc_now()),
        "stats of a month": lambda: stats_body(Asked(None, "month"), now=utc_now()),
        "queue depth": lambda: by_status(tallied_ever()),
        "dispatch": lambda: _claim(wallet),
        "screening": lambda: list(due_for_screening(wallet.pk, now=utc_now(), most=CHUNK)),
        "admin's front page": _console("/admin/front/"),
        "admin's queue of reviews": _console("/admin/payouts/awaitingreview/"),
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


def _create(owner: User) -> Question:
    client, token = Client(), builders.token(owner)

    def create() -> None:
        body = {"recipient_address": builders.address(), "amount_usdt": 1.25, "reason": "bench"}
        answer = client.post(
            "/api/payment/payouts", body, content_type="application/json",
            headers={"host": "localhost", "authorization": f"Bearer {token}"},
        )  # fmt: skip
        if answer.status_code != 201:
            raise RuntimeError(f"create: {answer.status_code} {answer.content!r}")

    return create


def _ask(question: Question) -> float:
    start = time.perf_counter()
    question()
    return (time.perf_counter() - start) * 1000


def _waiting(owner: User) -> None:
    """Make payouts that are due, by the code that makes them."""
    batch = asked_for(owner, orders(PENDING))
    Payout.objects.filter(batch=batch).update(screened_at=utc_now())


def main() -> None:
    """Fill, then answer until nobody asks any more."""
    size, url = int(sys.argv[1]), os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
    builders.lift_limits()
    wallet = builders.hot_wallet(usdt_micro=10**15)
    people = [builders.user("operator") for _ in range(OWNERS)]
    facts = {
        "wallet": wallet.pk, "owners": [one.pk for one in people], "owner_count": OWNERS,
        "now": utc_now(), "first_tx": fill.transactions(url),
    }  # fmt: skip
    fill.fill(url, have=0, want=size, facts=facts)
    _waiting(people[-1])
    asked = questions(wallet, people)
    front = cache(front_asker)  # fills the sums, so not before it is asked for
    told: dict[str, Question] = {INDEXES: _indexes, CONSOLE: lambda: front()()}
    _say(list(asked))
    for line in sys.stdin:
        name = line.strip()
        _say(told[name]() if name in told else _ask(asked[name]))


def _say(told: Any) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


def _indexes() -> dict[str, tuple[int, int]]:
    """Return of each index of payouts its size in bytes, and how often it was read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelname, pg_relation_size(indexrelid), idx_scan FROM pg_stat_user_indexes"
            " WHERE relname = 'payouts_payout' ORDER BY 1"
        )
        return {name: (size, reads) for name, size, reads in cursor.fetchall()}


if __name__ == "__main__":
    main()
