"""The front page: what needs an operator, charts, and how it renews itself."""

from datetime import timedelta

import pytest

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.wait import NO_USDT
from tests import builders
from tests.browser.conftest import ON_A_PHONE_TOO, Visit
from tests.browser.test_admin import is_too_wide, log_in, picture
from tests.dashboard.world import all_is_well
from tron.halt import halt
from tron.models import HaltCause
from wallets.models_alert import BalanceAlert

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Asks at once, as a wait of 15 seconds would.
ASK_NOW = """() => {
    const now = Date.now();
    Date.now = () => now + 60000;
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def olivia() -> User:
    """An approver."""
    return builders.user("approver", username="olivia", is_staff=True)


@pytest.fixture
def busy_days() -> None:
    """Some days of payouts, and things that went wrong."""
    builders.lift_limits()
    wallet = builders.hot_wallet(usdt_micro=90_000 * builders.USDT)
    owner, now = builders.user(username="acme-payroll"), utc_now()
    for hours in (1, 2, 2, 5, 20, 30, 47, 100, 200, 200, 500):
        amount = (7 + 131 * hours) % 4_000 * builders.USDT
        paid = builders.payout(owner, status="confirmed", amount_usdt=amount + builders.USDT,
                               now=now - timedelta(hours=hours))  # fmt: skip
        Payout.objects.filter(pk=paid.pk).update(
            confirmed_at=paid.due_at + timedelta(seconds=40 + hours)
        )
    builders.payout(owner, status="failed", now=now - timedelta(hours=3))
    builders.payout(owner, status="cancelled", now=now - timedelta(hours=4))
    builders.in_review(owner, now=now - timedelta(hours=6))
    short = builders.payout(owner, now=now - timedelta(hours=1))
    Payout.objects.filter(pk=short.pk).update(wait_reason=NO_USDT)
    BalanceAlert.objects.create(
        wallet=wallet, asset="USDT", below_units=100_000 * builders.USDT, low_since=now
    )


def ask_now(visit: Visit) -> None:
    """Let the page renew itself now."""
    with visit.page.expect_response("**/admin/front/*"):
        visit.page.evaluate(ASK_NOW)


@ON_A_PHONE_TOO
def test_it_tells_what_to_do_and_renews_itself_under_the_readers_hands(
    visit: Visit, busy_days: None, olivia: User
) -> None:
    page = visit.page
    log_in(visit, olivia)

    page.wait_for_selector("#lp-front-pause:visible")
    assert "the paying wallet is short of USDT" in page.inner_text(".lp-needs")
    assert not is_too_wide(visit)
    picture(visit, "front")

    page.click("#figures-count-days")
    page.focus("#need-review")
    halt(cause=HaltCause.OUTFLOW, subject="t", reason="12 USDT left", by="scan", now=utc_now())
    ask_now(visit)
    page.wait_for_selector("#need-halts")
    assert page.evaluate("document.activeElement.id") == "need-review"
    assert page.get_attribute("details[data-key=count-days]", "open") is not None
    assert "urgent" in page.inner_text("#lp-front-summary")
    assert not is_too_wide(visit)
    picture(visit, "front-renewed")

    for _ in range(3):  # the fourth look renews the figures as well
        ask_now(visit)
    assert page.get_attribute("details[data-key=count-days]", "open") is not None

    page.click("#need-halts")
    page.wait_for_url("**/admin/tron/halt/")
    assert visit.trouble == []


def test_it_says_when_the_server_is_away_and_when_the_login_has_ended(
    visit: Visit, busy_days: None, olivia: User
) -> None:
    page = visit.page
    log_in(visit, olivia)
    page.wait_for_selector("#lp-front-pause:visible")

    page.route("**/admin/front/*", lambda route: route.abort())
    page.evaluate(ASK_NOW)
    page.wait_for_selector("#lp-front-trouble:visible")
    assert "could not be reached" in page.inner_text("#lp-front-trouble")
    assert page.locator(".lp-need").count() > 0
    picture(visit, "front-away")

    page.unroute("**/admin/front/*")
    ask_now(visit)
    page.wait_for_selector("#lp-front-trouble", state="hidden")

    visit.page.context.clear_cookies()
    ask_now(visit)
    page.wait_for_selector("text=You are logged out")
    assert page.locator("#lp-front-pause").is_hidden()


def test_a_calm_day_is_told_calmly(visit: Visit, olivia: User) -> None:
    all_is_well()
    log_in(visit, olivia)

    page = visit.page
    page.wait_for_selector("#lp-front-pause:visible")
    assert page.inner_text("#lp-front-summary") == "Nothing needs you now."
    assert page.locator(".lp-need").count() == 0
    assert not is_too_wide(visit)
    picture(visit, "front-calm")

    page.click("#lp-front-pause")
    assert page.get_attribute("#lp-front-pause", "aria-pressed") == "true"
    assert page.locator("#lp-front-every").is_hidden()
    assert visit.trouble == []
