"""Retrying in the admin: the evidence is shown, a reason is required, a click makes one payout."""

import pytest
from django.test import Client

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tron.halt import halt
from tron.models import HaltCause

REASON = {"reason": "the fee limit is higher now"}


@pytest.fixture
def failed(payee_owner: User) -> Payout:
    return builders.payout(payee_owner, status=Status.FAILED)


@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_it_shows_why_it_is_safe_and_retries(failed: Payout, enter: Enter, role: str) -> None:
    client = enter(role)
    assert pages.retry(failed) in client.get(pages.detail(failed)).content.decode()
    page = client.get(pages.retry(failed)).content.decode()
    assert "Attempt 1: Nothing was paid: it stands in solid block 1,010" in page
    assert failed.recipient_address in page

    answer = client.post(pages.retry(failed), REASON)

    retry = Payout.objects.get(retry_of=failed)
    assert answer["Location"] == pages.detail(retry)
    person = client.person  # type: ignore[attr-defined]
    assert retry.events.get().by == f"user {person.pk}"
    page = client.get(pages.detail(failed)).content.decode()
    assert retry.public_id in page
    assert pages.retry(failed) not in page
    assert "No retry: This payout was retried before." in page
    assert REASON["reason"] in client.get(pages.detail(retry)).content.decode()


def test_a_double_click_makes_one_and_links_to_it(failed: Payout, enter: Enter) -> None:
    client = enter()
    client.post(pages.retry(failed), REASON)
    retry = Payout.objects.get(retry_of=failed)

    answer = client.post(pages.retry(failed), REASON)

    assert answer["Location"] == pages.detail(failed)
    assert pages.detail(retry) in said(answer)[-1]
    assert Payout.objects.filter(retry_of=failed).count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_it_asks_again_without_a_usable_reason(failed: Payout, enter: Enter, reason: str) -> None:
    answer = enter().post(pages.retry(failed), {"reason": reason})

    assert "lp-error" in answer.content.decode()
    assert not Payout.objects.filter(retry_of=failed).exists()


@pytest.mark.parametrize("status", [one for one in Status if one != Status.FAILED])
def test_it_refuses_what_has_not_failed(payee_owner: User, enter: Enter, status: Status) -> None:
    payout = builders.payout(payee_owner, status=status)
    client = enter()
    assert pages.retry(payout) not in client.get(pages.detail(payout)).content.decode()

    answer = client.post(pages.retry(payout), REASON)

    assert answer["Location"] == pages.detail(payout)
    assert "has not failed" in said(answer)[0]
    assert not Payout.objects.filter(retry_of=payout).exists()


def test_it_says_when_the_wallet_is_short(failed: Payout, enter: Enter) -> None:
    builders.fund(failed.wallet, usdt_micro=-1_000_000 * builders.USDT)

    answer = enter().post(pages.retry(failed), REASON)

    assert "More than the paying wallet has available." in said(answer)[0]


def test_an_auditor_cannot_retry_and_reads_why(failed: Payout, enter: Enter) -> None:
    client = enter("auditor")
    page = client.get(pages.detail(failed)).content.decode()
    assert pages.retry(failed) not in page
    assert "Your role may not retry payouts." in page

    assert client.get(pages.retry(failed)).status_code == 403
    assert client.post(pages.retry(failed), REASON).status_code == 403
    assert not Payout.objects.filter(retry_of=failed).exists()


def test_a_form_of_another_site_or_a_link_changes_nothing(failed: Payout, enter: Enter) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter().person)  # type: ignore[attr-defined]

    assert client.post(pages.retry(failed), REASON).status_code == 403
    assert client.get(pages.retry(failed), REASON).status_code == 200
    assert not Payout.objects.filter(retry_of=failed).exists()


def test_every_page_says_that_all_stands_still(failed: Payout, enter: Enter) -> None:
    client = enter()
    assert "halted" not in client.get(pages.LIST).content.decode()

    halt(cause=HaltCause.OUTFLOW, subject="t", reason="12 USDT left", by="scan", now=utc_now())

    assert "halted" in client.get(pages.LIST).content.decode()
    page = client.get(pages.detail(failed)).content.decode()
    assert "Nothing is signed and nothing is sent" in page
    assert "12 USDT left" in page
    assert "halted" not in Client().get("/admin/login/").content.decode()
