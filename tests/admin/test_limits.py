"""Limits, breakers and recipients in the admin: by whom, and through the services."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from lucidpay.clock import utc_now
from payouts.models_limits import BreakerTrip, Limit
from payouts.models_recipients import KycRecord, TrustedRecipient
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter

pytestmark = pytest.mark.usefixtures("wallet")


def add(model: str) -> str:
    return reverse(f"admin:payouts_{model}_add")


def act(row: Any, name: str) -> str:
    return f"{pages.listing(f'payouts_{row._meta.model_name}')}{row.pk}/{name}/"


def test_an_admin_changes_a_limit_under_their_name(enter: Enter) -> None:
    client = enter("admin")
    row = Limit.objects.get(subject="PayoutRouterV0")
    assert 'value="10000"' in client.get(pages.detail(row)).content.decode()
    answer = client.post(pages.detail(row), {"hourly_micro": "12.5", "daily_micro": ""})
    assert answer.status_code == 302
    row.refresh_from_db()
    person: Any = client.person  # type: ignore[attr-defined]
    assert (row.hourly_micro, row.daily_micro) == (12_500_000, None)
    assert row.changed_by == person.username


@pytest.mark.parametrize("wrong", ["-1", "1.0000001", "x", "1000000001"])
def test_a_limit_that_is_no_amount_is_refused(enter: Enter, wrong: str) -> None:
    row = Limit.objects.get(subject="PayoutRouterV0")
    answer = enter("admin").post(pages.detail(row), {"hourly_micro": wrong})
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.hourly_micro == 10_000_000_000


def test_a_limit_of_nobody_is_refused(enter: Enter) -> None:
    client = enter("admin")
    for kind, subject in (
        ("recipient", "Tx"), ("router", ""), ("router", "V0"), ("api_key", "zz"), ("caller", "me"),
        ("lifted", "PayoutRouterV0"), ("caller", "000"),
    ):  # fmt: skip
        fields = {"kind": kind, "subject": subject, "hourly_micro": "1"}
        assert client.post(add("limit"), fields).status_code == 200, kind
    assert client.post(
        add("limit"), {"kind": "caller", "subject": "", "lifts_router": "on"}
    ).status_code == 200  # fmt: skip
    key, _ = builders.api_key(builders.user())
    fields = {"kind": "api_key", "subject": str(key.pk), "daily_micro": "7"}
    assert client.post(add("limit"), fields).status_code == 302
    assert Limit.objects.get(kind="api_key").subject == key.pk.hex
    assert client.post(add("limit"), fields).status_code == 200  # there is one already


def test_a_limit_of_a_caller_holds_however_their_number_is_written(enter: Enter) -> None:
    fields = {"kind": "caller", "subject": "007", "daily_micro": "1"}
    assert enter("admin").post(add("limit"), fields).status_code == 302
    assert Limit.objects.get(kind="caller").subject == "7"


@pytest.mark.parametrize("role", ["operator", "approver", "auditor"])
def test_others_only_look_at_limits_and_recipients(enter: Enter, role: str) -> None:
    client = enter(role)
    row = Limit.objects.get(subject="PayoutRouterV0")
    assert client.get(pages.detail(row)).status_code == 200
    assert client.post(pages.detail(row), {"hourly_micro": "1"}).status_code == 403
    for model in ("limit", "kycrecord", "trustedrecipient"):
        assert client.get(add(model)).status_code == 403, model


def test_an_operator_trips_and_resets_the_breaker(enter: Enter) -> None:
    client = enter("operator")
    fields = {"router_type": "", "reason": "odd payouts"}
    assert client.post(add("breakertrip"), {**fields, "reason": ""}).status_code == 200
    assert client.post(add("breakertrip"), fields).status_code == 302
    assert client.post(add("breakertrip"), fields).status_code == 200
    trip = BreakerTrip.objects.get()
    assert (trip.reason, trip.reset_at) == ("odd payouts", None)
    assert client.post(act(trip, "reset"), {"reason": ""}).status_code == 200
    assert client.post(act(trip, "reset"), {"reason": "understood"}).status_code == 302
    trip.refresh_from_db()
    assert trip.reset_at is not None
    assert trip.reset_reason == "understood"
    assert enter("auditor").get(add("breakertrip")).status_code == 403


def test_kyc_records_are_added_approved_and_revoked(enter: Enter) -> None:
    client = enter("admin")
    expires_at = utc_now() + timedelta(days=30)
    fields = {
        "address": builders.address(), "kyc_hash": "ab" * 32, "level": "2",
        "expires_at": f"{expires_at:%Y-%m-%d %H:%M}",
    }  # fmt: skip
    for name, wrong in (("address", "T"), ("kyc_hash", "AB" * 32), ("level", "11"),
                        ("expires_at", "2020-01-01 00:00")):  # fmt: skip
        assert client.post(add("kycrecord"), {**fields, name: wrong}).status_code == 200, name
    assert client.post(add("kycrecord"), fields).status_code == 302
    record = KycRecord.objects.get()
    assert record.status == "pending"
    assert enter("operator").post(act(record, "approve")).status_code == 403
    assert fields["address"] in client.get(act(record, "approve")).content.decode()
    assert client.post(act(record, "approve")).status_code == 302
    record.refresh_from_db()
    person: Any = client.person  # type: ignore[attr-defined]
    assert (record.status, record.approved_by) == ("approved", person.username)
    assert client.post(act(record, "approve")).status_code == 403
    assert client.post(act(record, "revoke"), {"reason": "moved"}).status_code == 302
    record.refresh_from_db()
    assert (record.status, record.revoked_reason) == ("revoked", "moved")


def test_recipients_are_trusted_within_limits_and_taken_back(enter: Enter) -> None:
    client = enter("admin")
    address = builders.address()
    fields = {"address": address, "note": "our exchange", "daily_micro": "500"}
    assert client.post(add("trustedrecipient"), {**fields, "address": "T"}).status_code == 200
    assert client.post(add("trustedrecipient"), fields).status_code == 302
    assert client.post(add("trustedrecipient"), fields).status_code == 200
    row = TrustedRecipient.objects.get()
    assert Limit.objects.get(kind="trusted", subject=address).daily_micro == 500_000_000
    assert client.post(act(row, "take-back")).status_code == 302
    row.refresh_from_db()
    assert row.removed_at is not None
