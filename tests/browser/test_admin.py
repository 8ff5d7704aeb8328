"""An operator's journeys: find a payout, read its story, cancel it or pay it after all."""

import os

import pytest

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.settle import payouts_settle
from payouts.states import Status
from tests import builders
from tests.browser.conftest import ON_A_PHONE_TOO, Visit
from tron.halt import halt
from tron.models import HaltCause, TxStatus

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def payouts() -> list[Payout]:
    """One payout of each status."""
    builders.hot_wallet()
    owner = builders.user(username="acme-payroll")
    return [
        builders.payout(owner, status=status, reference_id=f"journey-{status}") for status in Status
    ]


@pytest.fixture
def olivia() -> User:
    """An operator."""
    return builders.user("operator", username="olivia", is_staff=True)


def log_in(visit: Visit, person: User) -> None:
    """Come to the admin as a stranger and log in."""
    visit.go("/admin/")
    visit.page.fill("#id_username", person.username)
    visit.page.fill("#id_password", builders.PASSWORD)
    visit.page.click("button[type=submit]")
    visit.page.wait_for_url(f"{visit.site}/admin/")


def picture(visit: Visit, name: str) -> None:
    """Keep a picture of the page where ``LUCIDPAY_PICTURES`` says, if it does."""
    directory = os.environ.get("LUCIDPAY_PICTURES")
    if directory:
        size = visit.page.viewport_size["width"]
        dark = visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        path = f"{directory}/{name}-{size}{'-dark' if dark else ''}.png"
        visit.page.screenshot(path=path, full_page=True)


def is_too_wide(visit: Visit) -> bool:
    """Return whether the page must be pushed sideways to be read."""
    page = "document.documentElement"
    return bool(visit.page.evaluate(f"{page}.scrollWidth > {page}.clientWidth"))


def test_an_operator_finds_reads_and_cancels_a_payout(
    visit: Visit, payouts: list[Payout], olivia: User
) -> None:
    page = visit.page
    log_in(visit, olivia)

    visit.go("/admin/payouts/payout/")
    assert page.locator(".lp-label").count() == len(payouts)
    assert not is_too_wide(visit)

    page.fill("input[name=q]", "journey-pending")
    page.press("input[name=q]", "Enter")
    page.wait_for_url("**q=journey-pending**")
    page.locator("#result_list a").first.click()
    page.wait_for_selector(".lp-timeline")
    assert "Waits for the signer" in page.inner_text(".lp-banner")
    assert not is_too_wide(visit)

    page.click("text=Cancel…")
    page.wait_for_selector("#id_reason")
    page.click("text=Cancel the payout")
    page.wait_for_selector(".lp-error")
    page.fill("#id_reason", "asked for by mistake")
    page.click("text=Cancel the payout")
    page.wait_for_selector("text=Cancelled by olivia")

    story = page.inner_text(".lp-timeline")
    assert "Reason: asked for by mistake" in story
    assert visit.trouble == []
    cancelled = Payout.objects.get(reference_id="journey-pending")
    assert cancelled.status == Status.CANCELLED


def test_an_operator_reads_the_evidence_and_retries_a_failed_payout(
    visit: Visit, payouts: list[Payout], olivia: User
) -> None:
    page = visit.page
    failed = next(one for one in payouts if one.status == Status.FAILED)
    log_in(visit, olivia)

    visit.go(f"/admin/payouts/payout/{failed.pk}/change/")
    page.click("text=Retry…")
    page.wait_for_selector(".lp-evidence")
    assert "Nothing was paid" in page.inner_text(".lp-evidence")
    assert not is_too_wide(visit)
    picture(visit, "retry")

    page.click("text=Retry the payout")
    page.wait_for_selector(".lp-error")
    page.fill("#id_reason", "the fee limit is higher now")
    page.dblclick("text=Retry the payout")
    page.wait_for_selector("text=Retry of")

    assert Payout.objects.filter(retry_of=failed).count() == 1
    assert "the fee limit is higher now" in page.inner_text(".lp-timeline")
    assert not is_too_wide(visit)
    picture(visit, "retried")
    assert visit.trouble == []


def test_a_death_shows_its_proof_and_a_halt_shows_on_top(
    visit: Visit, payouts: list[Payout], olivia: User
) -> None:
    payout = next(one for one in payouts if one.status == Status.PROCESSING)
    builders.chain_says(payout, TxStatus.DEAD)
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    builders.signed(payout)
    halt(cause=HaltCause.OUTFLOW, subject="t", reason="12 USDT left", by="scan", now=utc_now())
    log_in(visit, olivia)

    visit.go(f"/admin/payouts/payout/{payout.pk}/change/")
    visit.page.wait_for_selector(".lp-timeline")
    assert "Nothing is signed and nothing is sent" in visit.page.inner_text("[role=alert]")
    assert "Proven dead" in visit.page.inner_text(".lp-timeline")
    assert not is_too_wide(visit)
    picture(visit, "death")
    assert visit.trouble == []


@ON_A_PHONE_TOO
def test_every_state_of_a_payout_can_be_read_at_any_width(
    visit: Visit, payouts: list[Payout], olivia: User
) -> None:
    log_in(visit, olivia)

    for payout in payouts:
        visit.go(f"/admin/payouts/payout/{payout.pk}/change/")
        visit.page.wait_for_selector(".lp-timeline")
        assert payout.status in visit.page.inner_text(".lp-banner").lower()
        assert not is_too_wide(visit), payout.status

    assert visit.trouble == []
