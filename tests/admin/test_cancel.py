"""Cancelling in the admin: by those who may, with a reason, while nothing is signed."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from access.models import User
from payouts.models import PayoutEvent
from payouts.states import Status
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from webhooks.models import Event


def said(answer: object) -> list[str]:
    """Return the messages that the next page will show."""
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_it_cancels_and_records_who_and_why(payee_owner: User, enter: Enter, role: str) -> None:
    payout = builders.payout(payee_owner)
    client = enter(role)
    assert pages.cancel(payout) in client.get(pages.detail(payout)).content.decode()
    assert payout.recipient_address in client.get(pages.cancel(payout)).content.decode()

    answer = client.post(pages.cancel(payout), {"reason": "wrong person: asked by phone"})

    assert answer["Location"] == pages.detail(payout)
    payout.refresh_from_db()
    assert payout.status == Status.CANCELLED
    event = payout.events.get(to_status="cancelled")
    person = client.person  # type: ignore[attr-defined]
    assert event.by == f"user {person.pk}"
    assert event.note == "cancelled: wrong person: asked by phone"
    assert Event.objects.filter(type="payout.cancelled", subject=payout.pk).count() == 1
    page = client.get(pages.detail(payout)).content.decode()
    assert f"Cancelled by {person.username}" in page
    assert "wrong person: asked by phone" in page
    assert pages.cancel(payout) not in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_it_asks_again_without_a_usable_reason(
    payee_owner: User, enter: Enter, reason: str
) -> None:
    payout = builders.payout(payee_owner)

    answer = enter().post(pages.cancel(payout), {"reason": reason})

    assert answer.status_code == 200
    assert "lp-error" in answer.content.decode()
    payout.refresh_from_db()
    assert payout.status == Status.PENDING


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.CONFIRMED, Status.FAILED])
def test_it_refuses_what_is_signed_or_over_and_says_why(
    payee_owner: User, enter: Enter, status: Status
) -> None:
    payout = builders.payout(payee_owner, status=status)
    events = PayoutEvent.objects.count()
    client = enter()
    assert pages.cancel(payout) not in client.get(pages.detail(payout)).content.decode()

    answer = client.post(pages.cancel(payout), {"reason": "too late"})

    assert answer["Location"] == pages.detail(payout)
    [text] = said(answer)
    assert f"this payout is {status}" in text
    payout.refresh_from_db()
    assert payout.status == status
    assert PayoutEvent.objects.count() == events


def test_it_refuses_what_is_signed_between_the_look_and_the_lock(
    payee_owner: User, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = builders.payout(payee_owner)
    client = enter()
    monkeypatch.setattr(
        "payouts.admin.CancelForm.is_valid",
        _then(lambda: builders.signed(payout)),
    )

    answer = client.post(pages.cancel(payout), {"reason": "a moment too late"})

    assert "this payout is processing" in said(answer)[0]
    payout.refresh_from_db()
    assert payout.status == Status.PROCESSING


def _then(happens: object) -> object:
    from payouts.admin import CancelForm

    is_valid = CancelForm.is_valid

    def checked(form: CancelForm) -> bool:
        happens()  # type: ignore[operator]
        return is_valid(form)

    return checked


def test_an_auditor_cannot_cancel(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)
    client = enter("auditor")
    assert pages.cancel(payout) not in client.get(pages.detail(payout)).content.decode()

    assert client.get(pages.cancel(payout)).status_code == 403
    assert client.post(pages.cancel(payout), {"reason": "no"}).status_code == 403
    payout.refresh_from_db()
    assert payout.status == Status.PENDING


def test_it_refuses_a_form_of_another_site(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter().person)  # type: ignore[attr-defined]

    assert client.post(pages.cancel(payout), {"reason": "forged"}).status_code == 403
    payout.refresh_from_db()
    assert payout.status == Status.PENDING


def test_a_click_alone_changes_nothing(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)

    assert enter().get(pages.cancel(payout), {"reason": "by link"}).status_code == 200
    payout.refresh_from_db()
    assert payout.status == Status.PENDING
