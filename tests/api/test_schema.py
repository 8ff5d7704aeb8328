"""The OpenAPI document says what the views do, and its pages need nothing from elsewhere."""

import re
from difflib import unified_diff
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client

from lucidpay.api.json import dumps, loads
from lucidpay.management.commands.openapi import DOCUMENT, document_text
from lucidpay.services import SERVICES
from payouts.api.serializers import PayoutCreateIn, PayoutOut
from payouts.representation import payout_body
from tests import builders
from tests.api.client import PAYOUTS, Api, order
from tests.api.tron_calls import TELLS_WHERE, TRON
from tests.webhooks.api import hooks
from webhooks.kinds import KINDS, TEST
from webhooks.models import Event

HINT = "POST /api/v1/payments/webhooks/payment-status"
CREATES = (
    "POST /api/payment/payouts", "POST /api/payment/payouts/batch",
    "POST /api/v1/payments/webhooks/register", "POST /api/v1/payments/create",
    "POST /api/v1/payments/reports/generate",
)  # fmt: skip
DOWNLOAD = "GET /api/v1/payments/reports/{report_id}/download"  # of any of the formats
# What these make has no page of its own to be read at.
MADE = tuple(f"POST /api/v1/payments/{one}" for one in ("batch", "refund", "reconcile"))
PREVIEW = ("POST /tron/wallets/{wallet_id}/permissions", "200")
LIVE = "GET /health/live"
NEED_A_CALLER = (
    "/payouts", "/stats", "/tron", "/status", "/config", "/restart", "/webhooks",
    "/reports", "/analytics",
)  # fmt: skip
EMPTY = {"type": "object", "additionalProperties": False}
BINARY = {"type": "string", "format": "binary"}
RAISED = {f"LUCID_ERR_{code}" for code in (1000, 1001, 1002, 1003, 1004, 1005, 1006, 2001, 2004,
                                           2005, 2006, 2007, 2008, 2009, 2010)}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The document as it is served."""
    return Api().get("/api/schema/").body


def _operations(schema: dict) -> dict[str, dict]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def _validator(schema: dict, part: dict) -> jsonschema.Draft202012Validator:
    """OpenAPI 3.1's schemas are JSON Schema 2020-12."""
    return jsonschema.Draft202012Validator({**part, "components": schema["components"]})


@pytest.mark.contract("C-DOC-1")
def test_it_is_openapi_3_1(schema: dict) -> None:
    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["title"] == "LucidPay"
    assert re.fullmatch(r"\d+\.\d+\.\d+", schema["info"]["version"])
    assert schema["components"]["securitySchemes"] == {
        "bearer": schema["components"]["securitySchemes"]["bearer"]
    }
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_it_has_every_operation_once(schema: dict) -> None:
    operations = _operations(schema)
    wanted = {
        f"{method} /api/payment/{path}"
        for method, path in (
            ("POST", "payouts"), ("GET", "payouts"), ("GET", "payouts/{payout_id}"),
            ("POST", "payouts/{payout_id}/cancel"), ("GET", "payouts/{payout_id}/events"),
            ("POST", "payouts/batch"), ("GET", "payouts/batch/{batch_id}"),
            ("POST", "payouts/batch/{batch_id}/cancel"), ("POST", "payouts/batch/{batch_id}/pause"),
            ("POST", "payouts/batch/{batch_id}/resume"),
            ("POST", "payouts/batch/{batch_id}/release"),
        )
    } | {
        "GET /api/payment/health", "GET /api/payment/stats",
        "POST /api/auth/token", "POST /api/auth/token/refresh",
        "POST /api/auth/token/revoke", *TRON,
        "GET /health", "GET /health/live", "GET /health/ready", "GET /status", "GET /stats",
        "GET /config", "POST /restart/{service_name}", *(f"GET /{name}/stats" for name in SERVICES),
    } | {
        f"{method} /api/v1/payments/{path}"
        for method, path in (
            ("GET", "webhooks"), ("POST", "webhooks/register"), ("GET", "webhooks/{webhook_id}"),
            ("PATCH", "webhooks/{webhook_id}"), ("DELETE", "webhooks/{webhook_id}"),
            ("POST", "webhooks/{webhook_id}/rotate-secret"),
            ("POST", "webhooks/{webhook_id}/test"), ("GET", "webhooks/{webhook_id}/deliveries"),
            ("POST", "webhooks/{webhook_id}/redeliver"), ("GET", "webhooks/events"),
            ("GET", "webhooks/deliveries/{delivery_id}"),
            ("POST", "webhooks/deliveries/{delivery_id}/redeliver"),
            ("POST", "webhooks/payment-status"), ("POST", "create"), ("POST", "batch"),
            ("GET", "status/{payment_id}"), ("POST", "refund"), ("POST", "reconcile"),
            ("POST", "reports/generate"), ("GET", "reports"), ("GET", "reports/{report_id}"),
            ("GET", "reports/{report_id}/download"), ("GET", "analytics"),
            ("GET", "fees/calculate"), ("GET", "settlement/info"), ("GET", "health"),
        )
    }  # fmt: skip
    assert set(operations) == wanted
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(schema: dict) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [ref for value in part.values() for ref in references(value)]
        if isinstance(part, list):
            return [ref for value in part for ref in references(value)]
        return []

    found = references(schema)
    assert found
    for reference in found:
        part: Any = schema
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def test_a_change_of_nothing_is_none(schema: dict) -> None:
    patches = [one for name, one in _operations(schema).items() if name.startswith("PATCH")]
    assert [one["requestBody"]["required"] for one in patches] == [True, True]


def test_every_component_is_a_json_schema(schema: dict) -> None:
    for component in schema["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(component)


def test_every_operation_documents_its_answers(schema: dict) -> None:
    for name, operation in _operations(schema).items():
        documented = set(operation["responses"])
        wanted = {*_good(name), "400", "406", "429", "500", "503"}
        if name == LIVE:  # it asks nobody, so nobody can be away and nothing is counted
            wanted -= {"429", "503"}
            assert not {"429", "503"} & documented
        if name.startswith("POST /restart"):
            wanted = wanted - {"200"} | {"202", "404", "409"}
        if name == HINT:
            wanted |= {"401"}
            assert "security" not in operation
        elif any(part in name for part in NEED_A_CALLER):
            wanted |= {"401", "403"}
            assert operation["security"] == [{"bearer": []}]
        if name.startswith(("POST", "PATCH")):
            wanted |= {"415"}
        if "_id}" in name:
            wanted |= {"404"}
        if any(one.get("name") == "Idempotency-Key" for one in operation.get("parameters", ())):
            wanted |= {"409", "422"}
        if name.startswith("POST") and name.endswith(("/payouts", "payouts/batch")):
            wanted |= {"200", "201", "409", "422", "500"}
        if name.endswith(("test", "redeliver", "register", "webhooks/events")):
            wanted |= {"409"}
        if name.endswith(
            ("records/{address}", "recipients/{address}", "}/revoke", "usdt/transfer")
        ):
            wanted |= {"404"}
        if name.endswith(("cancel", "pause", "resume", "release")):
            wanted |= {"200", "409"}
        if "auth" in name:
            wanted |= {"200", "401"}
        assert wanted <= documented, (name, wanted - documented)
        for status, answer in operation["responses"].items():
            if status >= "400" and "health" not in name:
                reference = answer["content"]["application/json"]["schema"]["$ref"]
                assert reference.endswith("/ErrorOut")


def _good(name: str) -> tuple[str, ...]:
    """Return the statuses of an operation's good answers."""
    if name in TRON:
        return TRON[name]
    if name.endswith(("/test", "/redeliver")):
        return ("202",)
    if name.startswith("DELETE"):
        return ("204",)
    if name.endswith(("/register", "/generate")) or name in MADE:
        return ("201",)
    return ("200", "201") if name.endswith("payments/create") else ("200",)


def test_it_speaks_json_only(schema: dict) -> None:
    for name, operation in _operations(schema).items():
        if "requestBody" in operation:
            assert set(operation["requestBody"]["content"]) == {"application/json"}
        for status, answer in operation["responses"].items():
            told = set(answer.get("content", {"application/json": 1}))
            assert told == {"application/json"} or (name, status) == (DOWNLOAD, "200")


@pytest.mark.contract("C-PAYOUT-1")
@pytest.mark.django_db
def test_the_payout_is_the_one_that_is_sent(schema: dict) -> None:
    alice = builders.user()
    builders.hot_wallet()
    body = payout_body(builders.payout(alice))
    documented = schema["components"]["schemas"]["PayoutOut"]
    assert set(PayoutOut().fields) == set(body) == set(documented["properties"])
    assert set(documented["required"]) == set(body)


@pytest.mark.contract("C-DOC-2")
@pytest.mark.parametrize("status", ["pending", "confirmed", "failed", "cancelled"])
def test_what_is_answered_is_valid(schema: dict, alice: Api, status: str) -> None:
    payout = builders.payout(alice.user, status=status, metadata={"a": 1})
    one = alice.get(f"{PAYOUTS}/{payout.public_id}").body
    components = schema["components"]["schemas"]
    _validator(schema, components["PayoutOut"]).validate(_plain(one))
    _validator(schema, components["PayoutListOut"]).validate(_plain(alice.get(PAYOUTS).body))
    wrong = alice.pay(amount_usdt=0)
    _validator(schema, components["ErrorOut"]).validate(_plain(wrong.body))
    health = Api().get("/api/payment/health").body
    _validator(schema, components["HealthOut"]).validate(_plain(health))


def test_what_is_answered_of_batches_is_valid(schema: dict, alice: Api, operator: Api) -> None:
    components = schema["components"]["schemas"]
    sent = {"payouts": [order(), order(amount_usdt="2.50")], "batch_type": "DAILY"}
    _validator(schema, components["BatchCreateInRequest"]).validate(_plain(sent))
    made = alice.post(f"{PAYOUTS}/batch", sent)
    path = made.headers["Location"]
    answers = {
        "BatchCreatedOut": made,
        "BatchOut": operator.post(f"{path}/release"),
        "BatchCancelledOut": alice.post(f"{path}/cancel"),
    }
    for name, answer in answers.items():
        assert answer.status in (200, 201)
        assert set(answer.body) == set(components[name]["properties"])
        _validator(schema, components[name]).validate(_plain(answer.body))


@pytest.mark.contract("C-DOC-2")
def test_what_is_answered_of_webhooks_is_valid(schema: dict, operator: Api, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
    components = schema["components"]["schemas"]
    sent = hooks.wanted(headers={"X-Shop": "north"})
    _validator(schema, components["EndpointInRequest"]).validate(_plain(sent))
    made = operator.post(hooks.REGISTER, sent)
    path = made.headers["Location"]
    tried = operator.post(f"{path}/test")
    delivery = hooks.Delivery.objects.get()
    hooks.attempts(delivery, [1])
    hooks.told(operator.user)
    since = {"since": made.body["created_at"]}
    answers = {
        "EndpointSecretOut": made,
        "EndpointOut": operator.get(path),
        "EndpointListOut": operator.get(hooks.HOOKS),
        "DeliveryOut": tried,
        "DeliveryListOut": operator.get(f"{path}/deliveries"),
        "DeliveryToldOut": operator.get(f"{hooks.HOOKS}/deliveries/{delivery.public_id}"),
        "RedeliveredOut": operator.post(f"{path}/redeliver", since),
        "StreamOut": operator.get(f"{hooks.HOOKS}/events"),
    }
    for name, answer in answers.items():
        assert answer.status in (200, 201, 202), answer
        assert set(answer.body) == set(components[name]["properties"])
        _validator(schema, components[name]).validate(_plain(answer.body))


@pytest.mark.contract("C-DOC-2", "C-HOOK-12")
def test_what_webhooks_send_is_valid(schema: dict, alice: Api, operator: Api) -> None:
    payouts = [builders.payout(alice.user, status=status) for status in ("confirmed", "failed")]
    builders.approved(builders.in_review(alice.user))
    builders.batch(alice.user)
    assert payouts
    bodies = list(Event.objects.order_by("type").values_list("type", "body"))
    assert len({kind for kind, _ in bodies}) >= 6
    hook = hooks.endpoint(operator.user)
    operator.post(f"{hooks.HOOKS}/{hook.public_id}/test")
    bodies += Event.objects.filter(type=TEST).values_list("type", "body")
    for kind, body in bodies:
        content = schema["webhooks"][kind]["post"]["requestBody"]["content"]
        _validator(schema, content["application/json"]["schema"]).validate(loads(body))
    assert set(schema["webhooks"]) == {*KINDS, TEST}


def test_what_may_be_asked_is_documented(schema: dict) -> None:
    documented = schema["components"]["schemas"]["PayoutCreateInRequest"]
    assert set(documented["properties"]) == set(PayoutCreateIn().fields)
    assert set(documented["required"]) == {"recipient_address", "amount_usdt"}
    validator = _validator(schema, documented)
    validator.validate(_plain(order()))
    validator.validate(_plain(order(amount_usdt="12.50")))
    for wrong in (order(amount_usdt=True), order(amount_usdt="x"), order(priority="x")):
        assert not validator.is_valid(_plain(wrong))


@pytest.mark.contract("C-DOC-4")
@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs", "/api/redoc/", "/api/redoc"])
def test_the_pages_use_files_of_this_machine_only(path: str) -> None:
    page = Api().get(path)
    assert page.status == 200
    files = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    files = [one for one in files if not one.startswith(("data:", "#"))]
    # The script that starts the page stands beside it: the policy forbids one within it.
    if (script := f"{path}?script=") in files:
        files.remove(script)
        assert "javascript" in Api().get(script).headers["Content-Type"]
    assert files
    for file in files:
        assert file.startswith("/static/"), file
        served = _served(file)
        assert served.status_code == 200, file
        assert b"".join(served)
    assert "://" not in page.text


def _served(path: str) -> HttpResponse:
    """Static files are bytes that need not be text."""
    return Client().get(path)


def _plain(body: Any) -> Any:
    """Return the body as it comes over the wire, with exact numbers."""
    return loads(dumps(body))


def _examples(schema: dict) -> list[tuple[str, dict, Any]]:
    """Return every example of a body with its place and the schema it must fit."""
    found = []
    for name, operation in _operations(schema).items():
        bodies = {f"{name} {status}": answer for status, answer in operation["responses"].items()}
        if "requestBody" in operation:
            bodies[f"{name} asked"] = operation["requestBody"]
        for place, body in bodies.items():
            # An answer without a body has none.
            for content in body.get("content", {}).values():
                assert content.get("examples") or content["schema"] in (EMPTY, BINARY), place
                found += [
                    (f"{place} {title}", content["schema"], example["value"])
                    for title, example in content.get("examples", {}).items()
                ]
    return found


@pytest.mark.contract("C-DOC-2")
def test_every_body_has_an_example_and_it_fits(schema: dict) -> None:
    found = _examples(schema)
    assert len(found) > 60
    for place, part, value in found:
        errors = list(_validator(schema, part).iter_errors(_plain(value)))
        assert not errors, (place, errors)


@pytest.mark.contract("C-DOC-2")
def test_every_code_that_can_be_answered_has_an_example(schema: dict) -> None:
    shown = {
        value["error"]["code"]
        for _, _, value in _examples(schema)
        if isinstance(value, dict) and value.get("error")
    }
    assert shown >= RAISED


@pytest.mark.contract("C-DOC-2")
def test_every_answer_tells_its_headers(schema: dict) -> None:
    for name, operation in _operations(schema).items():
        for status, answer in operation["responses"].items():
            headers = set(answer["headers"])
            assert "X-Request-ID" in headers, name
            assert ("WWW-Authenticate" in headers) == (status == "401"), name
            assert ({"Retry-After", "X-RateLimit-Retry-After"} <= headers) == (status == "429")
            is_counted = status not in ("401", "406") and name != LIVE
            assert ("X-RateLimit-Limit" in headers) == is_counted, name
            made = name in CREATES and status in ("200", "201")
            made |= name in TELLS_WHERE and status in TRON[name] and (name, status) != PREVIEW
            assert ("Location" in headers) == made, name
            assert answer["description"], (name, status)
        assert operation["summary"]
        assert operation["description"]


def test_every_tag_is_described(schema: dict) -> None:
    described = [tag["name"] for tag in schema["tags"] if tag["description"]]
    used = {tag for operation in _operations(schema).values() for tag in operation["tags"]}
    assert sorted(described) == sorted(used)


@pytest.mark.contract("C-DOC-1")
def test_the_committed_document_is_the_code_s() -> None:
    """After a change: ``manage.py openapi``."""
    committed, made = DOCUMENT.read_text().splitlines(), document_text().splitlines()
    diff = "\n".join(unified_diff(committed, made, "docs/openapi.json", "the code", lineterm=""))
    assert not diff, f"write it again with `python manage.py openapi`:\n{diff}"


@pytest.mark.contract("C-DOC-1")
def test_the_document_is_valid_and_warns_of_nothing(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi"))


def test_a_text_that_the_schema_takes_is_taken(schema: dict) -> None:
    text = schema["components"]["schemas"]["PayoutCreateInRequest"]["properties"]["reason"]
    validator = _validator(schema, text)
    for good in ("x", " x ", "é", "x" * 200, "\u202e"):
        assert validator.is_valid(good)
        assert PayoutCreateIn(data=order(amount_usdt=1, reason=good)).is_valid()
    for bad in ("", " ", "\u2003", "a\nb", "\x7f", "x" * 201, "x" * 200 + " "):
        assert not validator.is_valid(bad)
        assert not PayoutCreateIn(data=order(amount_usdt=1, reason=bad)).is_valid()
