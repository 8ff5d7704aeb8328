"""An operator's journey: log in, find a payout, read its story, cancel it."""

import pytest

from access.models import User
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.browser.conftest import Visit

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
