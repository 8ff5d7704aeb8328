"""Metrics: right after a restart, open to Prometheus only, cheap however many payouts there are."""

import re
import runpy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from prometheus_client.parser import text_string_to_metric_families

from access.models import User
from gateway.models_back import Dispute
from gateway.models_sweep import Sweep
from lucidpay.clock import utc_now
from lucidpay.metrics import metrics_page
from lucidpay.services import QUEUES
from lucidpay.workers import beat_alive, worker_alive
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.limits import limit_breaker_reset, limit_breaker_trip
from payouts.services.settle import payouts_settle
from payouts.services.wait import WAITS_FOR_ENERGY, WAITS_FOR_SIGNATURES
from payouts.tallies.fold import tallies_fold
from tests import builders
from tests.api.client import Api, refused
from tests.api.test_health import _scanned
from tests.gateway import payments
from tests.webhooks import making
from tests.webhooks.receiver import Served
from tron.breaker import network_breaker_trip
from tron.halt import halt
from tron.models import ChainFlow, HaltCause, NodeAnswer, NodeState, TxStatus
from wallets.models import Account, Journal, Reconciliation, Wallet, WalletStatus
from wallets.models_resources import ResourceLook
from webhooks.models import Delivery, Endpoint

METRICS = "/api/payment/metrics"
OURS = re.compile(r"(# (HELP|TYPE) )?(lucidpay|tron)_")
pytestmark = pytest.mark.django_db


def told(page: str | None = None) -> dict[tuple[str, ...], float]:
    """Return (name, label values …) → number of our own metrics, labels by their names' order."""
    text = page if page is not None else Api().get(METRICS).text
    # The parser takes seconds over what the framework tells of all requests of this process.
    ours = "".join(f"{line}\n" for line in text.splitlines() if OURS.match(line))
    return {
        (
            sample.name.removeprefix("lucidpay_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(ours)
        for sample in family.samples
    }


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_where_the_scanner_stands() -> None:
    _scanned(number=60, agreed_number=55)
    found = told()
    assert found[("scanner_lag_blocks",)] == 10
    assert found[("agreement_lag_blocks",)] == 5
    assert 1 < found[("head_age_seconds",)] < 60
    assert 1 < found[("read_age_seconds",)] < 60


def test_it_says_nothing_of_what_is_not_known() -> None:
    assert ("scanner_lag_blocks",) not in told()
    assert told()[("flows_unbooked",)] == 0


def test_it_counts_halts_by_cause() -> None:
    halt(cause=HaltCause.OUTFLOW, subject="a", reason="r", by="b", now=utc_now())
    halt(cause=HaltCause.OUTFLOW, subject="b", reason="r", by="b", now=utc_now())
    found = told()
    assert [found[("halts_open", cause)] for cause in HaltCause.values] == [0, 2, 0, 0]


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_of_each_node(settings: Any) -> None:
    settings.TRON_NODES = ["http://a", "http://b"]
    now = utc_now()
    NodeState.objects.create(
        name="a",
        checked_at=now,
        answered_at=now,
        head_number=9,
        solid_number=5,
        latency_ms=250,
    )
    later = now + timedelta(minutes=1)
    NodeState.objects.create(name="b", checked_at=now, failures=9)
    found = told()
    assert (found[("node_up", "a")], found[("node_up", "b")]) == (1, 0)
    assert (found[("node_throttled", "a")], found[("node_throttled", "b")]) == (0, 0)
    assert (found[("node_head_block", "a")], found[("node_solid_block", "a")]) == (9, 5)
    assert ("node_head_block", "b") not in found
    assert found[("node_latency_seconds", "a")] == 0.25
    assert (found[("node_failures", "a")], found[("node_failures", "b")]) == (0, 9)
    assert ("node_latency_seconds", "b") not in found
    NodeState.objects.filter(name="b").update(failures=0, throttled_until=later)
    found = told()
    assert (found[("node_up", "b")], found[("node_throttled", "b")]) == (1, 1)


STATUSES = ("pending", "pending", "processing", "confirmed", "failed", "cancelled")


def some_payouts() -> None:
    builders.hot_wallet()
    owner = builders.user()
    for status in STATUSES:
        builders.payout(owner, status=status)


@pytest.mark.contract("C-METRICS-3")
def test_it_counts_payouts_by_status() -> None:
    some_payouts()
    wanted = {"pending": 2, "processing": 1, "confirmed": 1, "failed": 1, "cancelled": 1}
    for _ in range(2):
        found = {key[1]: value for key, value in told().items() if key[0] == "payouts"}
        assert found == wanted
        tallies_fold()


@pytest.mark.contract("C-METRICS-3")
def test_it_counts_requests_by_router_in_each_status_they_have_reached() -> None:
    some_payouts()
    builders.payout(builders.user(), router_type="PayoutRouterGateway")
    found = told()
    for router, wanted in {
        "PayoutRouterV0": {
            "pending": 6, "processing": 3, "confirmed": 1, "failed": 1, "cancelled": 1,
        },
        "PayoutRouterGateway": {
            "pending": 1, "processing": 0, "confirmed": 0, "failed": 0, "cancelled": 0,
        },
    }.items():  # fmt: skip
        counted = {
            key[2]: value
            for key, value in found.items()
            if key[:2] == ("tron_payment_requests_total", router)
        }
        assert counted == wanted


@pytest.mark.contract("C-METRICS-3")
def test_it_adds_up_what_was_paid_by_router() -> None:
    some_payouts()
    builders.payout(builders.user(), status="confirmed", amount_usdt=1)
    found = told()
    assert found[("tron_payout_amount_usdt_total", "PayoutRouterV0")] == 12.500001
    assert found[("tron_payout_amount_usdt_total", "PayoutRouterKYC")] == 0


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_how_long_payouts_took(settings: Any) -> None:
    builders.hot_wallet()
    owner, now = builders.user(), utc_now()
    for took_s in (0, 4, 100_000):
        one = builders.payout(owner, now=now)
        builders.signed(one, now=now + timedelta(seconds=took_s, microseconds=-1))
        builders.chain_says(one, TxStatus.SUCCEEDED)
    payouts_settle(now=now + timedelta(seconds=40))
    found = told()
    router = "PayoutRouterV0"
    for le, dispatched, confirmed in (
        ("1.0", 1, 0), ("2.5", 1, 0), ("5.0", 2, 0), ("30.0", 2, 0), ("60.0", 2, 3),
        ("86400.0", 2, 3), ("+Inf", 3, 3),
    ):  # fmt: skip
        assert found[("dispatch_seconds_bucket", le, router)] == dispatched
        assert found[("confirmation_seconds_bucket", le, router)] == confirmed
    assert found[("dispatch_seconds_sum", router)] == 100_004
    assert found[("confirmation_seconds_sum", router)] == 120
    assert found[("confirmation_seconds_count", "PayoutRouterKYC")] == 0


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_how_much_of_the_daily_limit_is_used_up() -> None:
    some_payouts()
    now = utc_now()
    builders.payout(builders.user(), now=now - timedelta(days=1))
    builders.payout(builders.user(), now=now, router_type="PayoutRouterGateway")
    found = told()
    # What failed or was cancelled does not count, nor do routers without such a limit.
    assert found[("tron_daily_limit_usage_usdt",)] == 4 * 12.5
    assert found[("tron_circuit_breaker_open",)] == 0


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_that_the_breaker_is_open_until_it_is_reset() -> None:
    known: dict[str, Any] = {"reason": "a drill", "by": "olga", "now": utc_now()}
    limit_breaker_trip(router_type="PayoutRouterKYC", **known)
    assert told()[("tron_circuit_breaker_open",)] == 1
    limit_breaker_reset(router_type="PayoutRouterKYC", **known)
    assert told()[("tron_circuit_breaker_open",)] == 0
    network_breaker_trip()
    assert told()[("tron_circuit_breaker_open",)] == 1


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_since_when_the_oldest_payout_is_due() -> None:
    builders.hot_wallet()
    assert told()[("oldest_pending_age_seconds",)] == 0
    owner = builders.user()
    builders.payout(owner, now=utc_now() - timedelta(hours=2))
    builders.payout(owner, batch_type="WEEKLY")
    assert 7_199 < told()[("oldest_pending_age_seconds",)] < 7_300


@pytest.mark.contract("C-METRICS-3")
def test_one_that_waited_for_its_release_hides_none_that_is_due_for_longer() -> None:
    builders.hot_wallet()
    owner, now = builders.user(), utc_now()
    scheduled = builders.payout(owner, now=now - timedelta(days=6), batch_type="WEEKLY")
    Payout.objects.filter(pk=scheduled.pk).update(due_at=now - timedelta(seconds=5))
    builders.payout(owner, now=now - timedelta(hours=2))
    assert 7_199 < told()[("oldest_pending_age_seconds",)] < 7_300


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_what_nodes_answered_lately() -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="processing")
    NodeAnswer.objects.bulk_create(
        NodeAnswer(
            transaction_id=payout.transaction_id, node="a", outcome="x", code=code, at=utc_now()
        )
        for code in ["OLD"] * 5 + ["SUCCESS"] * 990 + ["SERVER_BUSY"] * 10
    )
    found = told()
    codes = {key[1]: value for key, value in found.items() if "broadcast" in key[0]}
    assert codes == {"SUCCESS": 990, "SERVER_BUSY": 10}


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_what_wallets_hold_and_how_the_books_compare() -> None:
    wallet = builders.hot_wallet(usdt_micro=1_500_000, trx_sun=2_000_000_000)
    Account.objects.filter(wallet=wallet, asset="TRX").update(held_units=30_000_000)
    Reconciliation.objects.create(
        wallet=wallet, asset="USDT", block_number=60, block_id="ab" * 32, chain_units=1,
        ledger_units=3, difference_units=-2, node="a", at=utc_now() - timedelta(minutes=1),
    )  # fmt: skip
    found = told()
    assert found[("wallet_balance", "USDT", wallet.name)] == 1.5
    assert found[("wallet_balance", "TRX", wallet.name)] == 2000
    assert found[("wallet_held", "TRX", wallet.name)] == 30
    assert found[("reconciliation_difference", "USDT", wallet.name)] == -0.000002
    assert 59 < found[("reconciliation_age_seconds", "USDT", wallet.name)] < 90
    assert ("reconciliation_difference", "TRX", wallet.name) not in found


@pytest.mark.contract("C-METRICS-3")
def test_a_wallet_that_was_never_compared_waits_since_it_was_made() -> None:
    wallet = builders.hot_wallet()
    Wallet.objects.update(created_at=utc_now() - timedelta(hours=1))
    found = told()
    for asset in ("USDT", "TRX"):
        assert 3_599 < found[("reconciliation_age_seconds", asset, wallet.name)] < 3_700
        assert ("reconciliation_difference", asset, wallet.name) not in found
    Wallet.objects.update(status=WalletStatus.OPENING)
    assert ("reconciliation_age_seconds", "USDT", wallet.name) not in told()


@pytest.mark.contract("C-METRICS-3")
def test_it_tells_what_wallets_may_use_without_burning_trx() -> None:
    wallet, archived, unseen = (builders.hot_wallet() for _ in range(3))
    minute_ago = utc_now() - timedelta(minutes=1)
    for one in (wallet, archived):
        ResourceLook.objects.create(
            wallet=one, energy=64_285, bandwidth=0, free_bandwidth=600, node="a", at=minute_ago
        )
    Wallet.objects.filter(pk=archived.pk).update(status=WalletStatus.ARCHIVED)
    found = told()
    assert found[("wallet_resources", "energy", wallet.name)] == 64_285
    assert found[("wallet_resources", "bandwidth", wallet.name)] == 0
    assert found[("wallet_resources", "free_bandwidth", wallet.name)] == 600
    assert 59 < found[("wallet_resources_age_seconds", wallet.name)] < 90
    for one in (archived, unseen):
        assert ("wallet_resources", "energy", one.name) not in found
        assert ("wallet_resources_age_seconds", one.name) not in found


@pytest.mark.contract("C-METRICS-3")
def test_it_counts_what_is_unbooked_and_unexplained() -> None:
    _scanned()
    ChainFlow.objects.create(
        txid="ab" * 32, log_index=0, asset="USDT", sender="a", recipient="b", units=1,
        block_number=60, block_time_ms=builders.CHAIN_TIME_MS,
    )  # fmt: skip
    assert told()[("flows_unbooked",)] == 1
    assert told()[("flows_unbooked_age_seconds",)] > 0
    assert told()[("suspense_open",)] == Journal.objects.filter(kind="unexplained").count() == 0


@pytest.mark.contract("C-METRICS-3")
def test_it_counts_workers_and_waiting_tasks() -> None:
    worker_alive("w@host", QUEUES)
    found = told()
    assert (found[("workers_alive",)], found[("queue_depth",)]) == (1, 0)
    assert found[("queues_unserved",)] == 0
    worker_alive("w@host", QUEUES[2:])
    assert told()[("queues_unserved",)] == 2


@pytest.mark.contract("C-METRICS-5")
def test_it_counts_what_became_of_webhooks_and_what_waits() -> None:
    owner, now = builders.user("operator"), utc_now()
    making.events(owner, now=now - timedelta(hours=2))
    assert 7_199 < told()[("webhook_unplaced_seconds",)] < 7_300
    with override_settings(WEBHOOK_ALLOW_HOSTS=["127.0.0.1"]), Served() as receiver:
        making.endpoint(owner, receiver.url)
        making.send(now)
        receiver.reply = lambda request, earlier: (410, {}, b"")
        making.events(owner, 2, now=now)
        making.place(now - timedelta(hours=1))
        found = told()
        assert found[("webhook_deliveries_pending",)] == 2
        assert found[("webhook_unplaced_seconds",)] == 0
        assert 3_599 < found[("webhook_oldest_due_seconds",)] < 3_700
        making.send(now)
    found = told()
    outcomes = {key[1]: value for key, value in found.items()
                if key[0] == "webhook_deliveries_total" and value}  # fmt: skip
    assert outcomes == {"delivered": 1, "refused": 2}
    assert len([key for key in found if key[0] == "webhook_deliveries_total"]) == 6
    assert (found[("webhook_endpoints_failed",)], found[("webhook_oldest_due_seconds",)]) == (1, 0)


@pytest.mark.contract("C-METRICS-5")
def test_what_a_receiver_or_its_owner_holds_up_is_not_late() -> None:
    owner, now = builders.user("operator"), utc_now()
    hook, _ = making.endpoint(owner, "http://127.0.0.1:1/")
    making.events(owner)
    making.place(now - timedelta(hours=1))
    Endpoint.objects.filter(pk=hook.pk).update(paused_until=now + timedelta(hours=1))
    assert told()[("webhook_oldest_due_seconds",)] == 0
    Endpoint.objects.filter(pk=hook.pk).update(paused_until=now - timedelta(minutes=1))
    assert 59 < told()[("webhook_oldest_due_seconds",)] < 160
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert told()[("webhook_oldest_due_seconds",)] == 0


def test_requests_are_counted_too() -> None:
    Api().get("/api/payment/health")
    page = Api().get(METRICS)
    assert "django_http_requests_total_by_view_transport_method" in page.text
    assert page.headers["Content-Type"].startswith("text/plain; version=")


@pytest.mark.contract("C-METRICS-2")
def test_it_asks_no_more_the_more_payouts_there_are() -> None:
    builders.hot_wallet()
    owner = builders.user()
    counts = []
    for _ in range(2):
        for status in ("pending", "processing", "confirmed"):
            builders.payout(owner, status=status)
        with CaptureQueriesContext(connection) as captured:
            metrics_page()
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.contract("C-METRICS-1")
@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1"])
def test_without_a_token_the_private_network_is_answered(address: str) -> None:
    assert Api(address=address).get(METRICS).status == 200


@pytest.mark.contract("C-METRICS-1")
def test_without_a_token_strangers_are_not() -> None:
    refused(Api(address="8.8.8.8").get(METRICS), 401, "LUCID_ERR_1002")
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "Via"):
        refused(Api().get(METRICS, **{header: "10.0.0.1"}), 401, "LUCID_ERR_1002")
    for address in ("::ffff:8.8.8.8", "", "unix:"):
        refused(Api(address=address).get(METRICS), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-METRICS-1")
def test_behind_a_proxy_nobody_is_a_neighbour(settings: Any) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    refused(Api().get(METRICS), 401, "LUCID_ERR_1002")
    settings.METRICS_TOKEN = "s3cret"
    assert Api().get(METRICS, Authorization="Bearer s3cret").status == 200


@pytest.mark.contract("C-METRICS-1")
def test_with_a_token_it_alone_opens(settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret"
    far = Api(address="8.8.8.8")
    assert far.get(METRICS, Authorization="Bearer s3cret").status == 200
    assert far.get(f"{METRICS}/", Authorization="Bearer s3cret").status == 200
    for wrong in ("", "s3cret", "Bearer s3cre", "Bearer ü", "Basic s3cret"):
        refused(Api().get(METRICS, Authorization=wrong), 401, "LUCID_ERR_1002")


def test_it_refuses_what_it_does_not_know() -> None:
    refused(Api().get(f"{METRICS}?all=1"), 400, "LUCID_ERR_1001")
    for method in ("POST", "OPTIONS", "DELETE"):
        refused(Api().call(method, METRICS), 405, "LUCID_ERR_1004")
    assert Api().call("HEAD", METRICS).status == 200
    prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.1"
    assert Api().get(METRICS, Accept=prometheus).status == 200


@pytest.mark.contract("C-METRICS-6")
def test_it_adds_up_payments_and_tells_what_waits_in_the_gateway() -> None:
    owner, now = builders.user(), utc_now()
    builders.hot_wallet()
    for status in ("pending", "completed", "failed"):
        made = payments.payment(owner, status=status, method="payment_gateway")
    Sweep.objects.create(
        address=made.deposit, asset="USDT", units=1, wallet=Wallet.objects.get(), look_at=now,
        created_at=now - timedelta(hours=1),
    )  # fmt: skip
    Dispute.objects.create(payment=made, cause="raised", opened_by="olga", opened_at=now)
    found = told()
    reached = {key[1]: value for key, value in found.items() if key[0] == "payments_total"}
    assert reached == {"created": 3, "successful": 1, "failed": 1}
    assert found[("payments_volume_usdt_total",)] == 25
    assert found[("payments_fees_usdt_total",)] > 0
    assert found[("payments_refunded_usdt_total",)] == 0
    assert (found[("sweeps_open", "wanted")], found[("sweeps_open", "signed")]) == (1, 0)
    assert 3_599 < found[("sweep_oldest_age_seconds", "wanted")] < 3_700
    assert found[("disputes_open",)] == 1


@pytest.mark.contract("C-METRICS-6")
def test_it_tells_of_payouts_that_wait_for_people_and_of_those_signed_long_ago() -> None:
    builders.hot_wallet()
    owner = builders.user()
    assert told()[("oldest_processing_age_seconds",)] == 0
    hour_ago = utc_now() - timedelta(hours=1)
    signed, waits = (
        builders.payout(owner, status="processing", now=hour_ago), builders.payout(owner)
    )  # fmt: skip
    Payout.objects.filter(pk=signed.pk).update(updated_at=hour_ago)
    Payout.objects.filter(pk=waits.pk).update(review="required")
    found = told()
    assert found[("payouts_in_review",)] == 1
    assert found[("oldest_unsigned_age_seconds",)] == 0
    Payout.objects.filter(pk=waits.pk).update(review="not_required", due_at=hour_ago)
    assert 3_599 < told()[("oldest_unsigned_age_seconds",)] < 3_700
    for people_or_energy in (WAITS_FOR_ENERGY, WAITS_FOR_SIGNATURES):
        Payout.objects.filter(pk=waits.pk).update(wait_reason=people_or_energy)
        assert told()[("oldest_unsigned_age_seconds",)] == 0
    assert 3_599 < found[("oldest_processing_age_seconds",)] < 3_700


@pytest.mark.contract("C-METRICS-6")
def test_payouts_of_a_batch_are_not_late_before_its_file_is_all_in() -> None:
    builders.hot_wallet()
    batch = builders.batch(builders.user(), count=2)
    Payout.objects.update(due_at=utc_now() - timedelta(hours=1))
    assert 3_599 < told()[("oldest_unsigned_age_seconds",)] < 3_700
    Batch.objects.filter(pk=batch.pk).update(filled_at=None)
    assert told()[("oldest_unsigned_age_seconds",)] == 0


@pytest.mark.contract("C-METRICS-6")
def test_it_tells_when_beat_gave_a_sign_of_life() -> None:
    assert ("beat_age_seconds",) not in told()
    beat_alive()
    assert 0 <= told()[("beat_age_seconds",)] < 60


@pytest.mark.contract("C-METRICS-5")
def test_it_counts_what_was_given_up_within_a_day() -> None:
    owner, now = builders.user("operator"), utc_now()
    making.endpoint(owner, "http://127.0.0.1:1/")
    making.events(owner, 2)
    making.place(now - timedelta(hours=48))
    for at, one in zip((hours(now, 25), hours(now, 1)), Delivery.objects.all(), strict=True):
        Delivery.objects.filter(pk=one.pk).update(status="exhausted", ended_at=at)
    assert told()[("webhook_deliveries_given_up",)] == 1


def hours(now: datetime, ago: int) -> datetime:
    return now - timedelta(hours=ago)


def test_production_sends_calls_to_https_but_not_prometheus(monkeypatch: Any) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 60)
    production = runpy.run_module("lucidpay.settings.production")
    names = ("SECURE_SSL_REDIRECT", "SECURE_REDIRECT_EXEMPT")
    with override_settings(**{name: production[name] for name in names}):
        assert Client().get(METRICS).status_code == 200
        assert Client().get("/api/payment/payouts").status_code == 301
