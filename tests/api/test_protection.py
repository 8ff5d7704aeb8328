"""What every answer tells browsers, whose requests are believed, and how much may be sent."""

from importlib import import_module
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import builders
from tests.api.client import PAYOUTS, Api, caller, refused
from tests.gateway.payments import payment
from tests.gateway.reporting import path_of, report_ready

pytestmark = pytest.mark.django_db
STATIC = "/static/lucidpay/admin.css"
LOGIN = "/admin/login/"
# Of each kind of answer one: path → its status for an admin, and what its policy must say.
NOTHING = {"default-src 'none'", "frame-ancestors 'none'"}
PAGE = NOTHING | {"script-src 'self'", "base-uri 'none'", "form-action 'self'"}
ANSWERS: dict[str, tuple[int, set[str]]] = {
    PAYOUTS: (200, NOTHING),
    f"{PAYOUTS}/nothing": (404, NOTHING),
    "/tron/wallets": (200, NOTHING),
    "/config": (200, NOTHING),
    "/health": (200, NOTHING),
    "/api/payment/metrics": (200, NOTHING),
    "/nothing": (404, NOTHING),
    "/pay/nothing": (404, PAGE - {"form-action 'self'"}),
    "/admin/": (200, PAGE),
    "/admin/nothing/": (404, NOTHING),
    LOGIN: (302, PAGE),
    "/api/docs": (200, PAGE),
    "/api/redoc": (200, PAGE),
    "/api/schema": (200, NOTHING),
    STATIC: (200, NOTHING),
    "/static/nothing.css": (404, NOTHING),
    "/static/../manage.py": (404, NOTHING),
    "/static/%2e%2e/manage.py": (404, NOTHING),
    "/": (302, NOTHING),
}
KEPT = {"/api/docs", "/api/redoc", "/api/schema", STATIC, "/static/nothing.css",
        "/static/../manage.py", "/static/%2e%2e/manage.py"}  # fmt: skip
CORS = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers", "Access-Control-Allow-Methods")  # fmt: skip
OURS = "https://good.example"
FOREIGN = ("https://evil.example", "null", "http://good.example", "https://good.example:8443",
           "https://good.example.evil.example", "https://evilgood.example",
           "https://good.example@evil.example", "https://sub.good.example")  # fmt: skip


@pytest.fixture
def admin() -> Client:
    """A browser of an admin, whose requests have a key of theirs as well."""
    boss = builders.user("admin", is_staff=True)
    headers = {"Authorization": f"Bearer {builders.token(boss)}"}
    client = Client(raise_request_exception=False, headers=headers)
    client.force_login(boss)
    return client


def policy_of(answer: Any) -> set[str]:
    return {rule.strip() for rule in answer.headers["Content-Security-Policy"].split(";")}


@pytest.fixture
def answers(admin: Client, settings: Any) -> dict[str, Any]:
    """One answer of each kind, over TLS, in production's settings for it."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    return {path: admin.get(path, secure=True) for path in ANSWERS}


def test_every_answer_protects_browsers(answers: dict[str, Any]) -> None:
    for path, answer in answers.items():
        list(answer)  # static files are open until they were read
        told = answer.headers
        assert answer.status_code == ANSWERS[path][0], path
        assert policy_of(answer) >= ANSWERS[path][1], path
        assert "'unsafe-eval'" not in told["Content-Security-Policy"], path
        assert told["X-Content-Type-Options"] == "nosniff", path
        assert told["X-Frame-Options"] == "DENY", path
        assert told["Referrer-Policy"] in ("same-origin", "no-referrer"), path
        assert "camera=()" in told["Permissions-Policy"], path
        assert told["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert told["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert told["Strict-Transport-Security"].startswith("max-age=31536000"), path
        assert ("no-store" in told.get("Cache-Control", "")) == (path not in KEPT), path
        assert {"Server", "X-Powered-By", *CORS}.isdisjoint(told), path


def test_a_report_s_file_is_handed_over_and_never_shown() -> None:
    merchant = caller("merchant")
    payment(merchant.user)
    answer = Client().get(path_of(report_ready(merchant, format="csv")["download_url"]))
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "no-store" in answer.headers["Cache-Control"]
    assert policy_of(answer) == NOTHING


def test_cookies_are_for_this_server_and_no_script() -> None:
    client = Client()
    boss = builders.user("admin", is_staff=True)
    client.get(LOGIN)
    client.post(LOGIN, {"username": boss.username, "password": builders.PASSWORD})
    assert {"csrftoken", "sessionid"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax"), cookie
    assert int(client.cookies["sessionid"]["max-age"]) == 43_200


def test_in_production_they_are_sent_over_tls_and_set_by_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of a test")
    production = import_module("lucidpay.settings.production")
    for kind in ("SESSION", "CSRF"):
        assert getattr(production, f"{kind}_COOKIE_SECURE") is True
        assert getattr(production, f"{kind}_COOKIE_NAME").startswith("__Host-")
    assert production.SECURE_SSL_REDIRECT is True
    assert production.SECURE_HSTS_SECONDS >= 31_536_000


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_no_other_origin_may_read_or_ask(settings: Any, method: str) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [OURS]
    one = caller("admin")
    for origin in (OURS, *FOREIGN):
        asks = {"Access_Control_Request_Method": "POST"} if method == "OPTIONS" else {}
        for path in (PAYOUTS, LOGIN, "/pay/nothing"):
            told = one.call(method, path, Origin=origin, **asks).headers
            assert set(CORS).isdisjoint(told), (origin, path)


def login_from(origin: str) -> int:
    """Send the form of the login with its right token, as from a page of this origin."""
    client = Client(enforce_csrf_checks=True)
    client.get(LOGIN, secure=True)
    return client.post(
        LOGIN,
        {"csrfmiddlewaretoken": client.cookies["csrftoken"].value, "username": "a"},
        headers={"Origin": origin},
        secure=True,
    ).status_code


def test_forms_come_from_this_server_or_exactly_from_a_trusted_origin(settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [OURS]
    assert [login_from(origin) for origin in (OURS, "https://testserver")] == [200, 200]
    assert {origin: login_from(origin) for origin in FOREIGN} == dict.fromkeys(FOREIGN, 403)


@pytest.mark.parametrize("path", [PAYOUTS, LOGIN, "/pay/nothing", "/health", STATIC, "/nothing"])
def test_it_answers_to_its_own_names_only(path: str) -> None:
    for host in ("evil.example", "testserver.evil.example", "testserver@evil.example",
                 "testserver:80:80", "testserver\x00", "[::1]"):  # fmt: skip
        answer = Api().get(path, Host=host)
        refused(answer, 400, "LUCID_ERR_1001")
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_no_header_of_a_proxy_names_another_host() -> None:
    merchant = caller("merchant")
    payment(merchant.user)
    told = report_ready(merchant, format="csv")
    path = f"/api/v1/payments/reports/{told['report_id']}"
    for name in ("X_Forwarded_Host", "X_Host", "Forwarded", "X_Forwarded_Server"):
        body = merchant.get(path, **{name: "host=evil.example"}).body
        assert body["download_url"].startswith("http://testserver/"), name


def form_of(**fields: Any) -> int:
    """Send a form to the login page, as anybody can."""
    return Client().post(LOGIN, fields).status_code


def test_a_stranger_sends_no_more_than_a_small_form() -> None:
    small, large = (SimpleUploadedFile("a.csv", b"a" * size) for size in (1000, 2_000_000))
    assert form_of(username="a", password="b") == 200
    assert form_of(username="a", file=small) == 200
    assert form_of(username="a", file=large) == 400
    assert form_of(username="a" * 2_000_000) == 400
    assert form_of(**{f"f{number}": "1" for number in range(1001)}) == 400
    assert form_of(**{f"f{number}": SimpleUploadedFile("a", b"a") for number in range(2)}) == 400
