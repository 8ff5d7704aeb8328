"""An approver's journeys: through the queue by keys, decided by buttons; several together."""

from typing import Any

import pytest

from access.models import User
from payouts.models import Payout
from tests import builders
from tests.admin import pages
from tests.admin.test_review import QUEUE, item_page
from tests.admin.test_review_item import alike_to
from tests.browser.conftest import ON_A_PHONE_TOO, Visit
from tests.browser.test_admin import is_too_wide, log_in, picture
from tests.webhooks.api import hooks
from webhooks.models import Event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna() -> User:
    """An approver, whose program asks for payouts as well."""
    builders.hot_wallet()
    builders.lift_limits()
    return builders.user("approver", username="anna", is_staff=True)


@pytest.fixture
def queue(anna: User) -> list[Payout]:
    """One of anna's own, a look-alike of an address that was paid, and two more of others."""
    owner = builders.user(username="acme-payroll")
    known = builders.payout(owner, status="confirmed", reference_id="march")
    alike = alike_to(known.recipient_address)
    return [
        builders.in_review(anna),
        builders.in_review(owner, recipient_address=alike, reference_id="invoice-9"),
        builders.in_review(owner, amount_usdt=7_500_000_000, memo="rent"),
        builders.in_review(builders.user(username="bonus-tool"), amount_usdt=25_000_000_000),
    ]


def reason_of(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id"))


@ON_A_PHONE_TOO
def test_an_approver_goes_through_the_queue_by_keys(
    visit: Visit, queue: list[Payout], anna: User
) -> None:
    page, (own, alike, third, last) = visit.page, queue
    log_in(visit, anna)
    visit.go(QUEUE)
    picture(visit, "review-queue")
    assert not is_too_wide(visit)

    page.click(f"a[href='{item_page(own)}']")
    page.wait_for_selector("text=Somebody else must approve it.")
    assert page.locator("#approve").count() == 0
    picture(visit, "review-own")
    page.keyboard.press("j")
    page.wait_for_url(f"**{item_page(alike)}")
    page.wait_for_selector(".lp-alike mark")
    assert not is_too_wide(visit)
    picture(visit, "review-alike")

    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] >> text=No key decides")
    picture(visit, "review-keys")
    page.keyboard.press("j")  # nothing, while it is open
    page.keyboard.press("Escape")
    page.wait_for_selector("#lp-keys", state="hidden")
    page.keyboard.press("a")
    assert reason_of(page) == "approve_reason"
    page.keyboard.type("jkar? by phone")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # the field is left: nothing is sent
    page.keyboard.press("r")
    assert reason_of(page) == "reject_reason"
    assert page.input_value("#approve_reason") == "jkar? by phone"
    assert Payout.objects.get(pk=alike.pk).review == "required"

    page.click("#approve button[type=submit]")
    page.wait_for_url(f"**{item_page(third)}")
    assert "Approved: 6,000.00 USDT" in page.inner_text("body")
    assert Payout.objects.get(pk=alike.pk).review == "approved"
    page.click("#reject button[type=submit]")
    page.wait_for_selector("#reject .lp-error")  # without a reason it asks again
    picture(visit, "review-asked-again")
    page.fill("#reject_reason", "not ours")
    page.click("#reject button[type=submit]")
    page.wait_for_url(f"**{item_page(last)}")
    page.keyboard.press("k")
    page.wait_for_url(f"**{item_page(own)}")
    assert visit.trouble == []


def test_keys_can_be_switched_off(visit: Visit, queue: list[Payout], anna: User) -> None:
    page = visit.page
    log_in(visit, anna)
    visit.go(item_page(queue[1]))
    page.click("text=Keys")
    page.uncheck("#lp-keys-on")
    page.click("dialog button")
    page.keyboard.press("a")
    assert reason_of(page) != "approve_reason"
    visit.go(item_page(queue[1]))
    page.keyboard.press("j")
    assert page.url.endswith(item_page(queue[1]))
    assert visit.trouble == []


def test_several_are_approved_together(visit: Visit, queue: list[Payout], anna: User) -> None:
    page = visit.page
    log_in(visit, anna)
    visit.go(QUEUE)
    page.click("text=Tick all you may approve")
    page.wait_for_selector("text=3 ticked")
    page.check(f"input[value='{queue[0].pk}']")  # anna's own
    page.wait_for_selector("text=4 ticked")
    page.click("text=Approve ticked…")
    page.wait_for_selector("text=38,500.00 USDT")
    assert "Left out: 1" in page.inner_text("form.lp-card")
    picture(visit, "review-many")
    assert not is_too_wide(visit)
    page.fill("#id_reason", "checked the list by phone")
    page.click("button:has-text('Approve 3 payouts')")
    page.wait_for_selector("text=Approved: 3 of 3 payouts")
    picture(visit, "review-done")
    assert not is_too_wide(visit)
    assert Payout.objects.filter(review="approved").count() == 3
    page.click("text=Back to the queue")
    page.wait_for_selector(f"a[href='{item_page(queue[0])}']")
    assert page.locator("#result_list a:has-text('Review …')").count() == 1
    assert visit.trouble == []


def test_a_payout_s_page_tells_the_whole_story(
    visit: Visit, queue: list[Payout], anna: User
) -> None:
    paid = Payout.objects.get(reference_id="march")
    event = Event.objects.filter(subject=paid.pk).latest("pk")
    sent = hooks.delivery(hooks.endpoint(paid.owner), event, status="exhausted")
    hooks.attempts(sent, [1, 2])
    log_in(visit, anna)
    visit.go(pages.detail(queue[1]))
    picture(visit, "story-in-review")
    assert not is_too_wide(visit)
    visit.go(pages.detail(paid))
    visit.page.click("summary:has-text('cannot be done')")
    picture(visit, "story-paid")
    assert not is_too_wide(visit)
    visit.page.click("text=Send again…")
    visit.page.wait_for_selector("text=The same event is sent again")
    assert visit.trouble == []
