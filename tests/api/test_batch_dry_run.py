"""A dry run of a batch says what would become of each row and of all, and nothing of it happens."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.api.json import loads
from lucidpay.clock import utc_now
from payouts.models_limits import LimitKind
from payouts.models_review import ApprovalTier
from payouts.services.limits import limit_set
from payouts.services.wait import NO_CHAIN
from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused
from tests.api.test_batch_create import BATCH, body
from tests.api.test_dry_run import FIELDS as ROW_FIELDS
from tests.builders import USDT

DRY = f"{BATCH}?dry_run=true"
FIELDS = [
    "dry_run", "verdict", "rule", "error", "batch_id", "total_payouts", "total_amount_usdt",
    "payouts_in_review", "approvals_needed", "energy", "fee_trx", "wallets", "payouts",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_listens(settings: Any, dead_port: int, alice: Api) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{dead_port}"]
    # What is known of a node is kept whoever asked it; it is no part of the order.
    assert alice.post(DRY, body()).status == 200


def dry(api: Api, *orders: dict[str, Any], **fields: Any) -> Any:
    """Return the answer to a dry run, of which nothing may be left."""
    with nothing_written():
        answer = api.post(DRY, body(*orders, **fields))
    assert answer.status == 200, answer.text
    assert list(answer.body) == FIELDS
    assert [list(row) for row in answer.body["payouts"]] == [ROW_FIELDS[1:]] * len(
        answer.body["payouts"]
    )
    return answer.body


def verdicts(found: Any) -> list[tuple[str, str | None]]:
    return [(row["verdict"], row["rule"]) for row in found["payouts"]]


@pytest.mark.contract("C-BATCH-13")
def test_it_tells_the_sums_and_what_each_row_leaves(alice: Api) -> None:
    found = dry(alice, order(amount_usdt=1), order(amount_usdt="2.25"))
    assert (found["verdict"], found["rule"], found["error"]) == ("accepted", None, None)
    assert (found["total_payouts"], found["total_amount_usdt"]) == (2, loads("3.25"))
    assert verdicts(found) == [("accepted", None)] * 2
    assert [row["balance_after_usdt"] for row in found["payouts"]] == [999_999, loads("999996.75")]
    [wallet] = found["wallets"]
    assert (wallet["payouts"], wallet["balance_after_usdt"]) == (2, loads("999996.75"))


def test_without_a_node_it_says_that_there_is_no_price(alice: Api) -> None:
    found = dry(alice)
    assert (found["energy"], found["fee_trx"]) == (None, None)
    assert found["wallets"][0]["balance_after_trx"] is None
    assert {row["unknown_because"] for row in found["payouts"]} == {NO_CHAIN}


@pytest.mark.parametrize(
    ("most", "code", "rule"),
    [(10, "LUCID_ERR_2002", "limits"), (0, "LUCID_ERR_2003", "breaker")],
)
@pytest.mark.contract("C-BATCH-13")
def test_it_shows_the_refusal_that_the_batch_would_meet(
    alice: Api, most: int, code: str, rule: str
) -> None:
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=most * USDT,
        daily_micro=None, by="tests", now=utc_now(),
    )  # fmt: skip
    orders = [order(amount_usdt=4) for _ in range(3)]
    found = dry(alice, *orders)
    assert (found["verdict"], found["rule"], found["error"]["code"]) == ("refused", rule, code)
    answer = alice.post(BATCH, body(*orders))
    assert found["error"]["details"] == refused(answer, 400, code)
    assert verdicts(found) == [("accepted", None)] * 3  # each would fit alone, or none would


def test_it_tells_of_a_batch_that_is_too_much_and_of_funds(alice: Api) -> None:
    builders.lift_limits()
    found = dry(alice, order(amount_usdt=9_000), order(amount_usdt=1_001))
    assert (found["verdict"], found["rule"]) == ("refused", "batch")
    assert found["error"]["details"]["limit_name"] == "batch"
    builders.hot_wallet(usdt_micro=5 * USDT)
    found = dry(alice, order(amount_usdt=3), order(amount_usdt=3), batch_type="IMMEDIATE")
    assert (found["rule"], found["error"]["code"]) == ("funds", "LUCID_ERR_2007")
    assert found["wallets"][0]["balance_after_usdt"] == -1


def test_it_names_the_rows_that_do_not_qualify(alice: Api) -> None:
    found = dry(alice, router_type="PayoutRouterKYC")
    assert (found["verdict"], found["rule"]) == ("refused", "router")
    assert verdicts(found) == [("refused", "router")] * 3
    assert {row["error"]["code"] for row in found["payouts"]} == {"LUCID_ERR_2004"}
    assert found["wallets"] == []


def test_it_tells_which_rows_would_wait_for_people(alice: Api) -> None:
    builders.lift_limits()
    ApprovalTier.objects.create(from_amount_micro=5_000 * USDT, approvals_needed=3)
    orders = [order(amount_usdt=amount) for amount in (5_000, 4_999)]
    found = dry(alice, *orders)
    assert (found["verdict"], found["rule"]) == ("review", "review")
    assert (found["payouts_in_review"], found["approvals_needed"]) == (1, 3)
    assert verdicts(found) == [("review", "review"), ("accepted", None)]
    made = alice.post(BATCH, body(*orders)).body
    shown = [alice.get(f"{PAYOUTS}/{key}").body for key in made["payout_ids"]]
    reviews = [one["review"] for one in shown]
    assert reviews == ["required", "not_required"]


def test_it_tells_of_references_that_are_taken(alice: Api) -> None:
    wanted = body(order(reference_id="a"), order(reference_id="b"))
    made = alice.post(BATCH, wanted).body
    found = dry(alice, *wanted["payouts"])
    assert (found["verdict"], found["rule"]) == ("repeated", "reference")
    assert found["batch_id"] == made["batch_id"]
    assert [row["payout_id"] for row in found["payouts"]] == made["payout_ids"]

    found = dry(alice, order(), order(reference_id="b"))
    assert (found["verdict"], found["error"]["code"]) == ("refused", "LUCID_ERR_1005")
    assert verdicts(found) == [("accepted", None), ("refused", "reference")]
    assert found["payouts"][1]["payout_id"] == made["payout_ids"][1]
    assert list(found["error"]["details"]) == ["payouts[1].reference_id"]


def test_a_wrong_body_is_refused_as_ever(alice: Api) -> None:
    with nothing_written():
        refused(alice.post(DRY, body(order(amount_usdt=0))), 400, "LUCID_ERR_1001")
        refused(alice.post(DRY, body(order(recipient_address="x"))), 400, "LUCID_ERR_2001")
        refused(alice.post(f"{BATCH}?dry_run=yes", body()), 400, "LUCID_ERR_1001")
        refused(alice.post(f"{BATCH}?dryrun=true", body()), 400, "LUCID_ERR_1001")


def test_more_rows_cost_no_more_statements(alice: Api) -> None:
    alice.post(DRY, body(order()))  # who calls is known from here on

    def statements(count: int) -> int:
        orders = [order(amount_usdt=1) for _ in range(count)]
        with CaptureQueriesContext(connection) as caught:
            assert alice.post(DRY, body(*orders)).status == 200
        return len(caught)

    assert statements(1) == statements(60)


@pytest.mark.contract("C-BATCH-13")
def test_a_key_that_was_used_dry_is_still_free(alice: Api) -> None:
    wanted = body()
    with nothing_written():
        assert alice.post(DRY, wanted, Idempotency_Key="k").status == 200
    assert alice.post(BATCH, wanted, Idempotency_Key="k").status == 201


def test_false_pays_and_dry_runs_count_against_the_limit_of_calls(alice: Api) -> None:
    limited = Api(builders.token(alice.user, rate_limits={"batches.create": 2}))
    assert limited.post(DRY, body()).status == 200
    assert limited.post(f"{BATCH}?dry_run=false", body()).status == 201
    refused(limited.post(DRY, body()), 429, "LUCID_ERR_2009")
