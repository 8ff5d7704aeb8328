"""`POST /api/v1/payments/reports/generate` and reading what became of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import User
from gateway.models_report import Report
from tests import builders
from tests.api.client import Api, caller, nothing_written, refused
from tests.builders import USDT
from tests.gateway.payments import payment
from tests.gateway.reporting import BASE, GENERATE, asked, report_ready, written

JANUARY = datetime(2026, 1, 10, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> Api:
    return caller("merchant")


def owner_of(one: Api) -> User:
    assert one.user is not None
    return one.user


def some_payments(owner: User) -> None:
    for status in ("completed", "completed", "refunded", "pending", "failed", "cancelled"):
        payment(owner, status=status, at=JANUARY, amount_micro=100 * USDT + 1, method="route")


@pytest.mark.contract("C-AFTER-4")
def test_it_tells_totals_at_once(merchant: Api) -> None:
    some_payments(owner_of(merchant))

    answer = asked(merchant)

    assert answer.status == 201, answer.text
    body = answer.body
    assert body["report_id"].startswith("report_")
    assert answer.headers["Location"] == f"{BASE}/{body['report_id']}"
    assert (body["period_start"], body["period_end"]) == (
        "2026-01-01T00:00:00Z",
        "2026-02-01T00:00:00Z",
    )
    counts = (body["total_payments"], body["successful_payments"], body["failed_payments"])
    assert counts == (6, 3, 2)
    assert body["total_volume"] == Decimal("300.000003")
    assert body["total_fees"] == Decimal("0.45")
    assert body["net_volume"] == Decimal("299.550003")
    assert body["refunded_volume"] == Decimal("100.000001")
    assert (body["status"], body["format"], body["progress"]) == ("pending", "json", 0)
    assert (body["download_url"], body["sha256"]) == (None, None)
    assert body["row_count"] == 4


def test_totals_are_one_statement(merchant: Api) -> None:
    some_payments(owner_of(merchant))
    with CaptureQueriesContext(connection) as seen:
        asked(merchant)
    assert (
        len([one for one in seen.captured_queries if 'FROM "gateway_payment"' in one["sql"]]) == 1
    )


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({}, 4),
        ({"include_failed": True}, 6),
        ({"status_filter": "failed"}, 1),
        ({"status_filter": "completed"}, 2),
        ({"status_filter": None}, 4),
    ],
)
def test_failed_ones_are_counted_and_listed_when_asked_for(
    merchant: Api, fields: dict[str, Any], rows: int
) -> None:
    some_payments(owner_of(merchant))
    body = report_ready(merchant, **fields)
    assert (body["row_count"], body["progress"]) == (rows, 100)


def test_the_end_of_a_date_belongs_to_it_and_that_of_a_time_does_not(merchant: Api) -> None:
    payment(owner_of(merchant), at=datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))
    payment(owner_of(merchant), at=datetime(2026, 2, 1, tzinfo=UTC))

    assert asked(merchant).body["total_payments"] == 1
    assert asked(merchant, end_date="2026-02-01T00:00:00Z").body["total_payments"] == 1
    assert asked(merchant, end_date="2026-01-31T23:59:59Z").body["total_payments"] == 0
    assert asked(merchant, end_date="2026-02-01").body["total_payments"] == 2


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"start_date": "2026-02-01"}, {"start_date"}),
        ({"start_date": "2026-01-31T00:00:00Z", "end_date": "2026-01-31T00:00:00Z"},
         {"start_date"}),
        ({"start_date": "2025-01-30"}, {"end_date"}),
        ({"start_date": "tomorrow"}, {"start_date"}),
        ({"start_date": None}, {"start_date"}),
        ({"format": "docx"}, {"format"}),
        ({"status_filter": "paid"}, {"status_filter"}),
        ({"include_failed": "yes"}, {"include_failed"}),
        ({"include_failed": 1}, {"include_failed"}),
        ({"period": "month"}, {"period"}),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_period_and_what_it_does_not_know(
    merchant: Api, fields: dict[str, Any], names: set[str]
) -> None:
    with nothing_written():
        assert set(refused(asked(merchant, **fields), 400, "LUCID_ERR_1001")) == names


def test_a_year_and_a_day_is_taken(merchant: Api) -> None:
    assert asked(merchant, start_date="2025-01-31").status == 201


@pytest.mark.parametrize("format_", ["csv", "pdf"])
def test_it_refuses_more_rows_than_a_report_may_have(
    merchant: Api, settings: Any, format_: str
) -> None:
    some_payments(owner_of(merchant))
    settings.REPORT_ROWS_MAX = 3 if format_ == "csv" else 5
    settings.REPORT_PDF_ROWS_MAX = 3

    with nothing_written():
        details = refused(asked(merchant, format=format_), 400, "LUCID_ERR_1001")
    assert "has 4 payments" in details["end_date"][0]
    assert "at most 3" in details["end_date"][0]


def test_the_same_key_asks_once(merchant: Api) -> None:
    first = asked(merchant, headers={"Idempotency_Key": "january"})
    second = asked(merchant, headers={"Idempotency_Key": "january"})
    other = asked(merchant, headers={"Idempotency_Key": "january"}, format="csv")

    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"
    refused(other, 422, "LUCID_ERR_1006")
    assert Report.objects.count() == 1


def test_everybody_s_payments_are_for_who_sees_all(merchant: Api) -> None:
    other, operator = caller("merchant"), caller("operator")
    payment(owner_of(merchant), at=JANUARY)
    payment(owner_of(other), at=JANUARY)

    counts = [asked(one).body["total_payments"] for one in (merchant, other, operator)]
    assert counts == [1, 1, 2]


def test_somebody_else_s_report_is_none(merchant: Api) -> None:
    mine = asked(merchant).body["report_id"]
    other, operator = caller("merchant"), caller("operator")
    written()

    for path in (f"{BASE}/{mine}", f"{BASE}/{mine}/download"):
        refused(other.get(path), 404, "LUCID_ERR_1003")
        assert operator.get(path).status == 200
    refused(merchant.get(f"{BASE}/report_{'0' * 32}"), 404, "LUCID_ERR_1003")
    refused(merchant.get(f"{BASE}/nonsense"), 404, "LUCID_ERR_1003")


def test_who_lost_their_role_sees_everybody_s_payments_no_more() -> None:
    person = caller("operator")
    mine = asked(person).body["report_id"]
    assert person.get(f"{BASE}/{mine}").status == 200

    owner_of(person).groups.set([Group.objects.get_or_create(name="merchant")[0]])
    now_a_merchant = Api(builders.token(owner_of(person)))
    refused(now_a_merchant.get(f"{BASE}/{mine}"), 404, "LUCID_ERR_1003")


def test_it_needs_the_scope() -> None:
    refused(asked(Api()), 401, "LUCID_ERR_1002")
    refused(asked(caller("end_user")), 403, "LUCID_ERR_2010")
    refused(caller("end_user").get(BASE), 403, "LUCID_ERR_2010")
    assert asked(caller("auditor")).status == 201


def test_reports_are_listed_newest_first(merchant: Api) -> None:
    ids = [asked(merchant).body["report_id"] for _ in range(3)]
    asked(caller("merchant"))
    written()

    page = merchant.get(f"{BASE}?limit=2").body
    assert [one["report_id"] for one in page["reports"]] == [ids[2], ids[1]]
    assert (page["pagination"]["total"], page["pagination"]["has_next"]) == (3, True)
    rest = merchant.get(f"{BASE}?cursor={page['pagination']['next_cursor']}").body
    assert [one["report_id"] for one in rest["reports"]] == [ids[0]]
    ready = merchant.get(f"{BASE}/?status=ready").body
    assert [one["report_id"] for one in ready["reports"]] == [ids[0]]
    assert ready["filters"] == {"status": "ready"}


def test_paths_answer_with_a_slash(merchant: Api) -> None:
    body = {"start_date": "2026-01-01", "end_date": "2026-01-31"}
    made = merchant.post(f"{GENERATE}/", body)
    assert made.status == 201
    assert merchant.get(f"{BASE}/{made.body['report_id']}/").status == 200


def test_totals_follow_what_moved_until_the_file_was_written(merchant: Api) -> None:
    payment(owner_of(merchant), at=JANUARY)
    before = asked(merchant).body
    payment(owner_of(merchant), status="completed", at=JANUARY + timedelta(hours=1))
    written()

    after = merchant.get(f"{BASE}/{before['report_id']}").body
    assert (before["total_payments"], after["total_payments"], after["row_count"]) == (1, 2, 2)
    assert after["generated_at"] > before["generated_at"]
