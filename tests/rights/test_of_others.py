"""What belongs to somebody else is not there: every address that names a thing, by a stranger."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests import builders
from tests.api.client import Api, caller, refused
from tests.api.client import nothing_written as unchanged
from tests.gateway.payments import payment
from tests.gateway.reporting import asked
from tests.rights.every_call import Call, every_call
from tests.webhooks.api.hooks import delivery, endpoint

pytestmark = pytest.mark.django_db
REFUND = "/api/v1/payments/refund"
NOT_OF_A_USER = {"wallet_id", "operation_id", "address", "owner", "spender", "block_number",
                 "tx_id", "service_name"}  # fmt: skip
# How to make one of each, by what addresses call its id. The owner is a merchant and an end user.
MAKE: dict[str, Callable[[Api], Any]] = {
    "payout_id": lambda one: builders.payout(one.user).public_id,
    "batch_id": lambda one: builders.batch(one.user).public_id,
    "payment_id": lambda one: payment(one.user).public_id,
    "report_id": lambda one: asked(one).body["report_id"],
    "webhook_id": lambda one: endpoint(one.user).public_id,
    "delivery_id": lambda one: delivery(endpoint(one.user)).public_id,
}
# 403 before it is looked for: it takes a role that sees everybody's.
RELEASE = "/release"


@pytest.fixture
def both(settings: Any) -> tuple[Api, Api]:
    """Two who may the same, and nothing of each other."""
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
    builders.hot_wallet()
    owner, stranger = caller("merchant"), caller("merchant")
    for one in (owner, stranger):
        assert one.user is not None
        one.user.groups.add(builders.user("end_user").groups.get())
        one.token = builders.token(one.user)
    return owner, stranger


def calls_about(name: str) -> list[Call]:
    """Return the calls whose address names such a thing; the page of a payer is for all."""
    return [
        call
        for call in every_call()
        if f"{{{name}}}" in call.path and not call.path.startswith("/pay/")
    ]


def body_of(call: Call) -> bytes:
    """Return what the call takes, so that it comes as far as looking for the thing."""
    if call.method == "PATCH":
        return b'{"active": false}'
    if call.path.endswith("{webhook_id}/redeliver"):
        return b'{"since": "2026-01-01T00:00:00Z"}'
    return b"" if call.method == "GET" else b"{}"


def test_every_address_with_an_id_is_tried() -> None:
    named = {name for call in every_call() for name in re.findall(r"{(\w+)}", call.path)}
    assert named == set(MAKE) | NOT_OF_A_USER


@pytest.mark.contract("C-AUTH-9")
@pytest.mark.parametrize("name", MAKE)
def test_a_strangers_is_not_there(both: tuple[Api, Api], name: str) -> None:
    owner, stranger = both
    key = MAKE[name](owner)
    calls = calls_about(name)
    assert calls
    with unchanged():
        for call in calls:
            address = call.path.replace(f"{{{name}}}", key)
            body = body_of(call)
            answer = stranger.call(call.method, address, body)
            if call.path.endswith(RELEASE):
                refused(answer, 403, "LUCID_ERR_2010")
            else:
                assert answer.status == 404, (call, answer)
    seen = [
        owner.get(call.path.replace(f"{{{name}}}", key)) for call in calls if call.method == "GET"
    ]
    assert [one.status for one in seen if one.status not in (200, 409)] == []


def test_a_strangers_payment_is_not_given_back(both: tuple[Api, Api]) -> None:
    owner, stranger = both
    made = payment(owner.user, status="completed")
    body = {"payment_id": made.public_id, "reason": "merchant_initiated"}
    with unchanged():
        assert stranger.post(REFUND, body).status == 404
    assert owner.post(REFUND, body).status != 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/payment/payouts", "payout_id"),
        ("/tron/payouts/history", "payout_id"),
        ("/api/v1/payments/reports", "report_id"),
        ("/api/v1/payments/webhooks", "webhook_id"),
    ],
)
def test_no_list_has_what_is_a_strangers(both: tuple[Api, Api], path: str, name: str) -> None:
    owner, stranger = both
    key = MAKE[name](owner)
    assert key in owner.get(path).text
    assert key not in stranger.get(path).text
