"""`GET /api/v1/payments/analytics`, and what payments add up to since ever."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateway.models import Payment, PaymentBatch
from gateway.models_sums import FIGURES, PaymentSumChange
from gateway.states import PaymentStatus
from gateway.sums import Figures, payment_figures, payment_sums_fold
from gateway.tasks import fold_sums
from lucidpay.clock import utc_now
from tests.api.client import Api, caller, refused
from tests.builders import USDT
from tests.gateway.payments import move, payment

PATH = "/api/v1/payments/analytics"
STATS = "/payment-gateway/stats"
pytestmark = pytest.mark.django_db


def at_hour(hour: int, days_ago: int = 1) -> datetime:
    day = datetime.now(UTC) - timedelta(days=days_ago)
    return day.replace(hour=hour, minute=5, second=0, microsecond=0)


@pytest.mark.contract("C-AFTER-5")
def test_it_tells_how_the_last_days_went() -> None:
    one = caller("merchant")
    owner = one.user
    assert owner is not None
    payment(owner, status="completed", at=at_hour(9), amount_micro=10 * USDT + 1)
    payment(owner, status="completed", at=at_hour(14), took=timedelta(seconds=10, milliseconds=3))
    payment(owner, status="refunded", at=at_hour(14))
    payment(owner, status="failed", at=at_hour(14))
    payment(owner, status="cancelled", at=at_hour(8), amount_micro=USDT)
    payment(owner, at=at_hour(8))
    payment(owner, status="completed", at=at_hour(8, days_ago=31))
    payment(caller("merchant").user, status="completed", at=at_hour(3))

    body = one.get(PATH).body

    assert datetime.fromisoformat(body.pop("timestamp")) <= utc_now()
    assert body == {
        "total_payments": 6,
        "total_volume": Decimal("60.000001"),
        "average_payment_size": 20,
        "success_rate_percent": 60,
        "failed_payments": 2,
        "average_processing_time_seconds": Decimal("50.001"),
        "peak_hour": 14,
        "most_common_amount": 25,
        "total_fees_collected": Decimal("0.09"),
    }
    assert one.get(f"{PATH}/?period_days=32").body["total_payments"] == 7
    assert one.get(f"{PATH}?period_days=1").status == 200
    assert caller("operator").get(PATH).body["total_payments"] == 7


def test_of_nothing_it_tells_nothing() -> None:
    body = caller("merchant").get(PATH).body
    for name in ("average_processing_time_seconds", "peak_hour", "most_common_amount"):
        assert body.pop(name) is None
    body.pop("timestamp")
    assert set(body.values()) == {0}


def test_it_asks_the_database_once() -> None:
    one = caller("merchant")
    one.get(PATH)  # who calls is remembered from now on
    with CaptureQueriesContext(connection) as seen:
        one.get(PATH)
    asked = [query["sql"] for query in seen.captured_queries if "gateway_" in query["sql"]]
    assert len(asked) == 1


@pytest.mark.parametrize("days", ["0", "366", "-1", "30.5", "x", "", "٣"])
def test_it_refuses_odd_periods(days: str) -> None:
    answer = caller("merchant").get(f"{PATH}?period_days={days}")
    assert "period_days" in refused(answer, 400, "LUCID_ERR_1001")


def test_it_needs_the_scope_and_knows_nothing_else() -> None:
    refused(Api().get(PATH), 401, "LUCID_ERR_1002")
    refused(caller("merchant", scopes=["reports:read"]).get(PATH), 403, "LUCID_ERR_2010")
    refused(caller("merchant").get(f"{PATH}?days=3"), 400, "LUCID_ERR_1001")


# --- Sums since ever ----------------------------------------------------------------------------


def counted() -> Figures:
    """Return the figures of everybody's payments, counted one by one."""
    rows = list(Payment.objects.all())
    paid = [one for one in rows if one.completed_at is not None]
    return Figures(
        payments=len(rows),
        successful=len(paid),
        failed=sum(one.status in ("failed", "cancelled") for one in rows),
        volume_micro=sum(one.amount_micro for one in paid),
        fees_micro=sum(one.fee_micro for one in paid),
        refunded_micro=sum(one.refunded_micro for one in rows),
        took_ms=sum(
            (one.completed_at - one.created_at) // timedelta(milliseconds=1)
            for one in paid
            if one.completed_at
        ),
    )


def test_the_database_keeps_the_sums_through_every_status() -> None:
    alice, bob = caller("merchant").user, caller("merchant").user
    assert alice is not None
    assert bob is not None
    for status in PaymentStatus:
        made = payment(alice, status=status)
        assert payment_figures(owner_id=None) == counted()
        if status == PaymentStatus.COMPLETED:
            move(made, PaymentStatus.DISPUTED, at=utc_now())
        if status == PaymentStatus.FAILED:
            move(made, PaymentStatus.CONFIRMED, at=utc_now())
        assert payment_figures(owner_id=None) == counted()
        assert payment_sums_fold() > 0
        assert payment_figures(owner_id=None) == counted()
    payment(bob, status="completed", amount_micro=10**15)
    assert payment_figures(owner_id=bob.pk).volume_micro == 10**15
    assert payment_figures(owner_id=alice.pk).payments == len(PaymentStatus)
    fold_sums()
    assert not PaymentSumChange.objects.exists()
    assert payment_figures(owner_id=None) == counted()
    assert payment_figures(owner_id=bob.pk).volume_micro == 10**15
    assert payment_sums_fold() == 0


def test_of_no_payments_the_figures_are_0() -> None:
    assert payment_figures(owner_id=1) == Figures(*[0] * len(FIGURES))
    assert payment_sums_fold() == 0


def test_the_service_s_stats_tell_them() -> None:
    one, other, operator = caller("merchant"), caller("merchant"), caller("operator")
    for status in ("completed", "refunded", "failed", "pending"):
        payment(one.user, status=status)
    payment(other.user, status="completed")
    for who, at in ((one, utc_now()), (one, None), (other, utc_now())):
        PaymentBatch.objects.create(
            owner=who.user, total=1, accepted=1, completed_at=at, request_id="r",
            created_at=utc_now(),
        )  # fmt: skip

    assert one.get(STATS).body == {
        "total_payments": 4,
        "successful_payments": 2,
        "failed_payments": 1,
        "total_volume": 50,
        "total_fees": Decimal("0.075"),
        "refunded_volume": 25,
        "batches_processed": 1,
        "avg_processing_time": 70,
    }
    whole = operator.get(STATS).body
    assert (whole["total_payments"], whole["batches_processed"]) == (5, 2)
