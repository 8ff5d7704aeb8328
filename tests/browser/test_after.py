"""What follows payments, seen by people: settlements, comparisons, and deciding a dispute."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings

from access.models import User
from gateway.kinds import DisputeCause, Ruling
from gateway.locks import payment_locked
from gateway.models import Incoming, Payment
from gateway.models_after import Settlement
from gateway.models_back import Dispute
from gateway.services.dispute import dispute_open
from gateway.services.reconcile import CheckAsked, reconcile_ask
from gateway.services.settle_fees import settlement_make
from gateway.states import PaymentStatus
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.browser.conftest import Visit
from tests.browser.test_admin import is_too_wide, log_in, picture
from tests.gateway.earned import completed, payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna() -> User:
    """An approver."""
    return builders.user("approver", username="anna", is_staff=True)


@pytest.fixture
def dispute() -> Dispute:
    """A stranger has paid for a payment."""
    builders.hot_wallet()
    made = payment(builders.user("merchant", username="chairs-and-tables"))
    came = Incoming.objects.create(
        payment=made, txid="ab" * 32, log_index=0, asset="USDT", units=made.pay_units,
        sender=builders.address(), block_number=5, block_time_ms=1, ruling=Ruling.STRANGER,
        at=utc_now(),
    )  # fmt: skip
    Payment.objects.filter(pk=made.pk).update(received_units=made.pay_units)
    with transaction.atomic():
        return dispute_open(
            payment_locked(made.pk), cause=DisputeCause.STRANGER, by="watcher", incoming=came,
            text=f"{came.sender} has paid, and not {made.payer_address}.", now=utc_now(),
        )  # fmt: skip


@pytest.fixture
def settlement() -> Settlement:
    """The fees of sixty payments."""
    builders.hot_wallet()
    owner = builders.user("merchant")
    for number in range(60):
        completed(owner, now=utc_now() - timedelta(hours=1), fee_micro=1_500_000 + number)
    with override_settings(SETTLEMENT_ADDRESS=builders.address()):
        made = settlement_make(now=utc_now(), only_if_due=False).settlement
    assert made is not None
    return made


def test_an_approver_reads_and_decides_a_dispute(
    visit: Visit, dispute: Dispute, anna: User
) -> None:
    page = visit.page
    log_in(visit, anna)
    visit.go("/admin/gateway/dispute/")
    picture(visit, "disputes")
    assert not is_too_wide(visit)
    page.locator("#result_list a").first.click()
    page.wait_for_selector("text=Accept the money…")
    picture(visit, "dispute")
    assert not is_too_wide(visit)
    page.click("text=Send the money back…")
    page.wait_for_selector("#id_reason")
    picture(visit, "dispute-refund")
    assert not is_too_wide(visit)
    page.click("button:has-text('Send the money back')")
    page.wait_for_selector(".lp-error")  # without a reason it asks again
    page.fill("#id_reason", "The sender asked for it.")
    page.click("button:has-text('Send the money back')")
    page.wait_for_selector("text=Closed. The money goes back.")
    picture(visit, "dispute-closed")
    visit.go(pages.detail(dispute.payment))
    picture(visit, "payment-disputed")
    assert not is_too_wide(visit)
    assert visit.trouble == []


def test_somebody_looks_at_a_settlement_and_at_what_differs(
    visit: Visit, settlement: Settlement, anna: User
) -> None:
    page = visit.page
    log_in(visit, anna)
    visit.go("/admin/gateway/settlement/")
    picture(visit, "settlements")
    assert not is_too_wide(visit)
    visit.go(pages.detail(settlement))
    assert page.locator("text=Statement (CSV)").count() >= 1
    picture(visit, "settlement")
    assert not is_too_wide(visit)
    some = Payment.objects.filter(settlement=settlement)[0]
    row = reconcile_ask(CheckAsked(some.pk, None, "", "by hand", "r", utc_now()))
    visit.go("/admin/gateway/reconciliation/")
    picture(visit, "checks")
    assert not is_too_wide(visit)
    visit.go(pages.detail(row))
    page.wait_for_selector("text=What differs")
    picture(visit, "check")
    assert not is_too_wide(visit)
    assert visit.trouble == []


def test_an_operator_opens_a_dispute(visit: Visit, settlement: Settlement) -> None:
    page = visit.page
    log_in(visit, builders.user("operator", username="olivia", is_staff=True))
    some = Payment.objects.filter(settlement=settlement)[0]
    visit.go(pages.detail(some))
    page.click("text=Dispute…")
    page.wait_for_selector("#id_reason")
    picture(visit, "dispute-open")
    page.fill("#id_reason", "The payer says it was somebody else.")
    page.click("button:has-text('Open a dispute')")
    page.wait_for_selector("text=Opened.")
    assert "Your role may not close disputes" in page.inner_text("body")
    picture(visit, "dispute-operator")
    assert visit.trouble == []


def test_an_operator_cancels_a_payment_from_its_page(visit: Visit) -> None:
    page = visit.page
    made = payment(builders.user("merchant"))
    log_in(visit, builders.user("operator", username="olivia", is_staff=True))
    visit.go(pages.detail(made))
    page.click("text=Cancel…")
    page.wait_for_selector("#id_reason")
    assert made.payer_address in page.inner_text("form.lp-form")
    page.click("button:has-text('Cancel a payment')")
    page.wait_for_selector(".lp-error")  # without a reason it asks again
    page.fill("#id_reason", "Typed twice.")
    page.click("button:has-text('Cancel a payment')")
    page.wait_for_selector("text=Cancelled.")
    assert "It was cancelled." in page.inner_text(".lp-banner")
    assert "Typed twice." in page.inner_text(".lp-timeline")
    picture(visit, "payment-cancelled")
    assert not is_too_wide(visit)
    made.refresh_from_db()
    assert made.status == PaymentStatus.CANCELLED
    assert visit.trouble == []
