"""Webhooks in the admin: health and deliveries are seen, and verbs are for those who may."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from access.models import User
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_payouts import statements
from tests.webhooks.api import hooks
from webhooks.models import Delivery, Endpoint, Place, Stream
from webhooks.models_endpoint import DisabledFor
from webhooks.services import redeliver
from webhooks.stream import place_of

ENDPOINTS, DELIVERIES = map(pages.listing, ("webhooks_endpoint", "webhooks_delivery"))
VERBS = ("on", "off", "redeliver")


@pytest.fixture
def hook(payee_owner: User) -> Endpoint:
    """An endpoint of an hour ago."""
    return hooks.endpoint(
        payee_owner, now=utc_now() - timedelta(hours=1), headers={"X-Shop": "north"}
    )


@pytest.fixture
def sent(hook: Endpoint) -> Delivery:
    """A delivery that was given up after two attempts."""
    delivery = hooks.delivery(hook, hooks.told(hook.owner)[0], status="exhausted", tries=10)
    hooks.attempts(delivery, [1, 2])
    return delivery


def verb(row: Any, name: str) -> str:
    return reverse(f"admin:webhooks_{row._meta.model_name}_{name}", args=[row.pk])


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_endpoint_is_shown_with_its_health(enter: Enter, hook: Endpoint) -> None:
    now = utc_now()
    Endpoint.objects.update(failures=7, failing_since=now, failed_at=now, paused_until=now)
    client = enter("auditor")
    page = text(client, pages.detail(hook))
    for told in (hook.public_id, hook.url, "acme-payroll", "payout.confirmed", "X-Shop",
                 f"7 since {now:%Y-%m-%d %H:%M:%S}", "failing"):  # fmt: skip
        assert told in page
    assert f"{DELIVERIES}?q={hook.public_id}" in page
    assert hook.url in text(client, ENDPOINTS)
    Endpoint.objects.update(is_active=False, disabled_at=now, disabled_for=DisabledFor.GONE)
    assert "it answered 410" in text(client, pages.detail(hook))


def test_endpoints_are_found_by_state_owner_and_id(enter: Enter, hook: Endpoint) -> None:
    client, now = enter(), utc_now()
    states: dict[str, dict[str, Any]] = {
        "active": {}, "failing": {"failures": 1},
        "off": {"is_active": False, "disabled_at": now},
        "deleted": {"is_active": False, "deleted_at": now},
    }  # fmt: skip
    found = {}
    for state, fields in states.items():
        found[state] = hooks.endpoint(builders.user("merchant"), url=f"{hooks.URL}/{state}")
        Endpoint.objects.filter(pk=found[state].pk).update(**fields)
    Endpoint.objects.filter(pk=hook.pk).delete()
    for state in states:
        page = text(client, f"{ENDPOINTS}?state={state}")
        shown = [other for other in states if f"{hooks.URL}/{other}" in page]
        assert shown == [state]
        for term in (found[state].public_id, found[state].owner.username):
            page = text(client, f"{ENDPOINTS}?q={term}")
            assert [other for other in states if f"{hooks.URL}/{other}" in page] == [state]


@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_it_is_switched_off_and_on(enter: Enter, hook: Endpoint, role: str) -> None:
    client = enter(role)
    for name, done in (("off", "Switched off."), ("on", "Switched on.")):
        assert verb(hook, name) in text(client, pages.detail(hook))
        assert "<form" in text(client, verb(hook, name))
        answer = client.post(verb(hook, name))
        assert answer["Location"] == pages.detail(hook)
        assert said(answer)[0].startswith(done)
        hook.refresh_from_db()
        assert hook.is_active == (name == "on")
        assert verb(hook, name) not in text(client, pages.detail(hook))


def test_all_that_failed_or_was_missed_is_sent_again(
    enter: Enter, hook: Endpoint, sent: Delivery
) -> None:
    hooks.told(hook.owner, count=2)
    client = enter()
    since = f"{hook.created_at:%Y-%m-%d %H:%M:%S}"
    assert said(client.post(verb(hook, "redeliver"), {"since": since})) == [
        "3 deliveries are due now."
    ]
    assert Delivery.objects.filter(status="pending").count() == 3


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01"])
def test_it_asks_again_without_a_usable_time(
    enter: Enter, hook: Endpoint, sent: Delivery, since: str
) -> None:
    answer = enter().post(verb(hook, "redeliver"), {"since": since})
    assert "lp-error" in answer.content.decode()
    sent.refresh_from_db()
    assert sent.status == "exhausted"


def test_a_delivery_is_shown_with_its_attempts(enter: Enter, sent: Delivery) -> None:
    page = text(enter("auditor"), pages.detail(sent))
    for told in (sent.public_id, "payout.confirmed", "HTTP 503", "retry-after: 60", "no 2",
                 "webhook-id: evt_1", "the newest 2 of 2", "exhausted"):  # fmt: skip
        assert told in page
    assert pages.detail(sent.endpoint) in page
    assert pages.detail(sent.event) in page


def test_what_a_receiver_answers_is_text_and_no_page(enter: Enter, sent: Delivery) -> None:
    evil = "<script>alert(1)</script>"
    hooks.attempts(sent, [3], response_body=evil, error=evil, response_headers={evil: evil})
    assert evil not in text(enter("auditor"), pages.detail(sent))


def test_deliveries_are_found_by_status_webhook_event_and_id(enter: Enter, sent: Delivery) -> None:
    other = hooks.delivery(hooks.endpoint(sent.endpoint.owner), status="delivered")
    client = enter()

    def found(query: str) -> list[Delivery]:
        page = text(client, f"{DELIVERIES}?{query}")
        return [one for one in (sent, other) if pages.detail(one) in page]

    assert found("") == [sent, other]
    assert found("status__exact=exhausted") == [sent]
    assert found(f"q={sent.endpoint.public_id}") == [sent]
    assert found(f"q={sent.endpoint.public_id}&status__exact=delivered") == []
    assert found(f"q=evt_{other.event_id.hex}") == [other]
    assert found(f"q={sent.public_id}") == [sent]
    assert found("q=nonsense") == found("q=webhook_nonsense") == []


def test_a_delivery_is_sent_again(enter: Enter, sent: Delivery) -> None:
    client = enter()
    assert verb(sent, "redeliver") in text(client, pages.detail(sent))
    assert "same webhook-id" in text(client, verb(sent, "redeliver"))
    answer = client.post(verb(sent, "redeliver"))
    assert answer["Location"] == pages.detail(sent)
    assert said(answer) == ["It is due now."]
    sent.refresh_from_db()
    assert (sent.status, sent.tries) == ("pending", 0)


def test_what_cannot_be_done_is_said(enter: Enter, hook: Endpoint, sent: Delivery) -> None:
    client = enter()
    client.post(verb(hook, "off"))
    for row, body in ((sent, {}), (hook, {"since": "2026-01-01"})):
        assert verb(row, "redeliver") not in text(client, pages.detail(row))
        [why] = said(client.post(verb(row, "redeliver"), body))[-1:]
        assert "Not done. Nothing is sent to this webhook while it is not active." in why
    Endpoint.objects.update(deleted_at=utc_now())
    page = text(client, pages.detail(hook))
    for name in VERBS:
        assert verb(hook, name) not in page
    assert "Not done. No such webhook." in said(client.post(verb(hook, "on")))[-1]
    hook.refresh_from_db()
    assert not hook.is_active


def test_an_auditor_reads_and_does_nothing(enter: Enter, hook: Endpoint, sent: Delivery) -> None:
    client = enter("auditor")
    for row, names in ((hook, VERBS), (sent, ("redeliver",))):
        page = text(client, pages.detail(row))
        for name in names:
            assert verb(row, name) not in page
            assert client.get(verb(row, name)).status_code == 403
            assert client.post(verb(row, name), {"since": "2026-01-01"}).status_code == 403
    hook.refresh_from_db()
    sent.refresh_from_db()
    assert (hook.is_active, sent.status) == (True, "exhausted")


def test_a_form_of_another_site_or_a_link_does_nothing(
    enter: Enter, hook: Endpoint, sent: Delivery
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter().person)  # type: ignore[attr-defined]
    for row, name in ((hook, "off"), (sent, "redeliver")):
        assert client.post(verb(row, name)).status_code == 403
        assert client.get(verb(row, name)).status_code == 200
    hook.refresh_from_db()
    sent.refresh_from_db()
    assert (hook.is_active, sent.status) == (True, "exhausted")


def test_what_is_none_has_no_page(enter: Enter, hook: Endpoint) -> None:
    other = verb(hook, "off").replace(str(hook.pk), str(uuid4()))
    assert enter().get(other).status_code == 404


def test_an_event_tells_its_number_and_to_whom_it_was_told(enter: Enter, sent: Delivery) -> None:
    client = enter("auditor")
    hooks.told(sent.endpoint.owner, count=3)
    page = text(client, pages.detail(sent.event))
    assert pages.detail(sent) in page
    assert pages.detail(sent.endpoint) in page
    assert place_of(sent.event) == Place.objects.get(sequence=1)
    last = Place.objects.get(sequence=4)
    Stream.objects.all().update(last=4_711)
    Place.objects.filter(pk=last.pk).delete()
    Place.objects.create(event=last.event, sequence=4_711, owner_sequence=4_711)
    assert "4,711" in text(client, pages.detail(last.event))
    [new] = hooks.happened(sent.endpoint.owner)
    assert place_of(new) is None
    assert text(client, pages.detail(new))


def test_lists_cost_the_same_however_much_is_on_them(enter: Enter, sent: Delivery) -> None:
    client = enter()
    few = [statements(client, address) for address in (ENDPOINTS, DELIVERIES)]
    for _ in range(5):
        hooks.delivery(hooks.endpoint(builders.user("merchant")))
    assert [statements(client, address) for address in (ENDPOINTS, DELIVERIES)] == few


def test_what_was_missed_far_behind_is_found_in_one_go(
    enter: Enter, hook: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redeliver, "LOOKED_THROUGH_MAX", 2)
    hooks.told(hook.owner, kind="payout.created", count=5)
    hooks.told(hook.owner)
    since = f"{hook.created_at:%Y-%m-%d %H:%M:%S}"
    assert said(enter().post(verb(hook, "redeliver"), {"since": since})) == [
        "1 deliveries are due now."
    ]
