"""Batches in the admin: approved and rejected as one, paused, resumed, released, cancelled."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from access.models import User
from lucidpay.clock import utc_now
from payouts.models_batch import Batch
from payouts.models_review import Approval, ApprovalTier
from payouts.services.cancel import payout_cancel
from payouts.services.review_batch import waiting_in
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_payouts import statements

REASON = {"reason": "checked the payroll"}
MOVES = ("pause", "release", "cancel")
REVIEWS = ("approve", "reject")


@pytest.fixture
def batch(payee_owner: User, settings: Any) -> Batch:
    """Two payouts that wait for people and their release, and one that waits for that alone."""
    settings.BATCH_AMOUNT_MAX_USDT = 1_000_000
    builders.lift_limits()
    orders = [builders.order(amount_usdt=one * builders.USDT) for one in (6_000, 10, 7_000)]
    return builders.batch(payee_owner, payouts=orders, batch_type="DAILY")


def page_of(verb: str, batch: Batch) -> str:
    return reverse(f"admin:payouts_batch_{verb}", args=[batch.pk])


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def decide(client: Client, verb: str, batch: Batch) -> Any:
    """Look at the page and send what it holds."""
    found = re.search(r'name="seen_hash" value="(\w+)"', text(client, page_of(verb, batch)))
    return client.post(page_of(verb, batch), REASON | {"seen_hash": found[1] if found else ""})


def states(batch: Batch) -> list[tuple[str, str]]:
    return list(batch.payout_set.order_by("batch_row").values_list("status", "review"))


WAITING = [("pending", "required"), ("pending", "not_required"), ("pending", "required")]


def test_an_approver_sees_all_that_waits_and_approves_it(enter: Enter, batch: Batch) -> None:
    client = enter("approver")
    assert page_of("approve", batch) in text(client, pages.detail(batch))
    page = text(client, page_of("approve", batch))
    for payout in waiting_in(batch):
        assert payout.recipient_address in page
    for told in ("2 payouts, 13,000.00 USDT", "7,000.00 USDT is 5,000.00 USDT or more.",
                 "large_amount: 2 payouts", "acme-payroll", "1, for this sum"):  # fmt: skip
        assert told in page

    answer = decide(client, "approve", batch)

    assert answer["Location"] == pages.detail(batch)
    assert said(answer) == ["Recorded for every payout that waited."]
    assert states(batch) == [
        ("pending", "approved"), ("pending", "not_required"), ("pending", "approved"),
    ]  # fmt: skip
    approvers = {one.approver for one in Approval.objects.all()}
    assert approvers == {client.person}  # type: ignore[attr-defined]
    shown = text(client, pages.detail(batch))
    assert "what waited was approved" in shown
    assert "checked the payroll" in shown
    assert page_of("approve", batch) not in shown


def test_the_first_of_two_is_told_that_another_is_needed(enter: Enter, batch: Batch) -> None:
    ApprovalTier.objects.create(from_amount_micro=13_000 * builders.USDT, approvals_needed=2)
    client = enter("approver")
    assert "2 people must agree to this sum; not all have yet." in said(
        decide(client, "approve", batch)
    )
    assert states(batch) == WAITING
    assert "You have approved all that waits" in said(decide(client, "approve", batch))[-1]
    decide(enter("admin"), "approve", batch)
    assert states(batch)[0] == ("pending", "approved")


def test_what_waits_is_rejected(enter: Enter, batch: Batch) -> None:
    client = enter("approver")
    assert "ends unpaid" in text(client, page_of("reject", batch))
    assert "Rejected." in said(decide(client, "reject", batch))[0]
    assert states(batch) == [
        ("cancelled", "rejected"), ("pending", "not_required"), ("cancelled", "rejected"),
    ]  # fmt: skip


def test_whose_batch_it_is_reads_that_somebody_else_must(enter: Enter, wallet: Any) -> None:
    builders.lift_limits()
    client = enter("admin", is_superuser=True)
    own = builders.batch(
        client.person,  # type: ignore[attr-defined]
        payouts=[builders.order(amount_usdt=6_000 * builders.USDT)],
    )
    for answer in (client.get(page_of("approve", own)), decide(client, "approve", own)):
        assert "Somebody else must approve them." in said(answer)[0]
    assert states(own) == [("pending", "required")]


def test_what_was_changed_while_somebody_looked_is_not_approved(enter: Enter, batch: Batch) -> None:
    client = enter("approver")
    seen = re.search(r'name="seen_hash" value="(\w+)"', text(client, page_of("approve", batch)))
    assert seen is not None
    payout_cancel(payout_id=waiting_in(batch)[0].pk, by="x", reason="", now=utc_now())
    answer = client.post(page_of("approve", batch), REASON | {"seen_hash": seen[1]})
    assert "was changed since you looked" in said(answer)[0]
    assert not Approval.objects.exists()


@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_it_is_paused_resumed_and_released_with_a_reason(
    enter: Enter, batch: Batch, role: str
) -> None:
    client = enter(role)
    person = client.person  # type: ignore[attr-defined]
    for verb, done in (("pause", "Paused."), ("resume", "Resumed."), ("release", "Released.")):
        assert page_of(verb, batch) in text(client, pages.detail(batch))
        assert said(decide(client, verb, batch)) == [done]
        event = batch.events.order_by("pk").last()
        assert event is not None
        assert event.by == f"user {person.pk}"
        assert event.details["reason"] == REASON["reason"]
        assert page_of(verb, batch) not in text(client, pages.detail(batch))
        batch.refresh_from_db()
        assert (batch.paused_at is not None) == (verb == "pause")
    assert batch.due_at <= utc_now()


def test_the_rest_is_cancelled(enter: Enter, batch: Batch) -> None:
    client = enter()
    assert said(decide(client, "cancel", batch))[0].startswith("Cancelled.")
    assert {status for status, _ in states(batch)} == {"cancelled"}
    assert "NothingToCancel" not in text(client, pages.detail(batch))
    assert "No payout of this batch can be cancelled" in said(decide(client, "cancel", batch))[0]
    for verb in (*MOVES, *REVIEWS, "resume"):
        assert page_of(verb, batch) not in text(client, pages.detail(batch))


@pytest.mark.parametrize(("role", "verbs"), [("operator", REVIEWS), ("auditor", REVIEWS + MOVES)])
def test_other_roles_may_not(enter: Enter, batch: Batch, role: str, verbs: tuple[str]) -> None:
    client = enter(role)
    shown = text(client, pages.detail(batch))
    assert "Your role may not approve or reject payouts." in shown
    for verb in verbs:
        assert page_of(verb, batch) not in shown
        assert client.get(page_of(verb, batch)).status_code == 403
        assert client.post(page_of(verb, batch), REASON).status_code == 403
    assert states(batch) == WAITING


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
@pytest.mark.parametrize("verb", [*MOVES, *REVIEWS])
def test_it_asks_again_without_a_usable_reason(
    enter: Enter, batch: Batch, verb: str, reason: str
) -> None:
    answer = enter("approver").post(page_of(verb, batch), {"reason": reason})
    assert "lp-error" in answer.content.decode()
    assert states(batch) == WAITING
    assert batch.events.count() == 1


def test_a_form_of_another_site_or_a_link_does_nothing(enter: Enter, batch: Batch) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter("approver").person)  # type: ignore[attr-defined]
    for verb in (*MOVES, *REVIEWS):
        assert client.post(page_of(verb, batch), REASON).status_code == 403
        assert client.get(page_of(verb, batch), REASON).status_code == 200
    assert states(batch) == WAITING


def test_a_batch_that_is_none_has_no_page(enter: Enter, batch: Batch) -> None:
    other = page_of("pause", batch).replace(str(batch.pk), str(uuid4()))
    assert enter().get(other).status_code == 404


def test_the_pages_cost_the_same_however_much_waits(
    enter: Enter, payee_owner: User, batch: Batch
) -> None:
    client = enter("approver")
    order = builders.order
    large = builders.batch(
        payee_owner, payouts=[order(amount_usdt=6_000 * builders.USDT) for _ in range(20)],
        batch_type="DAILY",
    )  # fmt: skip
    for address in (pages.detail, lambda one: page_of("approve", one)):
        assert statements(client, address(batch)) == statements(client, address(large))


def test_the_list_of_what_waits_leads_to_the_batch(enter: Enter, batch: Batch) -> None:
    shown = text(enter("approver"), "/admin/payouts/awaitingreview/")
    assert shown.count(f'href="{pages.detail(batch)}"') == 2
