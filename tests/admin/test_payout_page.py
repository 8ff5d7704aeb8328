"""The page of a payout beyond its story: who was told, what it belongs to, what can be done."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Origin, Payout
from payouts.states import Status
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_payouts import statements
from tests.corruption import guards_off
from tests.webhooks.api import hooks
from tron.networks import network
from webhooks.models import Delivery, Event
from webhooks.outbox import Fact, record


def text(client: Client, payout: Payout) -> str:
    return " ".join(client.get(pages.detail(payout)).content.decode().split())


def refusals(client: Client, payout: Payout) -> dict[str, str]:
    """Return why each verb is not offered, by its noun."""
    found = re.findall(r"<li>No (\w+): ([^<]*)</li>", text(client, payout))
    return dict(found)


def delivered(payout: Payout, **fields: Any) -> Delivery:
    """Return a delivery of the payout's newest event, with an attempt."""
    event = Event.objects.filter(subject=payout.pk).latest("pk")
    made = hooks.delivery(hooks.endpoint(payout.owner), event, **fields)
    hooks.attempts(made, [1])
    return made


def test_it_shows_to_whom_it_was_told_and_how_that_went(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, status=Status.CONFIRMED)
    sent = delivered(payout, status="exhausted")
    page = text(enter(), payout)
    again = reverse("admin:webhooks_delivery_redeliver", args=[sent.pk])
    for told in ("payout.created", "payout.processing", "payout.confirmed", "exhausted",
                 "last: 503", pages.detail(sent), again):  # fmt: skip
        assert told in page
    assert page.count("Told to nobody") == 2


def test_an_auditor_sees_deliveries_and_cannot_send_again(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, status=Status.CONFIRMED)
    sent = delivered(payout)
    page = text(enter("auditor"), payout)
    assert pages.detail(sent) in page
    assert reverse("admin:webhooks_delivery_redeliver", args=[sent.pk]) not in page


def test_events_that_were_forgotten_are_said_to_be(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)
    Event.objects.filter(subject=payout.pk).delete()
    assert "events are forgotten after a while" in text(enter(), payout)


def test_it_costs_the_same_however_often_it_was_told(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, status=Status.CONFIRMED)
    delivered(payout)
    client = enter()
    statements(client, pages.detail(payout))
    before = statements(client, pages.detail(payout))
    with transaction.atomic():
        fact = Fact(payout.pk, payee_owner.pk, {})
        record("payout.confirmed", [fact] * 60, at=utc_now())
    for _ in range(3):
        delivered(payout)
    assert statements(client, pages.detail(payout)) == before
    assert text(client, payout).count("/admin/webhooks/event/") <= 51  # 50, and the menu


@pytest.mark.parametrize(
    ("name", "site"),
    [("mainnet", "https://tronscan.org"), ("nile", "https://nile.tronscan.org"), ("sandbox", "")],
)
def test_explorers_are_linked_where_the_network_has_one(
    payee_owner: User, enter: Enter, settings: Any, name: str, site: str
) -> None:
    payout = builders.payout(payee_owner, status=Status.CONFIRMED)
    assert payout.transaction is not None
    client = enter()
    settings.TRON_NETWORK, settings.USDT_CONTRACT = name, ""
    assert network().explorer == site
    page = text(client, payout)
    assert (f"{site}/#/transaction/{payout.transaction.txid}" in page) == bool(site)
    assert (f"{site}/#/address/{payout.recipient_address}" in page) == bool(site)
    assert ("explorer ↗" in page) == bool(site)


def test_it_links_to_what_it_belongs_to(payee_owner: User, enter: Enter) -> None:
    batch = builders.batch(payee_owner, count=2)
    payout = batch.payout_set.get(batch_row=1)
    page = text(enter(), payout)
    assert f'href="{pages.detail(batch)}">{batch.public_id}</a>, row 2' in page
    key = "ab" * 16
    of_one = builders.payout(payee_owner, reason=f"leg: payment_{key}")
    assert "/admin/gateway/payment/" + "abababab-" not in text(enter(), of_one)
    with guards_off(Payout):
        Payout.objects.filter(pk=of_one.pk).update(origin=Origin.LEG)
    assert "/admin/gateway/payment/" + "abababab-" in text(enter(), of_one)


def test_it_tells_the_request(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)
    key, token = builders.api_key(payee_owner, name="payroll")
    with guards_off(Payout):
        Payout.objects.filter(pk=payout.pk).update(api_key=key)
    page = text(enter("auditor"), payout)
    assert f"payroll ({key.prefix}…)" in page
    assert payout.request_id in page
    assert payout.body_hash in page
    assert f"{reverse('audit')}?q={payout.request_id}" in page
    assert token not in page
    assert key.digest not in page


def test_of_a_pending_one_each_verb_is_offered_or_refused_with_a_reason(
    payee_owner: User, enter: Enter
) -> None:
    told = refusals(enter("admin"), builders.payout(payee_owner))
    assert told == {
        "approval": "This payout does not wait for an approval.",
        "rejection": "This payout does not wait for an approval.",
        "release": "It is due already.",
        "retry": "Only a failed payout can be retried: this one has not failed.",
    }


def test_an_auditor_reads_that_the_role_is_in_the_way(payee_owner: User, enter: Enter) -> None:
    builders.lift_limits()
    told = refusals(enter("auditor"), builders.in_review(payee_owner))
    for noun, verb in (("edit", "edit"), ("cancel", "cancel")):
        assert told[noun] == f"Your role may not {verb} payouts."
    assert told["approval"] == told["rejection"] == "Your role may not approve or reject payouts."
    batch = builders.batch(payee_owner, count=1, batch_type="DAILY")
    told = refusals(enter("auditor"), batch.payout_set.get())
    assert told["release"] == "Your role may not release payouts."


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.CONFIRMED, Status.CANCELLED])
def test_of_one_that_went_its_way_nothing_is_offered(
    payee_owner: User, enter: Enter, status: Status
) -> None:
    told = refusals(enter("admin"), builders.payout(payee_owner, status=status))
    assert set(told) == {"approval", "rejection", "edit", "release", "cancel", "retry"}
    assert all(told.values())


def test_what_waits_for_its_schedule_is_released_with_its_batch(
    payee_owner: User, enter: Enter
) -> None:
    batch = builders.batch(payee_owner, count=1, batch_type="DAILY")
    client = enter()
    page = text(client, batch.payout_set.get())
    assert f'href="{reverse("admin:payouts_batch_release", args=[batch.pk])}"' in page
    alone = builders.payout(payee_owner, batch_type="DAILY")
    assert "It belongs to no batch" in refusals(client, alone)["release"]
