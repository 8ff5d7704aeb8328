"""What failed of a batch is asked for again: once each, with a reason, and each is told of."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.retry import payout_retry
from payouts.services.retry_batch import batch_retry
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.payouts.test_batch_race import at_once

REASON = {"reason": "the fee limit is higher now"}


@pytest.fixture
def batch(payee_owner: User) -> Batch:
    """Three payouts that failed and one that was paid."""
    made = builders.batch(payee_owner, count=4)
    for at, payout in enumerate(made.payout_set.order_by("batch_row")):
        builders.end(payout, "confirmed" if at == 1 else "failed")
    return made


def retry(batch: Batch) -> str:
    return reverse("admin:payouts_batch_retry", args=[batch.pk])


def retries() -> list[Any]:
    rows = Payout.objects.filter(retry_of__isnull=False).order_by("retry_of__batch_row")
    return list(rows.values_list("retry_of__batch_row", flat=True))


@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_all_that_failed_is_retried_once(enter: Enter, batch: Batch, role: str) -> None:
    client = enter(role)
    assert retry(batch) in client.get(pages.detail(batch)).content.decode()
    asked = client.get(retry(batch)).content.decode()
    assert "3 payouts without a retry" in asked
    assert "37.50 USDT" in asked

    shown = client.post(retry(batch), REASON).content.decode()

    assert "3 payouts retried, 37.50 USDT" in shown
    assert retries() == [0, 2, 3]
    for made in Payout.objects.filter(retry_of__isnull=False):
        assert made.public_id in shown
    event = batch.events.order_by("pk").last()
    assert event is not None
    assert (event.kind, event.by) == ("retried", f"user {client.person.pk}")  # type: ignore[attr-defined]
    assert event.details == {**REASON, "payouts": 3, "amount_micro": 37_500_000}
    page = client.get(pages.detail(batch)).content.decode()
    assert "what failed was asked for again" in page
    assert retry(batch) not in page
    assert "Nothing was left to retry." in client.post(retry(batch), REASON).content.decode()
    assert "left to retry" in said(client.get(retry(batch)))[-1]
    assert retries() == [0, 2, 3]


@pytest.mark.parametrize("role", ["auditor", "end_user", "node_operator", "merchant", None])
def test_other_roles_may_not(enter: Enter, batch: Batch, role: str | None) -> None:
    client = enter(role)
    if role == "auditor":
        shown = client.get(pages.detail(batch)).content.decode()
        assert "No retry: Your role may not ask for payouts." in shown
        assert retry(batch) not in shown
    assert client.get(retry(batch)).status_code == 403
    assert client.post(retry(batch), REASON).status_code == 403
    assert retries() == []


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
def test_it_asks_again_without_a_usable_reason(enter: Enter, batch: Batch, reason: str) -> None:
    shown = enter().post(retry(batch), {"reason": reason}).content.decode()
    assert "lp-error" in shown
    assert retries() == []


def test_a_form_of_another_site_does_nothing(enter: Enter, batch: Batch) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(enter().person)  # type: ignore[attr-defined]
    assert strict.post(retry(batch), REASON).status_code == 403
    assert retries() == []


def test_what_cannot_be_retried_stops_no_other_and_says_why(
    enter: Enter, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when there are more of these than one step takes."""
    monkeypatch.setattr("payouts.services.retry_batch.RETRY_MAX", 1)
    monkeypatch.setattr("payouts.admin_batch_retry.RETRY_MAX", 1)
    first = batch.payout_set.get(batch_row=0)
    transaction = first.transaction
    assert transaction is not None
    type(transaction).objects.filter(pk=transaction.pk).update(result="UNKNOWN")
    client = enter()
    shown = client.post(retry(batch), REASON).content.decode()
    assert "not retried: Not every attempt is proven to have paid nothing." in shown
    assert 'name="after_row" value="0"' in shown
    for after, left in ((0, [2]), (2, [2, 3])):
        shown = client.post(retry(batch), {**REASON, "after_row": after}).content.decode()
        assert "1 payout retried" in shown
        assert retries() == left
    for odd in ("x", "-1", "9" * 30, "²"):
        client.post(retry(batch), {**REASON, "after_row": odd})
    assert retries() == [2, 3]


def test_what_was_retried_by_hand_is_left_out(enter: Enter, batch: Batch) -> None:
    first = batch.payout_set.get(batch_row=0)
    payout_retry(payout_id=first.pk, by="t", reason="t", now=utc_now())
    assert "2 payouts without a retry" in enter().get(retry(batch)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_retry_each_once(wallet: Any) -> None:
    batch = builders.batch(builders.user(), count=5)
    for payout in batch.payout_set.all():
        builders.end(payout, "failed")

    def both() -> Any:
        return batch_retry(batch_id=batch.pk, by="race", reason="r", now=utc_now())

    at_once(both, both, both)
    assert retries() == [0, 1, 2, 3, 4]
