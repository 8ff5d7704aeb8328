"""Settlements, comparisons and disputes in the admin: shown by role, decided with a reason."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gateway.kinds import DisputeCause, Ruling
from gateway.locks import payment_locked
from gateway.models import Incoming, Payment
from gateway.models_after import Reconciliation, Settlement
from gateway.models_back import Dispute, Refund
from gateway.services.dispute import dispute_open
from gateway.services.reconcile import CheckAsked, reconcile_ask
from gateway.services.settle_fees import settlement_make
from gateway.states import PaymentStatus
from gateway.story import advance
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter, enter
from tests.admin.test_cancel import said
from tests.gateway.earned import completed, payment

pytestmark = pytest.mark.django_db
__all__ = ["enter"]
REASON = {"reason": "looked into it"}
VERBS = ("answer", "accept", "refund", "dismiss")


@pytest.fixture(autouse=True)
def _pays(db: None) -> None:
    builders.hot_wallet()


@pytest.fixture
def settlement(settings: Any) -> Settlement:
    """The fees of three payments, on their way."""
    settings.SETTLEMENT_ADDRESS = builders.address()
    owner = builders.user("merchant")
    for number in range(3):
        completed(owner, now=utc_now() - timedelta(hours=1), fee_micro=1_000_001 + number)
    made = settlement_make(now=utc_now(), only_if_due=False).settlement
    assert made is not None
    return made


@pytest.fixture
def dispute() -> Dispute:
    """A stranger has paid for a payment."""
    made = payment(builders.user("merchant"))
    came = Incoming.objects.create(
        payment=made, txid="ab" * 32, log_index=0, asset="USDT", units=made.pay_units,
        sender=builders.address(), block_number=5, block_time_ms=1, ruling=Ruling.STRANGER,
        at=utc_now(),
    )  # fmt: skip
    Payment.objects.filter(pk=made.pk).update(received_units=made.pay_units)
    with transaction.atomic():
        return dispute_open(
            payment_locked(made.pk), cause=DisputeCause.STRANGER, by="watcher", incoming=came,
            text="somebody else has paid", now=utc_now(),
        )  # fmt: skip


def verb(dispute: Dispute, name: str) -> str:
    return reverse(f"admin:gateway_dispute_{name}", args=[dispute.pk])


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


# --- settlements ----------------------------------------------------------------------------------


def test_a_settlement_shows_its_payments_and_its_payout(
    settlement: Settlement, enter: Enter
) -> None:
    client = enter("auditor")
    assert settlement.public_id in page(client, pages.listing("gateway_settlement"))
    shown = page(client, pages.detail(settlement))
    for one in Payment.objects.filter(settlement=settlement):
        assert one.public_id in shown
    assert f"payout_{settlement.payout_id.hex}" in shown  # type: ignore[union-attr]
    assert "3.000006" in shown


def test_its_statement_adds_up(settlement: Settlement, enter: Enter) -> None:
    client = enter("auditor")
    address = reverse("admin:gateway_settlement_statement", args=[settlement.pk])
    assert address in page(client, pages.detail(settlement))
    answer = client.get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{settlement.public_id}.csv"' in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    heading, *lines, total = csv.reader(io.StringIO(text))
    assert heading[:3] == ["settlement_id", "payment_id", "completed_at"]
    assert [line[7] for line in lines] == ["1.000001", "1.000002", "1.000003"]
    assert (total[1], total[7]) == ("total", "3.000006")


# --- comparisons ----------------------------------------------------------------------------------


def test_a_comparison_shows_what_differs(dispute: Dispute, enter: Enter) -> None:
    row = reconcile_ask(CheckAsked(dispute.payment_id, None, "", "by hand", "r", utc_now()))
    assert row.status == "disputed"
    client = enter("operator")
    listed = page(client, pages.listing("gateway_reconciliation"))
    assert row.pk.hex[-8:] in listed
    shown = page(client, pages.detail(row))
    assert "incoming " in shown
    assert "What was counted as paid in is not what the solid blocks" in shown
    found = f"{pages.listing('gateway_reconciliation')}?q={dispute.payment.public_id}"
    assert row.pk.hex[-8:] in page(client, found)
    assert Reconciliation.objects.count() == 1


# --- disputes -------------------------------------------------------------------------------------


def test_what_is_open_comes_first_and_says_what_is_in_question(
    dispute: Dispute, enter: Enter
) -> None:
    client = enter("approver")
    assert "1,000.00 USDT" in page(client, pages.listing("gateway_dispute"))
    shown = page(client, pages.detail(dispute))
    assert dispute.incoming is not None
    assert dispute.incoming.sender in shown
    for name in VERBS:
        assert verb(dispute, name) in shown
        asked = page(client, verb(dispute, name))
        assert dispute.payment.payer_address in asked
        assert "1,000.00 USDT" in asked
    listed = page(client, pages.detail(dispute.payment))
    assert pages.detail(dispute) in listed


def test_an_approver_accepts_and_the_payment_goes_on(dispute: Dispute, enter: Enter) -> None:
    client = enter("approver")
    answer = client.post(verb(dispute, "accept"), REASON)
    assert answer["Location"] == pages.detail(dispute)
    dispute.refresh_from_db()
    person = client.person  # type: ignore[attr-defined]
    assert (dispute.outcome, dispute.closed_by) == ("accepted", f"user {person.pk}")
    assert Payment.objects.get().status == "confirmed"
    shown = page(client, pages.detail(dispute))
    assert f"UTC, {person.username}" in shown
    assert verb(dispute, "accept") not in shown


def test_an_admin_sends_it_back(dispute: Dispute, enter: Enter) -> None:
    enter("admin").post(verb(dispute, "refund"), REASON)
    refund = Refund.objects.get()
    assert dispute.incoming is not None
    assert (refund.recipient, refund.incoming) == (dispute.incoming.sender, dispute.incoming)


def test_an_operator_answers_and_reads_who_decides(dispute: Dispute, enter: Enter) -> None:
    client = enter("operator")
    shown = page(client, pages.detail(dispute))
    assert verb(dispute, "answer") in shown
    assert "Your role may not close disputes" in shown
    client.post(verb(dispute, "answer"), {"reason": "the payer uses two wallets"})
    assert "the payer uses two wallets" in page(client, pages.detail(dispute))
    for name in ("accept", "refund", "dismiss"):
        assert verb(dispute, name) not in shown
        assert client.get(verb(dispute, name)).status_code == 403
        assert client.post(verb(dispute, name), REASON).status_code == 403
    assert Dispute.objects.get().closed_at is None


def test_an_auditor_looks_and_does_nothing(dispute: Dispute, enter: Enter) -> None:
    client = enter("auditor")
    page(client, pages.detail(dispute))
    opening = reverse("admin:gateway_dispute_open", args=[dispute.payment_id])
    for address in (*(verb(dispute, name) for name in VERBS), opening):
        assert client.post(address, REASON).status_code == 403
    assert enter("merchant").get(pages.detail(dispute)).status_code != 200


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_asked_for(dispute: Dispute, enter: Enter, reason: str) -> None:
    answer = enter("approver").post(verb(dispute, "dismiss"), {"reason": reason})
    assert "lp-error" in answer.content.decode()
    assert Dispute.objects.get().closed_at is None


def test_what_cannot_be_done_is_told(dispute: Dispute, enter: Enter) -> None:
    client = enter("approver")
    client.post(verb(dispute, "dismiss"), REASON)
    answer = client.post(verb(dispute, "dismiss"), REASON)
    assert "This dispute was closed before." in said(answer)[-1]


def test_a_refusal_tells_the_numbers(dispute: Dispute, enter: Enter) -> None:
    Payment.objects.filter(pk=dispute.payment_id).update(refunding_units=600_000_000)
    [text] = said(enter("approver").post(verb(dispute, "accept"), REASON))
    assert text.startswith("Not done: What came in is less than the payment asks for")
    assert text.endswith("(received: 400.00 USDT, asked: 1,000.00 USDT)")


def test_a_refusal_to_dispute_tells_where_the_payment_is(enter: Enter) -> None:
    made = completed(builders.user("merchant"))
    with transaction.atomic():
        advance([made], to=PaymentStatus.REFUNDED, by="tests", now=utc_now(), note="tests")
    opening = reverse("admin:gateway_dispute_open", args=[made.pk])
    [text] = said(enter("operator").post(opening, REASON))
    assert text.endswith("(status: refunded)")


def test_a_payment_is_disputed_by_hand(enter: Enter) -> None:
    made = payment(builders.user("merchant"))
    client = enter("operator")
    opening = reverse("admin:gateway_dispute_open", args=[made.pk])
    assert opening in page(client, pages.detail(made))
    assert made.payer_address in page(client, opening)
    answer = client.post(opening, REASON)
    found = Dispute.objects.get()
    assert answer["Location"] == pages.detail(found)
    assert (found.cause, found.text) == (DisputeCause.RAISED, REASON["reason"])
    assert opening not in page(client, pages.detail(made))
    assert "is disputed already" in said(client.post(opening, REASON))[-1]


def test_a_form_of_another_site_changes_nothing(dispute: Dispute, enter: Enter) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter("approver").person)  # type: ignore[attr-defined]
    assert client.post(verb(dispute, "dismiss"), REASON).status_code == 403
    assert Dispute.objects.get().closed_at is None
