"""Fees, rates and what limits have counted, in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from access.trail import tracked
from gateway.models_fees import FeeSchedule, Rate
from gateway.models_limits import GatewayWindow
from gateway.policy.fees import DISCOUNTS, PRIORITIES, schedule_now
from lucidpay.clock import utc_now
from tests.admin import pages
from tests.admin.conftest import Enter, enter

__all__ = ["enter"]
pytestmark = pytest.mark.django_db
ADD_FEES = "admin:gateway_feeschedule_add"
ADD_RATE = "admin:gateway_rate_add"
FEES = {
    "low_percent": "0.1", "low_target_s": "120", "low_tries": "3", "normal_percent": "0.15",
    "normal_target_s": "60", "normal_tries": "5", "high_percent": "0.2", "high_target_s": "30",
    "high_tries": "5", "urgent_percent": "0.3", "urgent_target_s": "10", "urgent_tries": "7",
    "discounts": "10000=5, 100000=10, 1000000=15", "note": "as delivered",
}  # fmt: skip
RATE = {"usdt_per_trx": "0.31", "reason": "as traded"}


def told(model: str) -> list[str]:
    """The labels of the trail of a model."""
    return list(tracked()[model]._default_manager.values_list("pgh_label", flat=True))


def test_the_form_begins_with_what_holds(enter: Enter) -> None:
    page = enter("admin").get(reverse(ADD_FEES)).content.decode()
    for name, value in FEES.items():
        assert name == "note" or f'value="{value}"' in page, name


def test_an_admin_adds_a_version_under_their_name(enter: Enter) -> None:
    client = enter("admin")
    schedule_now(now=utc_now())
    answer = client.post(reverse(ADD_FEES), FEES)
    assert answer.status_code == 302
    made = FeeSchedule.objects.get(version=2)
    person: Any = client.person  # type: ignore[attr-defined]
    assert (made.by, made.note) == (person.username, "as delivered")
    assert (made.priorities, made.discounts) == (PRIORITIES, DISCOUNTS)
    changed = {**FEES, "low_percent": "0.1234", "discounts": "", "note": "no discounts"}
    assert client.post(reverse(ADD_FEES), changed).status_code == 302
    newest = FeeSchedule.objects.get(version=3)
    assert (newest.priorities["low"]["rate_ppm"], newest.discounts) == (1_234, [])
    assert told("gateway.FeeSchedule") == ["insert"] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": ""},
        {"low_percent": "101"},
        {"low_percent": "-0.1"},
        {"low_percent": "0.00001"},
        {"low_percent": "NaN"},
        {"low_target_s": "0"},
        {"low_tries": "21"},
        {"low_tries": ""},
        {"discounts": "10000"},
        {"discounts": "10000=5.5"},
        {"discounts": "10000=5,"},
        {"discounts": "10000=101"},
        {"discounts": "10000=5, 9000=6"},
        {"discounts": "9999999999=5"},
    ],
)
def test_fees_that_cannot_be_are_refused(enter: Enter, wrong: dict[str, str]) -> None:
    answer = enter("admin").post(reverse(ADD_FEES), {**FEES, **wrong})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode() or "error" in answer.content.decode()
    assert not FeeSchedule.objects.exists()


def test_a_version_is_shown_and_never_changed(enter: Enter) -> None:
    client = enter("admin")
    kept = schedule_now(now=utc_now())
    page = client.get(pages.detail(kept)).content.decode()
    assert "low 0.1 %, 120 s, 3 tries" in page
    assert "5 % above 10,000.00 USDT" in page
    assert 'name="_save"' not in page
    assert client.post(pages.detail(kept), FEES).status_code == 403


def test_an_admin_sets_a_rate_under_their_name(enter: Enter) -> None:
    client = enter("admin")
    assert client.post(reverse(ADD_RATE), RATE).status_code == 302
    rate = Rate.objects.get()
    person: Any = client.person  # type: ignore[attr-defined]
    assert (rate.micro_per_trx, rate.by) == (310_000, person.username)
    assert rate.details == {"reason": "as traded"}
    page = client.get(pages.detail(rate)).content.decode()
    assert "0.31" in page
    assert "as traded" in page
    assert told("gateway.Rate") == ["insert"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"usdt_per_trx": "0"},
        {"usdt_per_trx": "0.0009"},
        {"usdt_per_trx": "100.1"},
        {"usdt_per_trx": "0.3100001"},
        {"usdt_per_trx": "x"},
    ],
)
def test_rates_that_cannot_be_are_refused(enter: Enter, wrong: dict[str, str]) -> None:
    assert enter("admin").post(reverse(ADD_RATE), {**RATE, **wrong}).status_code == 200
    assert not Rate.objects.exists()


def test_a_rate_far_from_the_last_one_is_asked_about(enter: Enter) -> None:
    client = enter("admin")
    client.post(reverse(ADD_RATE), RATE)
    far = {**RATE, "usdt_per_trx": "3.1"}
    assert "Sure?" in client.post(reverse(ADD_RATE), far).content.decode()
    assert Rate.objects.count() == 1
    assert client.post(reverse(ADD_RATE), {**far, "is_sure": "on"}).status_code == 302
    assert Rate.objects.count() == 2


def test_a_rate_of_the_pair_is_shown_with_what_it_held_and_is_not_in_the_trail(
    enter: Enter,
) -> None:
    now = utc_now()
    rate = Rate.objects.create(
        micro_per_trx=300_000, source="onchain", by="the exchange on chain", at=now,
        expires_at=now + timedelta(minutes=1),
        details={"pair": "TPair", "sun": 10**12, "usdt_micro": 3 * 10**11, "block_number": 7},
    )  # fmt: skip
    page = enter("auditor").get(pages.detail(rate)).content.decode()
    assert "TPair held 1,000,000.00 TRX and 300,000.00 USDT in block 7" in page
    assert told("gateway.Rate") == []


@pytest.mark.parametrize("role", ["operator", "approver", "auditor"])
def test_others_only_look(enter: Enter, role: str) -> None:
    client = enter(role)
    schedule_now(now=utc_now())
    for model in ("feeschedule", "rate", "gatewaywindow"):
        assert client.get(pages.listing(f"gateway_{model}")).status_code == 200
    for add, fields in ((ADD_FEES, FEES), (ADD_RATE, RATE)):
        assert client.post(reverse(add), fields).status_code == 403
    assert (FeeSchedule.objects.count(), Rate.objects.count()) == (1, 0)


def test_what_was_counted_is_shown(enter: Enter) -> None:
    now = utc_now()
    GatewayWindow.objects.create(kind="day", starts_at=now, used=7_500_000, most=10**17)
    GatewayWindow.objects.create(kind="minute", starts_at=now, used=7, most=1_000)
    page = enter("operator").get(pages.listing("gateway_gatewaywindow")).content.decode()
    for text in ("7.50 USDT", "100,000,000,000.00 USDT", "7 payments", "1,000 payments"):
        assert text in page
