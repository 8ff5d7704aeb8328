"""A dry run says what would happen, and nothing of it happens."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models_limits import LimitKind
from payouts.models_review import ApprovalTier
from payouts.services.limits import limit_set
from tests import builders
from tests.api.client import Answer, Api, nothing_written, order, refused
from tests.builders import USDT

DRY = "/api/payment/payouts?dry_run=true"
FIELDS = [
    "dry_run", "verdict", "rule", "error", "payout_id", "recipient_address", "amount_usdt",
    "router_type", "approvals_needed", "energy", "fee_trx", "balance_after_usdt",
    "balance_after_trx", "recipient_blacklisted", "unknown_because",
]  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_listens(settings: Any, dead_port: int) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{dead_port}"]


def dry(api: Api, **fields: Any) -> Any:
    """Return the answer to a dry run, of which nothing may be left."""
    with nothing_written():
        answer: Answer = api.pay(DRY, **fields)
    assert answer.status == 200, answer
    assert list(answer.body) == FIELDS
    return answer.body


@pytest.fixture
def known_node(alice: Api) -> None:
    """What is known of a node is kept whoever asked it; it is no part of the order."""
    dry_once: Answer = alice.pay(DRY)
    assert dry_once.status == 200


@pytest.mark.contract("C-CREATE-10")
@pytest.mark.usefixtures("known_node")
def test_it_answers_without_a_node_and_says_what_it_does_not_know(alice: Api) -> None:
    body = dry(alice, amount_usdt=12.5)
    known = {name: body[name] for name in ("verdict", "rule", "error", "router_type")}
    assert known == {
        "verdict": "accepted", "rule": None, "error": None, "router_type": "PayoutRouterV0",
    }  # fmt: skip
    assert (body["balance_after_usdt"], body["approvals_needed"]) == (999_987.5, 0)
    unknown = ("energy", "fee_trx", "balance_after_trx", "recipient_blacklisted")
    assert [body[name] for name in unknown] == [None] * 4
    assert body["unknown_because"] == "The TRON node cannot be relied on now."


@pytest.mark.contract("C-CREATE-10")
@pytest.mark.usefixtures("known_node")
@pytest.mark.parametrize(
    ("most", "code", "rule"),
    [(10, "LUCID_ERR_2002", "limits"), (0, "LUCID_ERR_2003", "breaker")],
)
def test_it_shows_the_refusal_that_the_request_would_meet(
    alice: Api, most: int, code: str, rule: str
) -> None:
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=most * USDT,
        daily_micro=None, by="tests", now=utc_now(),
    )  # fmt: skip
    body = dry(alice, amount_usdt=11)
    assert (body["verdict"], body["rule"], body["error"]["code"]) == ("refused", rule, code)
    answer = alice.pay(amount_usdt=11)
    assert body["error"]["details"] == refused(answer, 400, code)


@pytest.mark.contract("C-CREATE-10")
@pytest.mark.usefixtures("known_node")
def test_it_tells_of_a_router_and_of_funds(alice: Api) -> None:
    body = dry(alice, router_type="PayoutRouterKYC")
    assert (body["rule"], body["error"]["code"]) == ("router", "LUCID_ERR_2004")
    assert body["unknown_because"] == "It would be refused before it had a price."
    builders.hot_wallet(usdt_micro=5 * USDT)
    body = dry(alice, amount_usdt=6)
    assert (body["rule"], body["error"]["code"]) == ("funds", "LUCID_ERR_2007")
    assert body["balance_after_usdt"] == -1


@pytest.mark.contract("C-CREATE-10")
@pytest.mark.usefixtures("known_node")
def test_it_tells_of_the_review_that_the_request_would_wait_for(alice: Api) -> None:
    ApprovalTier.objects.create(from_amount_micro=6_000_000_000, approvals_needed=2)
    for amount, told in ((4_999, ("accepted", None, 0)), (5_000, ("review", "review", 1)),
                         (6_000, ("review", "review", 2))):  # fmt: skip
        body = dry(alice, amount_usdt=amount)
        assert (body["verdict"], body["rule"], body["approvals_needed"]) == told
    assert alice.pay(amount_usdt=5_000).body["review"] == "required"


@pytest.mark.contract("C-CREATE-10")
@pytest.mark.usefixtures("known_node")
def test_it_tells_of_a_reference_that_is_taken(alice: Api) -> None:
    body = order(reference_id="7")
    made = alice.pay(**body)
    assert dry(alice, **body)["verdict"] == "repeated"
    other = dry(alice, **{**body, "amount_usdt": 1})
    assert (other["verdict"], other["rule"]) == ("refused", "reference")
    assert other["payout_id"] == made.body["payout_id"]


@pytest.mark.contract("C-CREATE-10")
def test_a_wrong_body_is_refused_as_ever(alice: Api) -> None:
    with nothing_written():
        refused(alice.pay(DRY, amount_usdt=0), 400, "LUCID_ERR_1001")
        refused(alice.pay(DRY, recipient_address="x"), 400, "LUCID_ERR_2001")


@pytest.mark.contract("C-CREATE-10")
@pytest.mark.usefixtures("known_node")
def test_a_key_that_was_used_dry_is_still_free(alice: Api) -> None:
    headers = {"headers": {"Idempotency_Key": "k"}}
    dry(alice, **headers)
    assert alice.pay(**headers).status == 201


@pytest.mark.contract("C-CREATE-10")
def test_it_counts_against_the_limit_of_calls(alice: Api) -> None:
    limited = Api(builders.token(alice.user, rate_limits={"payouts.create": 1}))
    assert limited.pay(DRY).status == 200
    refused(limited.pay(), 429, "LUCID_ERR_2009")


@pytest.mark.contract("C-CREATE-10")
def test_false_pays(alice: Api) -> None:
    assert alice.pay("/api/payment/payouts?dry_run=false").status == 201
