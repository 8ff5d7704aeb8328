"""Every page of the console as an admin sees it: no console error, no breach of the policy, no
serious finding of axe, nothing to push sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from access.models import User
from tests import builders
from tests.admin.every_page import Page, Rows, every_page
from tests.admin.test_every_act import acts_of, table
from tests.browser.conftest import Visit
from tests.browser.test_admin import is_too_wide, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SERIOUS = ("serious", "critical")
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 900}
SEEN_WHOLE = ("/admin/", "/admin/payouts/payout/")
PARTS = 2  # so that two processes walk
NO_PAGES = frozenset(
    {
        "history", "result", "faults", "file", "statement", "progress", "checking", "submit",
        "discard", "front-live", "search", "stop", "second-factor-begin", "second-factor-confirm",
        "second-factor-recovery", "second-factor-off",
    }
)  # fmt: skip
VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def entered(visit: Visit, person: User) -> Client:
    """Enter without the login page, which has a journey of its own."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    visit.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": visit.site}]
    )
    visit.page.add_init_script(VIOLATIONS)
    return client


def is_looked_at(page: Page) -> bool:
    """Whether it is a page for people; others are parts of one, files, or only sent to."""
    may = any("admin" in table().get(act, ()) for act in acts_of(page))
    return may and page.parts[1] not in NO_PAGES


def seen(visit: Visit, page: Page, size: dict[str, int], scheme: str) -> list[str]:
    """Return what is wrong with the page that is open, in this size and these colours."""
    visit.page.set_viewport_size(size)
    visit.page.emulate_media(color_scheme=scheme)
    # The theme looks at the scheme when a page is loaded, and puts this class there.
    visit.page.evaluate(
        "(isDark) => document.documentElement.classList.toggle('dark', isDark)", scheme == "dark"
    )
    picture(visit, f"page-{page.name.removeprefix('admin:')}")
    found = findings(visit)
    return [*found, "must be pushed sideways"] if is_too_wide(visit) else found


def findings(visit: Visit) -> list[str]:
    """Return what axe holds for serious, with the elements it is about."""
    if not visit.page.evaluate("'axe' in window"):
        visit.page.evaluate(Axe().axe_script)
    # The same on every page, but for where one is: half of the time goes there.
    left_out = [] if visit.page.url.endswith(SEEN_WHOLE) else [["#nav-sidebar-inner"]]
    told = visit.page.evaluate(
        "(exclude) => axe.run({exclude}, {resultTypes: ['violations']})"
        ".then((told) => told.violations)",
        left_out,
    )
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in told
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_keeps_to_the_policy_and_can_be_used_by_all(visit: Visit, part: int) -> None:
    builders.hot_wallet()
    rows = Rows(builders.user("merchant", username="chairs-and-tables"))
    ada = builders.user("admin", username="ada", is_staff=True)
    rows.upload_of(entered(visit, ada))
    wrong: dict[str, list[str]] = {}
    for page in [one for one in every_page() if is_looked_at(one)][part::PARTS]:
        address = rows.address(page)
        visit.trouble.clear()
        visit.go(address)
        visit.page.wait_for_function("window.Alpine !== undefined")
        found = seen(visit, page, WIDE, "light") + seen(visit, page, PHONE, "dark")
        found += visit.trouble
        if found:
            wrong[address] = found
    assert not wrong, "\n".join(
        f"{address}: {one}" for address, all_ in wrong.items() for one in all_
    )
