"""Lists: newest first, filtered, and every row seen exactly once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lucidpay.api import pagination
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.api.client import PAYOUTS, Api, caller, refused

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def _ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.text
    return [row["payout_id"] for row in answer.body["payouts"]]


@pytest.fixture
def many(alice: Api) -> list[str]:
    """Return the ids of 250 payouts, the newest first."""
    first = builders.payout(alice.user)
    copies = [first]
    for _ in range(249):
        copy = Payout.objects.get(pk=first.pk)
        copy.pk = Payout._meta.pk.get_default()
        copies.append(copy)
    Payout.objects.bulk_create(copies[1:])
    return [one.public_id for one in sorted(copies, key=lambda one: one.pk, reverse=True)]


@pytest.mark.contract("C-LIST-1")
def test_it_shows_an_empty_list(alice: Api) -> None:
    assert alice.get(PAYOUTS).body == {
        "payouts": [],
        "pagination": {
            "total": 0, "total_exact": True, "limit": 20, "offset": 0,
            "has_next": False, "has_previous": False, "next_cursor": None,
        },
        "filters": {},
    }  # fmt: skip


@pytest.mark.contract("C-LIST-2", "C-PAYOUT-1")
def test_it_shows_the_newest_first_as_get_does(alice: Api) -> None:
    made = [alice.pay().body for _ in range(3)]
    assert alice.get(PAYOUTS).body["payouts"] == made[::-1]


@pytest.mark.contract("C-LIST-2")
def test_offsets_see_each_row_once(alice: Api, many: list[str]) -> None:
    seen: list[str] = []
    for offset in range(0, 300, 70):
        answer = alice.get(f"{PAYOUTS}?limit=70&offset={offset}")
        seen += _ids(answer)
        page = answer.body["pagination"]
        assert (page["total"], page["total_exact"]) == (250, True)
        assert (page["limit"], page["offset"]) == (70, offset)
        assert (page["has_next"], page["has_previous"]) == (offset + 70 < 250, offset > 0)
    assert seen == many


@pytest.mark.contract("C-LIST-2", "C-LIST-3")
@pytest.mark.parametrize("grows", [False, True], ids=["still", "while payouts are made"])
def test_cursors_see_each_row_once(alice: Api, many: list[str], grows: bool) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        answer = alice.get(f"{PAYOUTS}?limit=30" + (f"&cursor={cursor}" if cursor else ""))
        seen += _ids(answer)
        assert answer.body["pagination"]["has_previous"] == bool(cursor)
        cursor = answer.body["pagination"]["next_cursor"]
        assert answer.body["pagination"]["has_next"] == (cursor is not None)
        if grows:
            builders.payout(alice.user)
    assert seen == many


@pytest.mark.contract("C-LIST-3")
def test_a_cursor_keeps_its_place_when_rows_above_it_come(alice: Api) -> None:
    made = [builders.payout(alice.user).public_id for _ in range(3)]
    cursor = alice.get(f"{PAYOUTS}?limit=1").body["pagination"]["next_cursor"]
    builders.payout(alice.user)
    assert _ids(alice.get(f"{PAYOUTS}?cursor={cursor}")) == [made[1], made[0]]


@pytest.mark.contract("C-LIST-4")
def test_it_counts_to_a_bound_and_says_so(
    alice: Api, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "COUNT_MAX", 100)
    page = alice.get(PAYOUTS).body["pagination"]
    assert page["total"] > 100
    assert page["total_exact"] is False
    monkeypatch.setattr(pagination, "COUNT_MAX", 250)
    page = alice.get(PAYOUTS).body["pagination"]
    assert (page["total"], page["total_exact"]) == (250, True)


@pytest.mark.contract("C-AUTH-9", "C-AUTH-10")
def test_others_see_their_own_only(alice: Api, bob: Api, operator: Api, auditor: Api) -> None:
    mine, theirs = (builders.payout(one.user) for one in (alice, bob))
    assert _ids(alice.get(PAYOUTS)) == [mine.public_id]
    assert _ids(bob.get(PAYOUTS)) == [theirs.public_id]
    for everybody in (operator, auditor, caller("admin"), caller("approver")):
        assert _ids(everybody.get(PAYOUTS)) == [theirs.public_id, mine.public_id]
    # Nor by a filter or a cursor.
    assert _ids(alice.get(f"{PAYOUTS}?recipient_address={theirs.recipient_address}")) == []
    cursor = operator.get(f"{PAYOUTS}?limit=1").body["pagination"]["next_cursor"]
    assert _ids(alice.get(f"{PAYOUTS}?cursor={cursor}")) == [mine.public_id]
    assert alice.get(PAYOUTS).body["pagination"]["total"] == 1


@pytest.mark.contract("C-LIST-5")
@pytest.mark.parametrize("status", Status.values)
def test_it_filters_by_status(alice: Api, status: str) -> None:
    made = {one: builders.payout(alice.user, status=one).public_id for one in Status.values}
    answer = alice.get(f"{PAYOUTS}?status={status}")
    assert _ids(answer) == [made[status]]
    assert answer.body["filters"] == {"status": status}
    assert answer.body["pagination"]["total"] == 1


@pytest.mark.contract("C-LIST-5")
def test_it_filters_by_reference_recipient_and_router(alice: Api) -> None:
    one = builders.payout(alice.user, reference_id="inv 7")
    two = builders.payout(alice.user, reference_id="inv 8")
    for query, found in {
        "reference_id=inv%207": [one],
        f"recipient_address={two.recipient_address}": [two],
        "router_type=PayoutRouterV0": [two, one],
        "router_type=PayoutRouterKYC": [],
        f"reference_id=inv+7&recipient_address={two.recipient_address}": [],
        f"reference_id=inv+7&recipient_address={one.recipient_address}&status=pending"
        "&router_type=PayoutRouterV0&limit=5&offset=0": [one],
    }.items():
        assert _ids(alice.get(f"{PAYOUTS}?{query}")) == [row.public_id for row in found], query
    answer = alice.get(f"{PAYOUTS}?reference_id=inv%207&status=pending&limit=3")
    assert answer.body["filters"] == {"reference_id": "inv 7", "status": "pending"}


@pytest.mark.contract("C-LIST-5")
def test_it_filters_by_date(alice: Api) -> None:
    last = DAY + timedelta(days=1, microseconds=-1)
    days = [DAY - timedelta(microseconds=1), DAY, last, DAY + timedelta(days=1)]
    made = [builders.payout(alice.user, now=day).public_id for day in days]
    for query, found in {
        "start_date=2026-03-01": made[1:],
        "end_date=2026-03-01": made[:3],
        "start_date=2026-03-01&end_date=2026-03-01": made[1:3],
        "start_date=2026-03-01T23:59:59.999999Z": made[2:],
        "start_date=2026-03-02T01:00:00%2B01:00": made[3:],
        "start_date=2026-03-01T00:00:00&end_date=2026-03-01T00:00:00": made[1:2],
        "end_date=2026-02-27": [],
        "start_date=2026-03-02&end_date=2026-03-01": [],
        "start_date=0001-01-01&end_date=9999-12-31": made,
    }.items():
        assert _ids(alice.get(f"{PAYOUTS}?{query}")) == found[::-1], query


BAD = [
    "limit=0", "limit=-1", "limit=101", "limit=abc", "limit=", "limit=1.0", "limit=1e1",
    "limit=%D9%A1", "limit=1_0", "limit=%201", "limit=%2B1", "limit=" + "9" * 5_000, "limit=1%00",
    "limit=1%0A", "offset=-1", "offset=10001", "offset=x", "offset=%D9%A1", "offset=1_0",
    "cursor=", "cursor=x", "cursor=" + "A" * 21, "cursor=" + "A" * 23, "cursor=" + "A" * 101,
    "cursor=%00", "cursor=%C3%A9", "cursor=!" + "A" * 22, "cursor=" + "A" * 22 + "==",
    "cursor=" + "A" * 21 + "B",
    "status=", "status=done", "status=PENDING", "status=pending%00", "router_type=V0",
    "recipient_address=x", "recipient_address=", "reference_id=", "reference_id=%00",
    "reference_id=" + "x" * 101, "start_date=", "start_date=x", "start_date=2026-02-30",
    "start_date=2026-13-01", "start_date=1767225600", "end_date=10000-01-01",
    "end_date=2026-01-01T25:00",
    "end_date=%D9%A2%D9%A0%D9%A2%D9%A6-01-01", "unknown=1", "Limit=1", "format=json", "page=2",
    "ordering=amount", "owner=1", "=1", "status__in=pending", "limit[]=1",
]  # fmt: skip


@pytest.mark.contract("C-LIST-1", "C-LIST-6")
@pytest.mark.parametrize("query", BAD, ids=lambda query: query[:40])
def test_it_refuses_the_query_and_names_it(alice: Api, query: str) -> None:
    details = refused(alice.get(f"{PAYOUTS}?{query}"), 400, "LUCID_ERR_1001")
    assert list(details) == [query.partition("=")[0] or "body"]


@pytest.mark.contract("C-ERR-5")
@pytest.mark.parametrize("name", ["limit", "status", "cursor", "unknown"])
def test_it_refuses_parameters_given_twice(alice: Api, name: str) -> None:
    details = refused(alice.get(f"{PAYOUTS}?{name}=1&{name}=1"), 400, "LUCID_ERR_1001")
    assert list(details) == [name]


@pytest.mark.contract("C-LIST-6")
def test_it_refuses_a_cursor_beside_an_offset(alice: Api) -> None:
    builders.payout(alice.user), builders.payout(alice.user)
    cursor = alice.get(f"{PAYOUTS}?limit=1").body["pagination"]["next_cursor"]
    details = refused(alice.get(f"{PAYOUTS}?cursor={cursor}&offset=1"), 400, "LUCID_ERR_1001")
    assert list(details) == ["cursor"]


@pytest.mark.contract("C-ERR-4")
def test_it_names_everything_that_is_wrong(alice: Api) -> None:
    query = "limit=0&offset=x&status=x&start_date=x&unknown=1"
    details = refused(alice.get(f"{PAYOUTS}?{query}"), 400, "LUCID_ERR_1001")
    assert set(details) == {"limit", "offset", "status", "start_date", "unknown"}


@pytest.mark.contract("C-LIST-1")
def test_it_reaches_the_furthest_offset_and_the_largest_page(alice: Api, many: list[str]) -> None:
    assert _ids(alice.get(f"{PAYOUTS}?limit=100")) == many[:100]
    assert _ids(alice.get(f"{PAYOUTS}?limit=1&offset=10000")) == []


@pytest.mark.contract("C-LIST-3")
def test_its_cost_does_not_grow_with_the_page(
    alice: Api, many: list[str], django_assert_max_num_queries: Any
) -> None:
    alice.get(PAYOUTS)
    with django_assert_max_num_queries(4):  # key, roles, count, rows
        assert len(_ids(alice.get(f"{PAYOUTS}?limit=100"))) == 100
