"""Registering: what is taken, what is refused, and that the secret is shown once."""

import re
from typing import Any

import pytest
from django.apps import apps

from access.audit import INSERT
from lucidpay.clock import iso
from tests import builders
from tests.api.client import Api, nothing_written, refused
from tests.webhooks.api.hooks import (
    HOOKS,
    KINDS,
    REGISTER,
    URL,
    endpoint,
    merchant,
    register,
    wanted,
)
from webhooks.kinds import KINDS as ALL_KINDS
from webhooks.models import Endpoint
from webhooks.secrets import headers_open, secret_open

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Api:
    """A merchant."""
    return merchant()


@pytest.mark.contract("C-HOOK-1")
def test_it_answers_the_endpoint_with_its_secret(shop: Api) -> None:
    answer = register(shop, headers={"X-Shop": "north"})
    assert answer.status == 201
    body, stored = answer.body, Endpoint.objects.get()
    secret = body.pop("secret")
    assert body == {
        "webhook_id": stored.public_id,
        "url": URL,
        "events": KINDS,
        "headers": {"X-Shop": "********"},
        "active": True,
        "disabled_at": None,
        "disabled_reason": None,
        "failures": 0,
        "failing_since": None,
        "paused_until": None,
        "previous_secret_valid_until": None,
        "created_at": iso(stored.created_at),
        "updated_at": iso(stored.created_at),
    }
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret_open(stored.sealed_secret, stored.pk) == secret
    assert headers_open(stored.sealed_headers, stored.pk) == {"X-Shop": "north"}
    assert answer.headers["Location"] == f"{HOOKS}/{stored.public_id}"
    assert answer.headers["Cache-Control"] == "no-store"
    shown = shop.get(answer.headers["Location"])
    assert shown.body == body
    assert secret not in shown.text + shop.get(HOOKS).text


@pytest.mark.contract("C-HOOK-1")
def test_secret_and_header_values_rest_in_boxes_only(shop: Api) -> None:
    secret = register(shop, headers={"X-Token": "open sesame"}).body["secret"]
    [row] = Endpoint.objects.values()
    assert secret not in str(row)
    assert "sesame" not in str(row)
    assert row["header_names"] == ["X-Token"]


@pytest.mark.contract("C-HOOK-1")
def test_the_web_seals_with_the_public_key_alone(shop: Api, settings: Any) -> None:
    settings.VAULT_KEY = ""
    assert register(shop, headers={"X-Shop": "north"}).status == 201


def test_without_a_vault_key_it_says_what_the_operator_must_do(
    shop: Api, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.VAULT_KEY = settings.VAULT_PUBLIC_KEY = ""
    with nothing_written():
        answer = register(shop, headers={"X-Shop": "north"})
        refused(answer, 500, "LUCID_ERR_1000")
    assert "VAULT_PUBLIC_KEY" in answer.body["detail"]
    logged = caplog.text
    assert "webhook_secret_not_sealed" in logged
    assert "north" not in logged
    assert "whsec_" not in logged


@pytest.mark.contract("C-HOOK-1")
def test_it_can_be_registered_before_anything_is_sent(shop: Api) -> None:
    body = register(shop, active=False).body
    assert (body["active"], body["disabled_reason"]) == (False, "owner")
    assert body["disabled_at"] == body["created_at"]


@pytest.mark.contract("C-PATH-1")
def test_it_answers_with_a_slash_as_well(shop: Api) -> None:
    assert shop.post(f"{REGISTER}/", wanted()).status == 201
    assert shop.get(f"{HOOKS}/").status == 200


def test_every_promised_type_can_be_subscribed_to(shop: Api) -> None:
    assert register(shop, events=list(ALL_KINDS)).body["events"] == list(ALL_KINDS)


@pytest.mark.contract("C-HOOK-2")
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"url": ...}, "url"), ({"url": ""}, "url"), ({"url": 7}, "url"), ({"url": None}, "url"),
        ({"url": "ftp://shop.example/"}, "url"), ({"url": "shop.example"}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"), ({"url": "http://shop.example/\n"}, "url"),
        ({"url": f"http://127.0.0.1/{'x' * 2000}"}, "url"),
        ({"events": ...}, "events"), ({"events": []}, "events"), ({"events": "*"}, "events"),
        ({"events": {}}, "events"), ({"events": None}, "events"),
        ({"events": ["payout.confirmed"] * 2}, "events"),
        ({"events": ["payout.exploded"]}, "events[0]"), ({"events": ["webhook.test"]}, "events[0]"),
        ({"events": [["payout.failed"]]}, "events[0]"), ({"events": [7]}, "events[0]"),
        ({"headers": []}, "headers"), ({"headers": "X: y"}, "headers"),
        ({"headers": None}, "headers"),
        ({"headers": {f"X-{n}": "y" for n in range(21)}}, "headers"),
        ({"active": "true"}, "active"), ({"active": 1}, "active"), ({"active": None}, "active"),
        ({"secret": "whsec_mine"}, "secret"), ({"event": "x"}, "event"),
    ],
)  # fmt: skip
def test_it_names_what_is_wrong(shop: Api, fields: dict, named: str) -> None:
    with nothing_written():
        details = refused(register(shop, **fields), 400, "LUCID_ERR_1001")
    assert set(details) == {named}


@pytest.mark.contract("C-HOOK-2")
@pytest.mark.parametrize("name", [
    "host", "Host", "Content-Length", "content-type", "Content-Encoding", "Transfer-Encoding",
    "connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Proxy-Authorization",
    "proxy-x", "Accept-Encoding", "User-Agent", "webhook-id", "Webhook-Signature",
    "X-Webhook-Signature", "x-webhook-anything",
    "", " ", "X Y", "X:Y", "X-\u00e9", "X-Y\n", "X\r\nHost", "(X)", "x" * 101, "X\u0661",
])  # fmt: skip
def test_it_refuses_headers_that_are_not_the_owners_to_set(shop: Api, name: str) -> None:
    with nothing_written():
        details = refused(register(shop, headers={name: "y"}), 400, "LUCID_ERR_1001")
    assert set(details) == {f"headers.{name}"}


@pytest.mark.contract("C-HOOK-2")
@pytest.mark.parametrize("value", [
    "", " ", " y", "y ", "y\nX: z", "y\r\n", "\x00", "\u00e9", "x" * 1001, 7, None, ["y"],
    "********",
])  # fmt: skip
def test_it_refuses_values_that_cannot_be_sent(shop: Api, value: Any) -> None:
    with nothing_written():
        answer = register(shop, headers={"X-Y": value})
        if value == "\x00":
            refused(answer, 400, "LUCID_ERR_1001")
            return
        assert set(refused(answer, 400, "LUCID_ERR_1001")) == {"headers.X-Y"}


@pytest.mark.contract("C-HOOK-2")
def test_names_of_headers_differ_by_more_than_case(shop: Api) -> None:
    with nothing_written():
        details = refused(register(shop, headers={"X-A": "1", "x-a": "2"}), 400, "LUCID_ERR_1001")
    assert set(details) == {"headers.X-A", "headers.x-a"}


def test_the_longest_headers_are_taken(shop: Api) -> None:
    headers = {f"x-{'a' * 96}{n:02}": "~" * 1000 for n in range(20)}
    assert len(next(iter(headers))) == 100
    assert len(register(shop, headers=headers).body["headers"]) == 20
    assert register(shop, headers={"Authorization": "Bearer a b"}).status == 201


@pytest.mark.contract("C-HOOK-2")
def test_a_refusal_never_repeats_a_value(shop: Api) -> None:
    answer = register(shop, headers={"X-Token": "open sesame\n", "Host": "open sesame"})
    assert "sesame" not in answer.text


@pytest.mark.contract("C-HOOK-3")
def test_nobody_has_more_than_the_limit(shop: Api, settings: Any) -> None:
    settings.WEBHOOK_ENDPOINTS_MAX = 2
    first = register(shop).headers["Location"]
    assert register(shop, active=False).status == 201
    with nothing_written():
        assert refused(register(shop), 409, "LUCID_ERR_1005") == {"limit": 2, "used": 2}
    assert register(merchant()).status == 201
    assert shop.call("DELETE", first).status == 204
    assert register(shop).status == 201


@pytest.mark.contract("C-HOOK-4")
@pytest.mark.parametrize("role", ["end_user", "auditor", "node_operator"])
def test_other_roles_may_not(db: None, role: str) -> None:
    one = Api(builders.token(builders.user(role)))
    hook = endpoint(builders.user("merchant"))
    for method, path in (
        ("POST", REGISTER), ("GET", HOOKS), ("GET", f"{HOOKS}/{hook.public_id}"),
        ("PATCH", f"{HOOKS}/{hook.public_id}"), ("DELETE", f"{HOOKS}/{hook.public_id}"),
        ("POST", f"{HOOKS}/{hook.public_id}/test"), ("GET", f"{HOOKS}/events"),
        ("POST", f"{HOOKS}/{hook.public_id}/rotate-secret"),
        ("GET", f"{HOOKS}/{hook.public_id}/deliveries"),
        ("POST", f"{HOOKS}/{hook.public_id}/redeliver"),
        ("GET", f"{HOOKS}/deliveries/delivery_{'0' * 32}"),
        ("POST", f"{HOOKS}/deliveries/delivery_{'0' * 32}/redeliver"),
    ):  # fmt: skip
        with nothing_written():
            refused(one.call(method, path), 403, "LUCID_ERR_2010")
            refused(Api().call(method, path), 401, "LUCID_ERR_1002")


def test_the_audit_trail_tells_of_it_without_secrets(shop: Api) -> None:
    made = register(shop, headers={"X-Token": "open sesame"}).body
    [entry] = apps.get_model("webhooks", "EndpointAudit").objects.values()
    assert (entry["pgh_label"], entry["url"]) == (INSERT, URL)
    assert entry["pgh_context"]["user"] == shop.user.pk  # type: ignore[union-attr]
    for secret in (made["secret"], "sesame", Endpoint.objects.get().sealed_secret):
        assert secret not in str(entry)
