"""`POST /tron/usdt/transfer`: a payout from a wallet that the caller names."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from access.models import IdempotencyRecord
from lucidpay.clock import utc_now
from lucidpay.verification.limits import CHECKS
from payouts.models import Origin, Payout, Review
from payouts.models_limits import LimitKind, LimitWindow
from payouts.models_review import ReviewRule, RuleCode
from payouts.policy.approval import content_hash
from payouts.services.limits import limit_set
from payouts.services.retry import payout_retry
from tests import builders
from tests.api.client import Answer, Api, caller, nothing_written, refused
from tests.builders import USDT
from wallets.models import Wallet, WalletKind, WalletStatus

TRANSFER = "/tron/usdt/transfer"


def sent(wallet: Wallet, **fields: Any) -> dict[str, Any]:
    """A body that is accepted; a field that is given as ``...`` is left out."""
    given = {"from_wallet_id": wallet.public_id, "to_address": builders.address(), "amount": 12.5}
    return {name: value for name, value in {**given, **fields}.items() if value is not ...}


@pytest.mark.contract("C-TRANSFER-1", "C-TRANSFER-4")
@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
def test_it_answers_with_the_payout_it_is(operator: Api, alice: Api, slash: str) -> None:
    builders.hot_wallet()  # pays for the routers now; the other one is named
    wallet = Wallet.objects.order_by("pk")[0]
    body = sent(wallet, amount="0.000001", memo="Rechnung №4711")
    made = operator.post(TRANSFER + slash, body)
    assert made.status == 201, made
    assert (made.body["router_type"], made.body["amount_usdt"] * USDT) == ("PayoutRouterDirect", 1)
    assert made.body["recipient_address"] == body["to_address"]
    assert (made.body["status"], made.body["reason"]) == ("pending", None)
    assert "memo" not in made.body
    assert made.headers["Location"] == f"/tron/payouts/{made.body['payout_id']}"
    assert operator.get(made.headers["Location"]).body == made.body
    payout = Payout.objects.get()
    assert (payout.wallet, payout.memo, payout.origin) == (wallet, body["memo"], Origin.TRANSFER)
    story = operator.get(f"/api/payment/payouts/{payout.public_id}/events").body
    assert story["events"][0]["details"]["memo"] == body["memo"]
    refused(alice.get(made.headers["Location"]), 404, "LUCID_ERR_2005")
    assert operator.post(f"{made.headers['Location']}/cancel").status == 200


@pytest.mark.contract("C-TRANSFER-1")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 0}, "amount"), ({"amount": "0.0000001"}, "amount"),
        ({"amount": True}, "amount"), ({"amount": ...}, "amount"), ({"amount": "1e3"}, "amount"),
        ({"amount": 1_000_000_000.000001}, "amount"),
        ({"from_wallet_id": "wallet_1"}, "from_wallet_id"),
        ({"from_wallet_id": ...}, "from_wallet_id"), ({"from_wallet_id": 7}, "from_wallet_id"),
        ({"memo": ""}, "memo"), ({"memo": "a\nb"}, "memo"), ({"memo": "x\u202ey"}, "memo"),
        ({"memo": "m" * 201}, "memo"), ({"memo": "é" * 101}, "memo"), ({"memo": None}, "memo"),
        ({"amount_usdt": 5}, "amount_usdt"), ({"reason": "rent"}, "reason"),
        ({"to_address": "T", "amount": 0}, "to_address"), ({"to_address": ...}, "to_address"),
    ],
)  # fmt: skip
def test_a_bad_body_is_named_and_changes_nothing(
    operator: Api, wallet: Wallet, change: dict[str, Any], field: str
) -> None:
    with nothing_written():
        details = refused(operator.post(TRANSFER, sent(wallet, **change)), 400, "LUCID_ERR_1001")
    assert field in details


@pytest.mark.contract("C-TRANSFER-1")
def test_a_bad_recipient_has_its_own_code(operator: Api, wallet: Wallet) -> None:
    with nothing_written():
        wrong = refused(operator.post(TRANSFER, sent(wallet, to_address="T")), 400,
                        "LUCID_ERR_2001")  # fmt: skip
        assert list(wrong) == ["to_address"]
        own = sent(wallet, to_address=wallet.address)
        assert list(refused(operator.post(TRANSFER, own), 400, "LUCID_ERR_1001")) == ["to_address"]
        refused(operator.post(f"{TRANSFER}?dry_run=true", sent(wallet)), 400, "LUCID_ERR_1001")
    assert operator.post(TRANSFER, sent(wallet, memo="é" * 100)).status == 201


@pytest.mark.contract("C-TRANSFER-2")
def test_only_a_wallet_that_can_pay_is_taken(operator: Api, wallet: Wallet) -> None:
    watched = builders.wallet_of(WalletKind.WATCH, usdt_micro=100 * USDT)
    gone = builders.wallet_of(WalletKind.COLD, usdt_micro=100 * USDT)
    opening = builders.wallet_of(WalletKind.MULTISIG)
    Wallet.objects.filter(pk=gone.pk).update(status=WalletStatus.ARCHIVED)
    Wallet.objects.filter(pk=opening.pk).update(status=WalletStatus.OPENING)
    with nothing_written():
        for one, status in ((watched, "active"), (gone, "archived"), (opening, "opening")):
            facts = refused(operator.post(TRANSFER, sent(one)), 409, "LUCID_ERR_1005")
            assert facts["status"] == status
        unknown = sent(wallet, from_wallet_id=f"wallet_{'0' * 32}")
        refused(operator.post(TRANSFER, unknown), 404, "LUCID_ERR_1003")


@pytest.mark.contract("C-TRANSFER-2")
@pytest.mark.parametrize("kind", [WalletKind.COLD, WalletKind.HARDWARE, WalletKind.MULTISIG])
def test_where_people_sign_it_waits_for_them(operator: Api, wallet: Wallet, kind: str) -> None:
    poor = builders.wallet_of(WalletKind(kind))
    made = operator.post(TRANSFER, sent(poor))
    assert (made.status, made.body["status"]) == (201, "pending")
    assert Payout.objects.get().wallet == poor


@pytest.mark.contract("C-TRANSFER-2")
def test_a_hot_wallet_must_have_it(operator: Api, settings: Any) -> None:
    poor = builders.hot_wallet(usdt_micro=20 * USDT)
    assert operator.post(TRANSFER, sent(poor)).status == 201
    with nothing_written():
        wrong = refused(operator.post(TRANSFER, sent(poor, amount=7.6)), 500, "LUCID_ERR_2007")
    assert list(wrong) == ["amount"]
    assert operator.post(TRANSFER, sent(poor, amount=7.5)).status == 201
    settings.UNDERFUNDED_PAYOUTS = "wait"
    assert operator.post(TRANSFER, sent(poor)).status == 201


@pytest.mark.contract("C-TRANSFER-3")
def test_it_has_a_limit_of_its_own_for_each_wallet(operator: Api, wallet: Wallet) -> None:
    other = builders.hot_wallet()
    first = operator.post(TRANSFER, sent(wallet, amount=9_999.5))
    assert first.status == 201
    with nothing_written():
        facts = refused(operator.post(TRANSFER, sent(wallet, amount=0.6)), 400, "LUCID_ERR_2002")
    assert (facts["limit_name"], facts["limit"]) == ("transfer_hourly", 10_000)
    assert operator.post(TRANSFER, sent(other, amount=10_000)).status == 201
    # Those of the routers are not touched, nor those of a recipient who is trusted.
    friend = builders.trusted(hourly_micro=USDT, daily_micro=USDT)
    assert operator.pay("/tron/payouts/v0", amount_usdt=10_000).status == 201
    limit_set(kind=LimitKind.TRANSFER, subject=wallet.pk.hex, hourly_micro=None,
              daily_micro=None, by="t", now=utc_now())  # fmt: skip
    assert operator.post(TRANSFER, sent(wallet, to_address=friend, amount=40_000)).status == 201
    window = LimitWindow.objects.filter(kind="transfer", subject=wallet.pk.hex, period="day")
    assert window.get().used_micro == 49_999_500_000
    operator.post(f"{first.headers['Location']}/cancel")
    assert window.get().used_micro == 40_000 * USDT
    for rule in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(rule.sql, {"since": utc_now(), "now": utc_now()})
            assert cursor.fetchall() == []


@pytest.mark.contract("C-TRANSFER-3")
def test_a_key_whose_limits_are_lifted_is_free_of_it(wallet: Wallet) -> None:
    owner = builders.user("operator")
    key, token = builders.api_key(owner, rate_limits=builders.UNLIMITED)
    limit_set(kind=LimitKind.API_KEY, subject=key.pk.hex, hourly_micro=None, daily_micro=None,
              by="t", now=utc_now(), lifts_router=True)  # fmt: skip
    made = Api(token, owner).post(TRANSFER, sent(wallet, amount=60_000))
    assert made.status == 201
    assert not LimitWindow.objects.filter(kind="transfer").exists()
    assert set(Payout.objects.get().limit_kinds) == {"lifted", "api_key", "caller"}


@pytest.mark.contract("C-TRANSFER-4")
def test_it_is_reviewed_like_any_other(operator: Api, wallet: Wallet) -> None:
    assert operator.post(TRANSFER, sent(wallet, amount=4_999)).body["review"] == "not_required"
    assert operator.post(TRANSFER, sent(wallet, amount=5_000)).body["review"] == "required"
    own = builders.wallet_of(WalletKind.COLD)
    made = operator.post(TRANSFER, sent(wallet, to_address=own.address, amount=1, memo="to cold"))
    assert made.body["review"] == "required"
    payout = Payout.objects.get(recipient_address=own.address)
    approved = builders.approved(_screened(payout))
    assert approved.review == Review.APPROVED
    # The memo stands in the transaction: it is part of what was agreed to.
    before = content_hash(payout)
    payout.memo = "to somebody else"
    assert content_hash(payout) != before


def _screened(payout: Payout) -> Payout:
    builders.screened(payout)
    return payout


@pytest.mark.contract("C-TRANSFER-4")
def test_a_retry_comes_from_the_same_wallet_with_the_same_memo(operator: Api) -> None:
    ReviewRule.objects.update_or_create(code=RuleCode.DUPLICATE, defaults={"enabled": False})
    named = builders.hot_wallet()
    builders.hot_wallet()
    operator.post(TRANSFER, sent(named, memo="m"))
    failed = Payout.objects.get()
    builders.end(failed, "failed")
    retry = payout_retry(payout_id=failed.pk, by="user 1", reason="r", now=utc_now())
    assert (retry.wallet, retry.memo, retry.origin) == (named, "m", Origin.TRANSFER)
    assert "transfer" in retry.limit_kinds


@pytest.mark.contract("C-TRANSFER-5")
@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant", "auditor"])
def test_it_needs_its_scope(wallet: Wallet, role: str) -> None:
    one = caller(role)
    with nothing_written():
        refused(one.post(TRANSFER, sent(wallet)), 403, "LUCID_ERR_2010")
        refused(Api().post(TRANSFER, sent(wallet)), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-TRANSFER-5")
def test_it_is_sent_once_for_a_key(operator: Api, wallet: Wallet) -> None:
    body, key = sent(wallet, memo="m"), {"Idempotency_Key": "k"}
    first = operator.post(TRANSFER, body, **key)
    again = operator.post(f"{TRANSFER}/", {**body, "amount": "12.50"}, **key)
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    for change in ({"memo": "n"}, {"amount": 12.51}, {"to_address": builders.address()}):
        refused(operator.post(TRANSFER, {**body, **change}, **key), 422, "LUCID_ERR_1006")
    assert Payout.objects.count() == 1
    # Kept for good: retention forgets no key of a payout.
    assert IdempotencyRecord.objects.get().endpoint.startswith("payouts.")


@pytest.mark.contract("C-TRANSFER-5", "C-TRANSFER-3")
@pytest.mark.django_db(transaction=True)
def test_twins_at_once_are_one_transfer(operator: Api, wallet: Wallet) -> None:
    Client().get("/api/payment/health")  # makes the middleware, once
    twin = sent(wallet, amount=1_000)

    def send(number: int) -> Answer:
        try:
            if number % 2:
                return operator.post(TRANSFER, sent(wallet, amount=9_000.01))
            return operator.post(TRANSFER, twin, Idempotency_Key="once")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(send, range(10)))
    statuses = Counter(one.status for one in answers)
    assert set(statuses) <= {201, 400, 409}, statuses
    amounts = sorted(Payout.objects.values_list("amount_micro", flat=True))
    # Either fits, and not both; however often the twin was sent, it is there once.
    assert amounts in ([1_000 * USDT], [9_000_010_000])
    window = LimitWindow.objects.get(kind="transfer", period="hour")
    assert window.used_micro == sum(amounts)
