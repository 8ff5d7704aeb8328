"""No list counts or skips without a bound, in any API and on any page of the admin."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.paginator import COUNT_MAX
from access.trail import ENTRIES_MAX
from lucidpay.api.pagination import OFFSET_MAX
from tests import builders
from tests.admin import pages
from tests.admin.rows import one_of_each
from tests.api.client import PAYOUTS, Api
from tests.webhooks.api import hooks

# What a form of the search box may hold.
TERMS = ("", "nothing", "T" * 34, "ab" * 32, "0198" * 8)
FILTERS = {
    "payouts_payout": (
        "status__exact=failed", "review__exact=required", "router_type__exact=PayoutRouterKYC",
        "priority__exact=0", "batch_type__exact=DAILY", "created=today",
    ),
    "webhooks_event": ("type=payout.failed",),
    "webhooks_endpoint": ("state=active", "state=off", "state=deleted", "state=x"),
    "webhooks_delivery": ("status__exact=exhausted", f"q=webhook_{'0' * 32}"),
    "tron_chaintransaction": ("status__exact=dead",),
    "tron_chainflow": ("asset__exact=TRX",),
    "tron_halt": ("cause__exact=node",),
    "wallets_journal": ("kind=fee", "explanation=missing"),
    "wallets_hold": ("status__exact=voided",),
    "wallets_reconciliation": ("asset__exact=USDT",),
    "access_user": ("is_active__exact=1",),
}  # fmt: skip


@contextmanager
def every_statement_is_bounded() -> Iterator[list[str]]:
    """Refuse an unbounded count, and an offset beyond what may be paged to."""
    seen: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield seen
    seen += [query["sql"] for query in captured.captured_queries]
    for sql in seen:
        why = unbounded(sql)
        assert not why, f"{why}: {sql}"


def unbounded(sql: str) -> str:
    """Return why a statement would read ever more, or nothing."""
    upper = sql.upper()
    for offset in re.findall(r"\bOFFSET (\d+)", upper):
        if int(offset) > max(OFFSET_MAX, COUNT_MAX):
            return "skips beyond the bound"
    counts = re.search(r"\bCOUNT\(", upper)
    limits = [int(limit) for limit in re.findall(r"\bLIMIT (\d+)", upper)]
    if counts and not any(limit <= COUNT_MAX + 1 for limit in limits):
        return "counts without a bound"
    return ""


@pytest.mark.parametrize(
    ("sql", "is_refused"),
    [
        ('SELECT COUNT(*) AS "__count" FROM "t"', True),
        ('SELECT count(*) FROM (SELECT 1 FROM "t" LIMIT 10001) subquery', False),
        ('SELECT COUNT(*) FROM (SELECT 1 FROM "t" LIMIT 9999999) subquery', True),
        ('SELECT "id" FROM "t" LIMIT 50 OFFSET 10050', True),
        ('SELECT "id" FROM "t" LIMIT 50 OFFSET 9950', False),
        ('SELECT "discount" FROM "t"', False),
    ],
)
def test_the_judge_knows_what_is_unbounded(sql: str, is_refused: bool) -> None:
    assert bool(unbounded(sql)) is is_refused


@pytest.mark.parametrize(
    "query",
    [
        "", "limit=100", "offset=10000", "offset=9999&limit=100", "status=failed",
        "router_type=PayoutRouterKYC", "status=failed&router_type=PayoutRouterKYC",
        "reference_id=a", "recipient_address={address}", "start_date=2026-01-01",
        "end_date=2026-01-01&status=pending",
    ],
)  # fmt: skip
def test_lists_of_the_api_are_bounded(alice: Api, operator: Api, query: str) -> None:
    for _ in range(3):
        builders.payout(alice.user)
    given = query.format(address=builders.address())
    places = {"limit", "offset", "cursor", ""}
    names = {part.partition("=")[0] for part in given.split("&")} - places
    for one in (alice, operator):
        with every_statement_is_bounded() as seen:
            answer = one.get(f"{PAYOUTS}?{given}")
            assert answer.status == 200, answer.text
        # What the tallies know is not counted at all.
        is_tallied = all(name in ("status", "router_type") for name in names)
        assert any("COUNT(" in sql for sql in seen) is not is_tallied
        assert any("payouts_tally" in sql for sql in seen) is is_tallied
        with every_statement_is_bounded():
            cursor = one.get(f"{PAYOUTS}?limit=1").body["pagination"]["next_cursor"]
            assert one.get(f"{PAYOUTS}?cursor={cursor}").status == 200


def test_no_offset_beyond_the_bound_is_taken(alice: Api) -> None:
    assert alice.get(f"{PAYOUTS}?offset={OFFSET_MAX + 1}").status == 400


@pytest.mark.parametrize("query", ["", "period=month", "router_type=PayoutRouterV0"])
def test_statistics_count_a_part_of_an_hour_at_most(alice: Api, query: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert alice.get(f"/api/payment/stats?{query}").status == 200
    counts = [one["sql"] for one in captured.captured_queries if 'COUNT("payouts' in one["sql"]]
    assert counts
    for sql in counts:
        bounds = re.findall(r'"payouts_payout"."id" (>=|<) \'', sql)
        assert bounds == [">=", "<"], sql


def test_what_a_batch_holds_is_listed_within_bounds(alice: Api, operator: Api) -> None:
    batch = builders.batch(alice.user)
    for one in (alice, operator):
        for query in ("", "&offset=10000", "&status=pending", "&limit=1"):
            with every_statement_is_bounded() as seen:
                assert one.get(f"{PAYOUTS}?batch_id={batch.public_id}{query}").status == 200
            assert any("COUNT(" in sql for sql in seen)


@pytest.mark.parametrize(
    "query",
    [
        "", "limit=100", "offset=10000", "status=exhausted", "event_type=payout.failed",
        "event_type=payout.failed&status=delivered",
    ],
)  # fmt: skip
def test_lists_of_webhooks_are_bounded(operator: Api, query: str) -> None:
    hook = hooks.endpoint(operator.user)
    for status in ("delivered", "exhausted"):
        hooks.delivery(hook, status=status)
    log = f"{hooks.HOOKS}/{hook.public_id}/deliveries"
    for path in (f"{log}?{query}", f"{log}?limit=1", hooks.HOOKS, f"{hooks.HOOKS}?active=true"):
        with every_statement_is_bounded() as seen:
            assert operator.get(path).status == 200
        assert any("COUNT(" in sql for sql in seen)


def test_a_stream_is_not_counted(operator: Api) -> None:
    hooks.told(operator.user, count=3)
    with every_statement_is_bounded() as seen:
        assert operator.get(f"{hooks.HOOKS}/events?after=1&limit=1").status == 200
    assert not any("COUNT(" in sql for sql in seen)
    assert any(sql.endswith("LIMIT 1") and "webhooks_place" in sql for sql in seen)


def counts_of(one: Api, path: str) -> list[str]:
    """Return the statements that count, of one request."""
    with CaptureQueriesContext(connection) as captured:
        assert one.get(path).status == 200
    return [each["sql"] for each in captured.captured_queries if "COUNT(" in each["sql"]]


def test_a_batch_counts_its_own_payouts_only(alice: Api, operator: Api) -> None:
    batch = builders.batch(alice.user)
    for one in (alice, operator):
        [sql] = counts_of(one, f"{PAYOUTS}/batch/{batch.public_id}")
        assert f"""."batch_id" IN ('{batch.pk.hex}'::uuid)""" in sql


def test_a_story_counts_its_own_attempts_only(alice: Api, operator: Api) -> None:
    payout = builders.payout(alice.user, status="confirmed")
    for one in (alice, operator):
        [sql] = counts_of(one, f"{PAYOUTS}/{payout.public_id}/events")
        assert f"""."transaction_id" IN ({payout.transaction_id})""" in sql


@pytest.mark.parametrize("query", ["", "page=2", "page=99999", "model=access.User", "q=nobody"])
def test_the_audit_trail_is_bounded(wallet: object, query: str) -> None:
    client = Client()
    client.force_login(builders.user("admin", is_staff=True))
    with every_statement_is_bounded() as seen:
        assert client.get(f"/admin/audit/?{query}").status_code == 200
    trails = [sql for sql in seen if re.match(r'SELECT "\w+"."pgh_created_at" AS', sql)]
    assert trails
    for sql in trails:
        [limit] = re.findall(r"LIMIT (\d+)$", sql)
        assert int(limit) <= ENTRIES_MAX + 1


@pytest.mark.usefixtures("no_menu")
@pytest.mark.parametrize("model", pages.MODELS)
def test_lists_of_the_admin_are_bounded(wallet: object, model: str) -> None:
    one_of_each(builders.user())
    client = Client()
    client.force_login(builders.user("admin", is_staff=True))
    queries = [
        "", "p=2", "p=99999", "all=", "_facets=True", "o=1.2",
        *(f"q={term}" for term in TERMS), *FILTERS.get(model, ()),
        *(f"{one}&p=2" for one in FILTERS.get(model, ())),
    ]  # fmt: skip
    counted: list[Any] = []
    for query in queries:
        with every_statement_is_bounded() as seen:
            answer = client.get(f"{pages.listing(model)}?{query}")
            assert answer.status_code in (200, 302), query
        counted += [sql for sql in seen if "COUNT(" in sql]
    assert counted
