"""Somebody makes a second factor, comes back with a code, and approves with another."""

import base64
import re
from typing import Any

import pytest

from access.models import SecondFactor, User
from lucidpay.clock import utc_now
from payouts.admin_review import item_address
from payouts.models import Payout, Review
from tests import builders
from tests.browser.conftest import ON_A_PHONE_TOO, Visit
from tests.browser.test_admin import is_too_wide, picture
from tests.browser.test_every_page import VIOLATIONS, findings
from tests.second_factor import PAGE, code_at, phone_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def avery() -> User:
    """An approver."""
    return builders.user("approver", username="avery", is_staff=True)


@pytest.fixture
def payout() -> Payout:
    """A payout that waits for a person."""
    builders.hot_wallet()
    made = builders.payout(builders.user(username="acme-payroll"))
    Payout.objects.filter(pk=made.pk).update(review=Review.REQUIRED)
    return made


def look(visit: Visit, name: str) -> None:
    """Keep a picture, and look at what a machine can see of the page."""
    visit.page.wait_for_function("window.Alpine !== undefined")
    picture(visit, name)
    assert not is_too_wide(visit), name
    assert [*visit.trouble, *findings(visit)] == [], name


def enter(visit: Visit, username: str) -> None:
    """Give name and password on the page that asks for them."""
    visit.page.fill("#id_username", username)
    visit.page.fill("#id_password", builders.PASSWORD)
    visit.page.click("button[type=submit]")


def code(visit: Visit, text: str, *, field: str = "#id_second_factor_code") -> None:
    """Type a code, and send its form."""
    visit.page.fill(field, text)
    visit.page.press(field, "Enter")


def shows(secret: bytes) -> str:
    """Return the code of now, as if half a minute had passed since the last one was accepted."""
    SecondFactor.objects.filter(ended_at=None).update(last_step=0)
    return code_at(secret, utc_now())


def enrol(visit: Visit) -> bytes:
    """Set a second factor up as a person does; return its secret."""
    page = visit.page
    page.click("text=Set it up")
    page.wait_for_selector(".lp-qr svg")
    look(visit, "factor-2-begun")
    page.click("summary:has-text('It cannot scan')")
    shown = page.inner_text("#secret")
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", shown), shown
    secret = base64.b32decode(shown.replace(" ", ""))
    page.fill("#id_code", "12345x")
    page.press("#id_code", "Enter")
    page.wait_for_selector("text=Not accepted")
    look(visit, "factor-3-wrong")
    page.fill("#id_code", shows(secret))
    page.press("#id_code", "Enter")
    page.wait_for_selector(".lp-recovery")
    assert page.locator(".lp-recovery li").count() == 10
    look(visit, "factor-4-recovery")
    page.click("text=I have kept them")
    return secret


@ON_A_PHONE_TOO
def test_an_approver_enrols_comes_back_and_approves(
    visit: Visit, avery: User, payout: Payout, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    page = visit.page
    page.add_init_script(VIOLATIONS)
    visit.go("/admin/")
    enter(visit, avery.username)
    page.wait_for_url(f"{visit.site}{PAGE}")
    look(visit, "factor-1-none")
    secret = enrol(visit)
    visit.go(PAGE)
    look(visit, "factor-5-standing")

    page.context.clear_cookies()
    visit.go(item_address(payout.pk))
    enter(visit, avery.username)
    page.wait_for_selector("#id_second_factor_code")
    look(visit, "factor-6-login")
    page.click("text=use a recovery code")
    page.wait_for_selector("text=Sixteen letters and digits")
    look(visit, "factor-7-recovery")
    page.click("text=Use my authenticator")
    page.wait_for_selector("text=Six digits")
    code(visit, shows(secret))
    page.wait_for_selector("#approve_reason")
    field = "#approve_second_factor_code"
    assert page.locator(field).count() == 0, "the login's code is fresh"

    settings.STEP_UP_FRESH_S = 0
    page.reload()
    page.fill("#approve_reason", "Known to me.")
    look(visit, "factor-8-approve")
    code(visit, "12345x", field=field)
    page.wait_for_selector("text=Not accepted")
    assert page.input_value("#approve_reason") == "Known to me."
    look(visit, "factor-9-approve-wrong")
    code(visit, shows(secret), field=field)
    page.wait_for_selector("text=It is signed as soon as it is due")
    payout.refresh_from_db()
    assert payout.review == Review.APPROVED


def test_an_admin_finds_the_code_on_the_page_of_a_user(visit: Visit, avery: User) -> None:
    ada = builders.user("admin", username="ada", is_staff=True)
    phone = phone_of(ada)
    phone_of(avery)
    visit.go(f"/admin/access/user/{avery.pk}/change/")
    enter(visit, ada.username)
    code(visit, phone.code())
    visit.page.wait_for_selector("text=Reset the second factor")
    look(visit, "factor-10-user")
    visit.page.click("text=Reset the second factor")
    visit.page.wait_for_selector("#id_reason")
    look(visit, "factor-11-reset")
    visit.go("/admin/access/user/")
    picture(visit, "factor-12-users")
    assert not is_too_wide(visit)
