"""Every filter, alone and with others: the right rows, in order, and no others are read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.api import pagination
from payouts.models import Payout, RouterType
from payouts.states import Status
from payouts.tallies.fold import tallies_fold
from tests import builders
from tests.api.client import PAYOUTS, Api

START = datetime(2026, 3, 1, tzinfo=UTC)
MANY = 30_000
SOME_STATUSES = (None, *Status.values)
SOME_ROUTERS = (None, "PayoutRouterV0", "PayoutRouterDirect", "PayoutRouterGateway")


def insert(owner_id: int, template: Payout, *, first: int, count: int, status: str) -> None:
    """Copy a payout in one statement: one a minute, of one status, by three routers."""
    columns = [field.column for field in Payout._meta.concrete_fields]
    changed = {
        "id": "(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'"
        " || lpad(to_hex(g %% 4096), 3, '0') || '8' || lpad(to_hex(g), 15, '0'))::uuid",
        "owner_id": "%(owner)s", "status": "%(status)s", "created_at": "at",
        "router_type": "CASE g %% 500 WHEN 7 THEN 'PayoutRouterDirect' WHEN 8 THEN "
        "'PayoutRouterKYC' ELSE 'PayoutRouterV0' END",
    }  # fmt: skip
    chosen = ", ".join(changed.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO payouts_payout ({", ".join(columns)})
                SELECT {chosen} FROM payouts_payout,
                       LATERAL (SELECT g, %(start)s + g * interval '1 minute' AS at
                                  FROM generate_series(%(first)s::bigint, %(last)s) AS g) AS made
                 WHERE id = %(template)s""",  # noqa: S608
            {"owner": owner_id, "status": status, "start": START, "first": first,
             "last": first + count - 1, "template": template.pk},
        )  # fmt: skip


@pytest.fixture
def crowd(alice: Api, bob: Api) -> None:
    """Alice's payouts are confirmed, all but 50; Bob's failed."""
    assert alice.user
    assert bob.user
    with connection.cursor() as cursor:
        # A row is visible to all only once its commit is on disk, and VACUUM waits for none.
        cursor.execute("SET synchronous_commit = on")
    template = builders.payout(alice.user, status="confirmed", now=START)
    insert(alice.user.pk, template, first=0, count=MANY, status="confirmed")
    insert(alice.user.pk, template, first=MANY, count=50, status="cancelled")
    insert(bob.user.pk, template, first=2 * MANY, count=MANY, status="failed")
    with connection.cursor() as cursor:
        # As autovacuum does it: then indexes alone tell which rows there are.
        cursor.execute("VACUUM ANALYZE payouts_payout")
        cursor.execute("RESET synchronous_commit")


def visited(sql: str, params: Any = None) -> int:
    """Return how many rows and index entries a statement reads."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes_of(plan)
        if "Relation Name" in node
    )


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes_of(part)


def query_of(**given: Any) -> str:
    return "&".join(f"{name}={value}" for name, value in given.items() if value is not None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("crowd")
def test_a_page_reads_no_rows_that_it_does_not_show(
    alice: Api, operator: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "COUNT_MAX", 40)
    builders.payout(alice.user, reference_id="one of a kind")
    days = {"start_date": "2026-03-05", "end_date": "2026-03-07"}
    filters = [
        {"status": status, "router_type": router}
        for status, router in product(SOME_STATUSES, SOME_ROUTERS)
    ]
    filters += [{**one, **days} for one in filters]
    filters += [{"reference_id": "one%20of%20a%20kind"}, {"end_date": "2026-03-02"}]
    most = 0
    for one, given in product((alice, operator), filters):
        with CaptureQueriesContext(connection) as captured:
            answer = one.get(f"{PAYOUTS}?{query_of(**given, limit=10)}")
        assert answer.status == 200
        for query in captured.captured_queries:
            if "payouts_payout" in query["sql"] and query["sql"].startswith(("SELECT", "(SELECT")):
                rows = visited(query["sql"])
                # 41 are counted; a page has 11 of each of at most 5 parts; ids of a minute
                # beyond a day; the transactions that belong to them.
                assert rows <= 150, (given, rows, query["sql"])
                most = max(most, rows)
    assert most > 40


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("crowd")
def test_a_page_at_any_depth_reads_as_little(alice: Api) -> None:
    last = Payout.objects.filter(owner=alice.user).order_by("pk")[5]
    cursor = pagination._cursor_text(last.pk)
    for place, most in ((f"cursor={cursor}", 60), ("offset=9000", 9_100)):
        for given in ({}, {"router_type": "PayoutRouterV0"}, {"status": "confirmed"}):
            with CaptureQueriesContext(connection) as captured:
                answer = alice.get(f"{PAYOUTS}?{query_of(**given)}&limit=10&{place}")
            assert len(answer.body["payouts"]) >= 5
            pages = [
                query["sql"]
                for query in captured.captured_queries
                if "payouts_payout" in query["sql"] and "COUNT" not in query["sql"]
                and query["sql"].startswith(("SELECT", "(SELECT"))
            ]  # fmt: skip
            assert sum(map(visited, pages)) <= most, (place, given)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("crowd")
def test_beyond_the_bound_the_total_is_the_tallies(
    alice: Api, operator: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "COUNT_MAX", 30)
    for is_folded in (False, True):
        for one, given, total in (
            (alice, {}, MANY + 51),
            (operator, {}, 2 * MANY + 51),
            (alice, {"status": "cancelled"}, 50),
            (operator, {"status": "failed", "router_type": "PayoutRouterKYC"}, 60),
            # Up to 01:30 and the minute of the end itself.
            (alice, {"end_date": "2026-03-01T01:30:00Z"}, 92),
            (alice, {"start_date": "2026-03-01T22:30", "end_date": "2026-03-02"}, 90 + 24 * 60),
        ):
            page = one.get(f"{PAYOUTS}?{query_of(**given)}").body["pagination"]
            assert (page["total"], page["total_exact"]) == (total, False), (given, is_folded)
        while tallies_fold():
            pass


def test_any_filters_at_any_place_give_the_right_rows_in_order(
    alice: Api, bob: Api, operator: Api
) -> None:
    made = []
    for number, (status, router) in enumerate(
        product(("pending", "confirmed", "cancelled", "failed"), (RouterType.V0, RouterType.DIRECT))
    ):
        for owner in (alice.user, bob.user):
            now = START + timedelta(hours=(7 * number) % 5)
            made.append(
                builders.payout(owner, status=status, router_type=router, now=now)  # type: ignore[arg-type]
            )
    made.sort(key=lambda one: one.pk, reverse=True)
    for one, status, router, end in product(
        (alice, operator), SOME_STATUSES, SOME_ROUTERS, (None, "2026-03-01T02:00:00Z")
    ):
        assert one.user
        wanted = [
            row.public_id
            for row in made
            if (one is operator or row.owner_id == one.user.pk)
            and status in (None, row.status)
            and router in (None, row.router_type)
            and (end is None or row.created_at <= START + timedelta(hours=2))
        ]
        given = query_of(status=status, router_type=router, end_date=end)
        assert by_offset(one, given) == by_cursor(one, given) == wanted, given


def by_offset(one: Api, given: str) -> list[str]:
    found: list[str] = []
    for offset in range(0, 18, 3):
        answer = one.get(f"{PAYOUTS}?limit=3&offset={offset}&{given}")
        found += [row["payout_id"] for row in answer.body["payouts"]]
    return found


def by_cursor(one: Api, given: str) -> list[str]:
    found: list[str] = []
    place: str | None = ""
    while place is not None:
        answer = one.get(f"{PAYOUTS}?limit=3&{given}" + (f"&cursor={place}" if place else ""))
        found += [row["payout_id"] for row in answer.body["payouts"]]
        assert len(found) <= 18, "it goes in circles"
        place = answer.body["pagination"]["next_cursor"]
    return found
