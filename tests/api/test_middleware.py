"""What stands between the server and a view: all of it for pages, less for calls."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, reverse
from prometheus_client import REGISTRY, generate_latest

from lucidpay.middleware import API
from lucidpay.services import SERVICES
from lucidpay.urls import urlpatterns
from tests import builders
from tests.api.client import PAYOUTS, Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """Somebody who is logged in to the admin."""
    client = Client(raise_request_exception=False)
    client.force_login(builders.user("admin", is_staff=True, is_superuser=True))
    return client


CALLS = [PAYOUTS, "/api/v1/payouts", "/tron/kill-switch", "/status", "/stats", "/config",
         "/restart/x", *(f"/{name}/stats" for name in SERVICES)]  # fmt: skip


def paths(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    """Yield the pattern of every path."""
    for one in patterns:
        route = prefix + str(one.pattern).lstrip("^")
        if isinstance(one, URLResolver):
            yield from paths(one.url_patterns, route)
        else:
            yield route


def test_every_path_that_is_no_page_is_known_as_a_call() -> None:
    pages = ("/admin", "/api/schema", "/api/docs", "/api/redoc")
    calls = [one for one in paths(urlpatterns) if one != "/" and not one.startswith(pages)]
    assert len(calls) > 30
    assert [one for one in calls if not one.startswith(API)] == []


@pytest.mark.parametrize("path", CALLS)
def test_a_call_looks_for_no_session(browser: Client, path: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = browser.get(path)
    assert answer.status_code == 401
    assert not [one for one in asked.captured_queries if "django_session" in one["sql"]]
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_page_knows_who_is_logged_in(browser: Client) -> None:
    assert browser.get(reverse("admin:index")).status_code == 200
    assert Client().get(reverse("admin:index")).status_code == 302


def test_a_form_without_its_token_is_refused(browser: Client) -> None:
    browser.handler.enforce_csrf_checks = True
    assert browser.post("/admin/login/", {"username": "a"}).status_code == 403


@pytest.mark.parametrize("path", [PAYOUTS, "/admin/login/"])
def test_calls_and_pages_carry_the_headers_that_protect_browsers(path: str) -> None:
    answer = Client().get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_host_that_is_not_ours_is_refused_at_both() -> None:
    for path in (PAYOUTS, "/admin/login/"):
        assert Client(HTTP_HOST="evil.example").get(path).status_code == 400


def test_requests_are_counted_by_view_and_status(alice: Api) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value(
            "django_http_responses_total_by_status_view_method_total",
            {"status": "404", "view": "payout", "method": "GET"},
        ) or 0  # fmt: skip

    before = count()
    for _ in range(3):
        alice.get(f"{PAYOUTS}/odd")
    assert count() == before + 3


def test_a_made_up_method_is_no_label_of_its_own(alice: Api) -> None:
    """Else anybody could fill the memory with counters."""
    for number in range(3):
        assert alice.call(f"FROB{number}", PAYOUTS).status == 405
    told = generate_latest(REGISTRY).decode()
    assert "FROB" not in told
    assert 'method="<invalid method>"' in told
