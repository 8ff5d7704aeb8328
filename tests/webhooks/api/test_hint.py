"""A chain watcher's hint makes the chain be looked at, and is never believed."""

import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any

import pytest

from lucidpay.api.throttling import redis_client
from payouts.models import Payout
from tests import builders
from tests.api.client import Answer, Api, nothing_written, refused
from tests.waiting import until
from tests.webhooks.api.hooks import HOOKS
from tron.models import ChainTransaction

pytestmark = pytest.mark.django_db
HINT = f"{HOOKS}/payment-status"
SECRET = "a watcher's secret"
Captured = Callable[..., AbstractContextManager[list]]


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.INBOUND_WEBHOOK_SECRET = SECRET


@pytest.fixture
def rung(django_capture_on_commit_callbacks: Captured) -> Iterator[list]:
    """What is rung for at the commit of what is done meanwhile."""
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        yield callbacks


def body(**fields: Any) -> str:
    given = {"payout_id": "payout_1", "status": "confirmed", "transaction_hash": "ab" * 32}
    return json.dumps({name: v for name, v in {**given, **fields}.items() if v is not ...})


def signature(raw: str, key: str = SECRET) -> str:
    return hmac.new(key.encode(), raw.encode(), sha256).hexdigest()


def hint(raw: str, signed: str | None = None, *, one: Api | None = None) -> Answer:
    return (one or Api()).call(
        "POST", HINT, raw, X_Webhook_Signature=signature(raw) if signed is None else signed
    )


def rings() -> list[str]:
    """The tasks that the broker holds for workers."""
    client = redis_client()
    lists = [key for key in client.scan_iter() if client.type(key) == b"list"]
    return [json.loads(m)["headers"]["task"] for key in lists for m in client.lrange(key, 0, -1)]


@pytest.mark.contract("C-HOOK-13")
def test_a_hint_makes_the_chain_be_looked_at(
    alice: Api, django_capture_on_commit_callbacks: Captured
) -> None:
    payout = builders.payout(alice.user, status="processing")
    assert payout.transaction is not None
    told = body(payout_id=payout.public_id, transaction_hash=payout.transaction.txid, block=7)
    with django_capture_on_commit_callbacks(execute=True):
        answer = hint(told)
    assert (answer.status, answer.body) == (200, {"status": "success"})
    until("the scanner is rung for", lambda: "tron.scan" in rings())


@pytest.mark.contract("C-HOOK-13")
@pytest.mark.parametrize("status", ["confirmed", "failed", "cancelled", "pending", "nonsense"])
def test_a_lying_hint_changes_nothing(alice: Api, status: str) -> None:
    payout = builders.payout(alice.user, status="processing")
    before = Payout.objects.values().get(), ChainTransaction.objects.values().get()
    with nothing_written():
        for told in (
            body(payout_id=payout.public_id, status=status),
            body(payout_id=payout.public_id, status=status, amount_usdt=0, recipient="T"),
            body(payout_id=..., payment_id="pay_1", status=status),
        ):
            assert hint(told).status == 200
    assert (Payout.objects.values().get(), ChainTransaction.objects.values().get()) == before


@pytest.mark.contract("C-HOOK-13")
@pytest.mark.parametrize("signed", [
    "", "0" * 64, signature(body(), "another secret"), signature(body() + " "), "v1,abc",
    signature(body()).upper(), "\u00e9", signature(body())[:-1],
])  # fmt: skip
def test_a_bad_signature_is_401(signed: str, rung: list) -> None:
    refused(hint(body(), signed), 401, "LUCID_ERR_1002")
    assert rung == []


@pytest.mark.contract("C-HOOK-13")
def test_without_a_signature_or_a_secret_no_hint_is_taken(settings: Any, rung: list) -> None:
    refused(Api().call("POST", HINT, body()), 401, "LUCID_ERR_1002")
    settings.INBOUND_WEBHOOK_SECRET = ""
    for key in (SECRET, "x"):
        refused(hint(body(), signature(body(), key)), 401, "LUCID_ERR_1002")
    refused(hint(body(), hmac.new(b"", body().encode(), sha256).hexdigest()), 401, "LUCID_ERR_1002")
    assert rung == []


@pytest.mark.contract("C-HOOK-13")
def test_nothing_is_parsed_before_the_signature_holds() -> None:
    refused(hint("nonsense", "0" * 64), 401, "LUCID_ERR_1002")
    refused(hint("nonsense"), 400, "LUCID_ERR_1001")
    refused(hint("x" * 65_537), 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-HOOK-13")
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"payout_id": ...}, "payout_id"), ({"status": ...}, "status"), ({"status": 7}, "status"),
        ({"transaction_hash": ...}, "transaction_hash"), ({"payout_id": 7}, "payout_id"),
        ({"transaction_hash": "ab" * 31}, "transaction_hash"),
        ({"transaction_hash": "zz" * 32}, "transaction_hash"),
    ],
)  # fmt: skip
def test_a_signed_hint_must_name_what_it_is_about(fields: dict, named: str, rung: list) -> None:
    assert set(refused(hint(body(**fields)), 400, "LUCID_ERR_1001")) == {named}
    assert rung == []


@pytest.mark.contract("C-HOOK-13")
@pytest.mark.parametrize("fields", [{"transaction_hash": "0x" + "AB" * 32}, {"unknown": [1]},
                                    {"payment_id": "pay_1"}])  # fmt: skip
def test_what_is_not_known_here_is_ignored(fields: dict) -> None:
    assert hint(body(**fields)).status == 200


@pytest.mark.contract("C-RATE-6", "C-HOOK-13")
def test_hints_are_limited_by_address(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "webhooks.inbound": 2}
    here, there = Api(address="10.0.0.1"), Api(address="10.0.0.2")
    for left in ("1", "0"):
        assert hint(body(), one=here).headers["X-RateLimit-Remaining"] == left
    refused(hint(body(), one=here), 429, "LUCID_ERR_2009")
    assert hint(body(), one=there).status == 200


def test_a_token_is_neither_needed_nor_looked_at(alice: Api) -> None:
    assert hint(body(), one=Api(token="lp_test_nonsense")).status == 200
    refused(hint(body(), "", one=alice), 401, "LUCID_ERR_1002")
