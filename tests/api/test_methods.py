"""Paths, methods and hosts: every refusal in the envelope."""

import pytest

from tests import builders
from tests.api.client import PAYOUTS, Api, refused
from tests.webhooks.api.hooks import HOOKS

UNKNOWN = [
    "/nothing", "/api", "/api/", "/api/payment", "/api/payment/", "/api/payment/payout",
    "/api/payment/payouts//", "/api/payment//payouts", "/api/payment/payouts/a/b",
    "/api/payment/payouts/a/cancel/b", "/api/payment/Payouts", "/api/v2/payouts",
    "/api/payment/payouts%0A", "/api/payment/health%0A", "/api/auth/token%0A", "/api/payment/%00",
    "/api/auth/", "/api/v1/payments", "/api/v1/payments/", "/api/v1/webhooks",
    "/api/v1/payments/webhooks/a/b", "/api/v1/payments/webhooks/deliveries/a/b",
    "/api/payment/webhooks", "/api/payment/payouts%2F%2F", "/%ff%fe", "/" + "a" * 5_000,
    "/health/dead", "/health%0A", "/healthy", "/statuses", "/stats/tron-client", "/restart",
    "/restart/", "/restart/a/b", "/tron-client", "/tron-client/", "/lucidpay/stats", "/config/api",
]  # fmt: skip


@pytest.mark.contract("C-PATH-3", "C-ERR-1")
@pytest.mark.parametrize("path", UNKNOWN, ids=lambda path: path[:40])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_answers_unknown_paths_with_1003(alice: Api, path: str, method: str) -> None:
    assert refused(alice.call(method, path), 404, "LUCID_ERR_1003") == {}
    assert refused(Api().call(method, path), 404, "LUCID_ERR_1003") == {}


@pytest.mark.contract("C-PATH-4")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (PAYOUTS, {"GET", "HEAD", "OPTIONS", "POST"}),
        (f"{PAYOUTS}/x", {"GET", "HEAD", "OPTIONS"}),
        (f"{PAYOUTS}/x/cancel", {"OPTIONS", "POST"}),
        ("/api/payment/health", {"GET", "HEAD", "OPTIONS"}),
        ("/api/payment/stats", {"GET", "HEAD", "OPTIONS"}),
        ("/api/auth/token", {"OPTIONS", "POST"}),
        ("/api/auth/token/refresh", {"OPTIONS", "POST"}),
        ("/api/auth/token/revoke", {"OPTIONS", "POST"}),
        ("/health", {"GET", "HEAD", "OPTIONS"}),
        ("/health/live", {"GET", "HEAD", "OPTIONS"}),
        ("/health/ready", {"GET", "HEAD", "OPTIONS"}),
        ("/status", {"GET", "HEAD", "OPTIONS"}),
        ("/stats", {"GET", "HEAD", "OPTIONS"}),
        ("/payout-router/stats", {"GET", "HEAD", "OPTIONS"}),
        ("/config", {"GET", "HEAD", "OPTIONS"}),
        ("/restart/tron-client", {"OPTIONS", "POST"}),
        (HOOKS, {"GET", "HEAD", "OPTIONS"}),
        (f"{HOOKS}/register", {"OPTIONS", "POST"}),
        (f"{HOOKS}/events", {"GET", "HEAD", "OPTIONS"}),
        (f"{HOOKS}/payment-status", {"OPTIONS", "POST"}),
        (f"{HOOKS}/x", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}),
        (f"{HOOKS}/x/rotate-secret", {"OPTIONS", "POST"}),
        (f"{HOOKS}/x/test", {"OPTIONS", "POST"}),
        (f"{HOOKS}/x/redeliver", {"OPTIONS", "POST"}),
        (f"{HOOKS}/x/deliveries", {"GET", "HEAD", "OPTIONS"}),
        (f"{HOOKS}/deliveries/x", {"GET", "HEAD", "OPTIONS"}),
        (f"{HOOKS}/deliveries/x/redeliver", {"OPTIONS", "POST"}),
    ],
)
def test_it_names_the_methods_it_allows(alice: Api, path: str, allowed: set[str]) -> None:
    every = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"}
    for method in sorted(every - allowed):
        answer = alice.call(method, path)
        if method == "HEAD":
            assert (answer.status, answer.text) == (405, "")
        else:
            refused(answer, 405, "LUCID_ERR_1004")
        assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.contract("C-PATH-5")
def test_head_is_get_without_a_body(alice: Api) -> None:
    payout = builders.payout(alice.user)
    for path in (PAYOUTS, f"{PAYOUTS}/{payout.public_id}"):
        head, get = alice.call("HEAD", path), alice.get(path)
        assert (head.status, head.text) == (200, "")
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert alice.call("HEAD", f"{PAYOUTS}/x").status == 404
    assert Api().call("HEAD", PAYOUTS).status == 401


@pytest.mark.contract("C-PATH-5")
def test_options_tells_callers_what_can_be_done(alice: Api) -> None:
    answer = alice.call("OPTIONS", PAYOUTS)
    assert answer.status == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    refused(Api().call("OPTIONS", PAYOUTS), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-PATH-6", "C-ERR-1")
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "[::1", ""])
def test_it_refuses_requests_for_other_hosts(alice: Api, host: str) -> None:
    refused(alice.get(PAYOUTS, Host=host), 400, "LUCID_ERR_1001")
