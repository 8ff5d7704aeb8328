"""The API's description in a browser, under the policy that the server sends."""

import pytest

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_both_readers_show_what_the_api_can_do(visit: Visit) -> None:
    for path, shown in (
        ("/api/docs/", "#swagger-ui .opblock"),
        ("/api/redoc/", "[data-section-id]"),
    ):
        visit.go(path)
        visit.page.wait_for_selector(shown)
        assert "payouts" in visit.page.inner_text("body").lower()
    # Redoc asks for its maker's logo, and the policy lets no page ask anybody else.
    assert [one for one in visit.trouble if "cdn.redoc.ly" not in one] == []
