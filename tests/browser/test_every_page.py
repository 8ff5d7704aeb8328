"""Every page of the console as an admin sees it: no console error, no breach of the policy, no
serious finding of axe, nothing to push sideways."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse

from access.models import User
from tests import builders
from tests.admin import pages
from tests.admin.rows import one_of_each
from tests.browser.conftest import Visit
from tests.browser.test_admin import is_too_wide, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SERIOUS = ("serious", "critical")
VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture
def rows() -> dict[str, Any]:
    """One row of each model."""
    builders.hot_wallet()
    return one_of_each(builders.user("merchant", username="chairs-and-tables"))


def entered(visit: Visit, person: User) -> None:
    """Enter without the login page, which has a journey of its own."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    visit.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": visit.site}]
    )
    visit.page.add_init_script(VIOLATIONS)


def addresses(rows: dict[str, Any]) -> list[str]:
    """Return the address of every list, of a row of each and of what the sidebar has besides."""
    lists = [pages.listing(model) for model in pages.MODELS]
    details = [pages.detail(row) for row in rows.values() if row is not None]
    forms = [reverse(f"admin:{model}_add") for model in ("access_user", "access_apikey")]
    others = [reverse("admin:index"), reverse("audit"), f"{reverse('find')}?q=nothing"]
    return [*others, *lists, *details, *forms]


def findings(visit: Visit) -> list[str]:
    """Return what axe holds for serious, with the elements it is about."""
    told = Axe().run(visit.page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in told
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("visit", ["wide-light", "phone-dark"], indirect=True)
def test_every_page_keeps_to_the_policy_and_can_be_used_by_all(
    visit: Visit, rows: dict[str, Any]
) -> None:
    entered(visit, builders.user("admin", username="ada", is_staff=True))
    wrong: dict[str, list[str]] = {}
    for address in addresses(rows):
        visit.trouble.clear()
        visit.go(address)
        visit.page.wait_for_function("window.Alpine !== undefined")
        found = [*visit.trouble, *findings(visit)]
        if is_too_wide(visit):
            found.append("must be pushed sideways")
        if found:
            wrong[address] = found
        picture(visit, f"page{address.replace('/', '-')}"[:90])
    assert not wrong, "\n".join(
        f"{address}: {one}" for address, all_ in wrong.items() for one in all_
    )
