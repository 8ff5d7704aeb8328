"""A payment's page in the admin: what it says, and what people do from it."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gateway.kinds import RefundCause, Ruling
from gateway.models import Incoming, Payment, PaymentEvent
from gateway.models_back import Leg, Refund
from gateway.services.refund import refund_back
from gateway.states import PaymentStatus
from gateway.story import advance
from lucidpay.clock import utc_now
from payouts.models import Payout
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter, enter
from tests.admin.test_cancel import said
from tests.builders import USDT
from tests.gateway.earned import completed, payment

pytestmark = pytest.mark.django_db
__all__ = ["enter"]
P = PaymentStatus
REASON = {"reason": "asked by phone"}
STAFF = ("operator", "approver", "auditor", "admin")
# None has no role; these see nothing of others, here nothing at all.
OUTSIDE = ("end_user", "node_operator", "merchant", None)
BUTTONS = {
    "cancel": "Cancel…",
    "accept": "Accept the late money…",
    "refund-again": "Refund again…",
}
MAY = {
    "cancel": {"operator", "approver", "admin"},
    "accept": {"approver", "admin"},
    "refund-again": {"approver", "admin"},
}
BECOMES = {"cancel": "cancelled", "accept": "confirmed", "refund-again": "cancelled"}
RAW = "100000000"  # 100 USDT in base units


@pytest.fixture(autouse=True)
def _pays(db: None) -> None:
    builders.hot_wallet()


def pending() -> Payment:
    return payment(builders.user("merchant"), amount_micro=100 * USDT)


def moved(made: Payment, to: P, **fields: Any) -> Payment:
    """Move a payment to a status, with what its row is to say there."""
    for name, value in fields.items():
        setattr(made, name, value)
    with transaction.atomic():
        advance([made], to=to, by="tests", now=utc_now(), note="tests", changes=tuple(fields))
    return made


def came_in(made: Payment, units: int, ruling: Ruling = Ruling.LATE) -> Incoming:
    Payment.objects.filter(pk=made.pk).update(received_units=units)
    made.refresh_from_db()
    return Incoming.objects.create(
        payment=made, txid="ab" * 32, log_index=0, asset="USDT", units=units,
        sender=made.payer_address, block_number=5, block_time_ms=1, ruling=ruling,
        at=utc_now(),
    )  # fmt: skip


def late(units: int = 100 * USDT) -> Payment:
    """A payment that has failed, and whose money came after that."""
    made = moved(pending(), P.FAILED, error_message="Nothing came in time.")
    came_in(made, units)
    return made


def refund(made: Payment, *, cause: RefundCause, incoming: Incoming | None = None) -> Refund:
    with transaction.atomic():
        return refund_back(
            made, cause=cause, units=100 * USDT, recipient=made.payer_address, by="tests",
            incoming=incoming, now=utc_now(),
        )  # fmt: skip


def failed(one: Refund) -> None:
    """Let a refund have failed, as it is left then."""
    one.status, one.ended_at = "failed", utc_now()
    one.save(update_fields=["status", "ended_at"])
    one.payment.refunding_units -= one.units
    one.payment.save(update_fields=["refunding_units"])


def not_refunded() -> Payment:
    """A payment that was cancelled, and whose late money could not be sent back."""
    made = moved(pending(), P.CANCELLED)
    failed(refund(made, cause=RefundCause.LATE, incoming=came_in(made, 100 * USDT)))
    return made


MAKES: dict[str, Callable[[], Payment]] = {
    "cancel": pending, "accept": late, "refund-again": not_refunded,
}  # fmt: skip


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def shown(made: Payment, client: Client) -> str:
    return page(client, pages.detail(made))


def route(made: Payment, name: str) -> str:
    return reverse(f"admin:gateway_payment_{name}", args=[made.pk])


def button(text: str, made: Payment, client: Client) -> str | None:
    """Return where a button leads from the payment's page, as a browser would go."""
    found = re.search(rf'href="([^"]*)"[^>]*>{text}<', shown(made, client))
    return urljoin(pages.detail(made), found[1]) if found else None


def facts(made: Payment) -> tuple[str, int, int]:
    """Return what every verb changes."""
    made.refresh_from_db()
    return made.status, made.events.count(), made.refunds.count()


# --- what people do -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUTTONS)
@pytest.mark.parametrize("role", STAFF)
def test_a_button_leads_to_its_form_for_those_who_may(enter: Enter, name: str, role: str) -> None:
    made, client = MAKES[name](), enter(role)
    before = facts(made)
    leads = button(BUTTONS[name], made, client)
    if role not in MAY[name]:
        assert leads is None
        assert client.get(route(made, name)).status_code == 403
        assert client.post(route(made, name), REASON).status_code == 403
        assert facts(made) == before
        return
    assert leads == route(made, name)
    form = page(client, f"{leads}?reason=by+link")
    assert 'name="reason"' in form
    assert made.payer_address in form
    assert facts(made) == before


@pytest.mark.parametrize("name", BUTTONS)
@pytest.mark.parametrize("role", OUTSIDE)
def test_whoever_is_not_of_the_staff_reaches_nothing(
    enter: Enter, name: str, role: str | None
) -> None:
    made = MAKES[name]()
    before = facts(made)
    for client in (enter(role), enter(role, is_staff=False), Client()):
        for answer in (
            client.get(pages.detail(made)),
            client.get(route(made, name)),
            client.post(route(made, name), REASON),
        ):
            assert answer.status_code in (302, 403)
            assert answer.get("Location", "/admin/login/").startswith("/admin/login/")
    assert facts(made) == before


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name in BUTTONS for role in sorted(MAY[name])]
)
def test_it_is_done_with_a_reason_and_a_name(enter: Enter, name: str, role: str) -> None:
    made, client = MAKES[name](), enter(role)
    refunds = made.refunds.count()
    answer = client.post(route(made, name), REASON)
    assert answer["Location"] == pages.detail(made)
    assert said(answer)[-1].startswith(("Cancelled.", "Accepted.", "The refund was asked for"))
    person = client.person  # type: ignore[attr-defined]
    event = PaymentEvent.objects.filter(payment=made).latest("pk")
    assert event.by.startswith(f"user {person.pk}")
    assert REASON["reason"] in f"{event.by} {event.note}"
    assert facts(made)[0] == BECOMES[name]
    assert made.refunds.count() - refunds == (name == "refund-again")
    assert button(BUTTONS[name], made, client) is None
    assert "asked by phone" in shown(made, client)


@pytest.mark.parametrize("name", BUTTONS)
@pytest.mark.parametrize("reason", [None, "", "  ", "x" * 201])
def test_without_a_reason_it_is_asked_for_again(
    enter: Enter, name: str, reason: str | None
) -> None:
    made = MAKES[name]()
    before = facts(made)
    body = {} if reason is None else {"reason": reason}
    answer = enter("approver").post(route(made, name), body)
    assert answer.status_code == 200
    assert 'name="reason"' in answer.content.decode()
    assert facts(made) == before


@pytest.mark.parametrize("name", BUTTONS)
def test_a_form_of_another_site_changes_nothing(enter: Enter, name: str) -> None:
    made = MAKES[name]()
    before = facts(made)
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter("approver").person)  # type: ignore[attr-defined]
    assert client.post(route(made, name), REASON).status_code == 403
    assert facts(made) == before


@pytest.mark.parametrize("name", BUTTONS)
def test_what_is_done_already_is_not_done_again(enter: Enter, name: str) -> None:
    made, client = MAKES[name](), enter("approver")
    client.post(route(made, name), REASON)
    before = facts(made)
    answer = client.post(route(made, name), REASON)
    assert said(answer)[-1].startswith("Not done: ")
    assert facts(made)[::2] == before[::2]


def test_a_refusal_tells_the_numbers(enter: Enter) -> None:
    made = late(40 * USDT)
    answer = enter("approver").post(route(made, "accept"), REASON)
    [text] = said(answer)
    assert text.startswith("Not done: What came in is less than the payment asks for")
    assert "received: 40.00 USDT" in text
    assert "asked: 100.00 USDT" in text


def test_a_refusal_tells_where_the_payment_is(enter: Enter) -> None:
    made = moved(pending(), P.FAILED)
    answer = enter("operator").post(route(made, "cancel"), REASON)
    assert said(answer)[-1].endswith("(status: failed)")


@pytest.mark.parametrize("name", ["accept", "refund-again"])
def test_the_page_says_who_may_do_what_the_one_who_looks_may_not(enter: Enter, name: str) -> None:
    text = "Your role may not do this; admin and approver may."
    made = MAKES[name]()
    assert text in shown(made, enter("operator"))
    assert text not in shown(made, enter("approver"))


def test_an_auditor_reads_who_cancels(enter: Enter) -> None:
    made = pending()
    assert "Your role may not do this; admin, approver and operator may." in shown(
        made, enter("auditor")
    )
    assert "Your role may not" not in shown(moved(made, P.CANCELLED), enter("auditor"))


# --- what it says ---------------------------------------------------------------------------------


def test_amounts_are_written_as_people_write_them(enter: Enter) -> None:
    made = completed(builders.user("merchant"), fee_micro=100 * USDT)
    came_in(made, 100 * USDT)
    text = shown(made, enter("auditor"))
    assert RAW not in text
    [books] = re.findall(r"<h2>Books</h2>(.*?)</section>", text, re.DOTALL)
    assert re.findall(r'lp-amount">(.*?)<', books) == ["-100.00 USDT", "100.00 USDT"]
    [movements] = re.findall(r"<h2>Movements</h2>(.*?)</section>", text, re.DOTALL)
    assert re.findall(r'lp-amount">(.*?)<', movements) == ["100.00 USDT"]


def confirmed() -> Payment:
    made = pending()
    came_in(made, made.pay_units, Ruling.COUNTED)
    return moved(
        made, P.CONFIRMED, accepted_units=made.pay_units, leg_micro=made.net_micro,
        confirmed_at=utc_now(),
    )  # fmt: skip


def leg(made: Payment, payout: Payout) -> None:
    Leg.objects.create(payment=made, payout=payout, created_at=utc_now())


def banner(made: Payment, enter: Enter) -> str:
    found = re.search(r"<h2><span.*?</span>(.*?)</h2>", shown(made, enter("auditor")), re.DOTALL)
    assert found
    return found[1].strip()


def test_a_payee_that_is_being_paid_is_told_of(enter: Enter) -> None:
    made = confirmed()
    assert banner(made, enter).endswith("The payee is to be paid next.")
    leg(made, builders.payout(made.owner, status="processing"))
    assert banner(made, enter).endswith("The payee is being paid.")


def test_a_payee_whose_payout_waits_for_approval_is_not_being_paid(enter: Enter) -> None:
    made = confirmed()
    leg(made, builders.in_review(made.owner))
    text = "The payee&#x27;s payout waits for approval: see To review."
    assert banner(made, enter).endswith(text)


def test_what_a_payees_payout_waits_for_is_told(enter: Enter) -> None:
    made = confirmed()
    payout = builders.payout(made.owner)
    Payout.objects.filter(pk=payout.pk).update(wait_reason="The paying wallet is short of USDT.")
    leg(made, payout)
    text = "The payee&#x27;s payout waits: The paying wallet is short of USDT."
    assert banner(made, enter).endswith(text)


def refunded_whole(made: Payment) -> Refund:
    """Let all of a payment go back, as a merchant has asked."""
    made.accepted_units = made.leg_micro = 0
    made.save(update_fields=["accepted_units", "leg_micro"])
    return refund(made, cause=RefundCause.REQUESTED)


def test_a_payment_that_goes_back_pays_nobody(enter: Enter) -> None:
    made = confirmed()
    back = refunded_whole(made)
    assert banner(made, enter).endswith("All of it goes back.")
    failed(back)
    text = "Nobody is paid. A refund failed: send it again, or decide."
    assert banner(made, enter).endswith(text)


def test_a_failed_refund_is_told_wherever_the_payment_is(enter: Enter) -> None:
    made = not_refunded()
    text = "It was cancelled. A refund failed: send it again, or decide."
    assert banner(made, enter) == text


def test_a_payee_is_paid_less_while_a_part_could_not_go_back(enter: Enter) -> None:
    made = confirmed()
    Payment.objects.filter(pk=made.pk).update(
        accepted_units=made.accepted_units - 100 * USDT + 1, leg_micro=1
    )
    made.refresh_from_db()
    with transaction.atomic():
        back = refund_back(
            made, cause=RefundCause.REQUESTED, units=50 * USDT, recipient=made.payer_address,
            by="tests", now=utc_now(),
        )  # fmt: skip
    failed(back)
    assert banner(made, enter).endswith(
        "The payee is to be paid next. A refund failed: send it again, or decide."
    )
