"""An admin's journey at 3 a.m.: stop everything, see it on every page, let it go on."""

import pytest

from access.models import User
from tests import builders
from tests.admin import pages
from tests.browser.conftest import ON_A_PHONE_TOO, Visit
from tests.browser.test_admin import is_too_wide, log_in, picture
from tron.models import Halt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> User:
    """An admin."""
    builders.hot_wallet()
    return builders.user("admin", username="ada", is_staff=True)


@ON_A_PHONE_TOO
def test_an_admin_stops_everything_and_lets_it_go_on(visit: Visit, ada: User) -> None:
    page = visit.page
    log_in(visit, ada)
    visit.go("/admin/tron/halt/")
    picture(visit, "switch-off")
    assert not is_too_wide(visit)
    page.fill("#id_reason", "Payouts that nobody asked for")
    page.click("button:has-text('Stop everything')")
    page.wait_for_selector("text=Nothing is signed, nothing is sent")
    picture(visit, "switch-on")
    assert not is_too_wide(visit)

    visit.go("/admin/wallets/wallet/")
    assert "Payouts that nobody asked for" in page.inner_text(".lp-halted")
    picture(visit, "switch-banner")
    assert not is_too_wide(visit)
    page.click(".lp-halted a")
    page.click("text=Let it go on…")
    page.wait_for_selector("text=Look first")
    page.click("button:has-text('Lift what is ticked')")
    page.wait_for_selector("text=Tick what you have read")
    picture(visit, "switch-lift")
    assert not is_too_wide(visit)
    page.check("input[name=halts]")
    page.fill("#id_reason", "A drill, and it is over")
    page.click("button:has-text('Lift what is ticked')")
    page.wait_for_selector("text=Signing and sending go on")
    assert Halt.objects.get().lifted_by == "ada"
    visit.go("/admin/gateway/dispute/")
    assert "Nothing is in dispute" in page.inner_text(".lp-empty")
    picture(visit, "empty")
    assert not is_too_wide(visit)
    assert visit.trouble == []


def test_an_admin_reads_what_each_role_may(visit: Visit, ada: User) -> None:
    log_in(visit, ada)
    visit.go("/admin/roles/")
    assert "let go of the kill switch" in visit.page.inner_text(".lp-rights")
    picture(visit, "roles")
    assert not is_too_wide(visit)
    visit.go(pages.detail(ada))
    assert "What ada may do" in visit.page.inner_text(".lp-rights-of")
    picture(visit, "user")
    assert not is_too_wide(visit)
    assert visit.trouble == []
