"""What Prometheus is told: money and chain from the database, requests from this process.

Read at each scrape, so it is right after a restart and on any host. Each query is bounded, runs
over a partial index or reads sums that the database keeps (``payouts/tallies``).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import accumulate, product
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily as Count
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Histogram
from prometheus_client.core import Metric
from redis.exceptions import RedisError

from lucidpay.clock import from_ms, utc_now
from lucidpay.health import (
    NODE_TROUBLE,
    comparison_waits_s,
    unbooked_age_s,
    wallets_compared,
    workers_health,
)
from lucidpay.metric_families import PREFIX, Rows, many, one
from lucidpay.metrics_gateway import gateway_metrics
from lucidpay.money import UNITS_PER_TOKEN
from lucidpay.workers import beat_silent_s, queues_unserved, workers_alive
from payouts.late import under_way, unsigned_late
from payouts.models import Payout, Review, RouterType
from payouts.policy.breakers import breaker_status, limit_usage
from payouts.states import FINAL, Status
from payouts.tallies.models import Measure
from payouts.tallies.read import Counted, Slice, by_router, by_status, tallied_ever
from payouts.tallies.triggers import LATENCY_MS
from tron.breaker import CLOSED, UNKNOWN
from tron.cursor import cursor_here
from tron.models import ChainFlow, Halt, HaltCause
from tron.nodes_report import ANSWERS, answers_by_code, nodes_report
from wallets.models import Account, Asset, Reconciliation, WalletStatus
from wallets.models_alert import BalanceAlert
from wallets.models_resources import ResourceLook
from wallets.services.suspense import suspense_open
from webhooks.figures import COUNT_MAX, endpoints_failed, given_up, outcomes, waiting

CONTENT_TYPE = CONTENT_TYPE_LATEST
IN_REVIEW_MAX = GIVEN_UP_MAX = 1_000
RESOURCES = ("energy", "bandwidth", "free_bandwidth")


def metrics_page() -> bytes:
    """Return all metrics as Prometheus text. Raises ``WrongChain`` on another network's data."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Database(utc_now()))
    own: bytes = generate_latest(registry)
    return own + bytes(ExportToDjangoView(HttpRequest()).content)


class _Database:
    """A collector of everything that the database knows."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> list[Metric]:
        """Describe nothing beforehand: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from _chain(self._now)
        yield from _nodes()
        yield from _payouts(self._now)
        yield from _limits(self._now)
        yield from _wallets()
        yield from _resources(self._now)
        yield from _books(self._now)
        yield from gateway_metrics(self._now)
        yield from _webhooks(self._now)
        yield from _workers()


def _chain(now: datetime) -> Iterator[Gauge]:
    cursor = cursor_here()
    if cursor is not None:
        head_age_s = (now - from_ms(cursor.head_time_ms)).total_seconds()
        read_age_s = (now - from_ms(cursor.time_ms)).total_seconds()
        unread, unagreed = cursor.solid_number - cursor.number, cursor.number - cursor.agreed_number
        yield from one("scanner_lag_blocks", "Solid blocks that are not read yet.", unread)
        yield from one("agreement_lag_blocks", "Read blocks no second node told.", unagreed)
        yield from one("head_age_seconds", "Age of the newest block seen.", head_age_s)
        yield from one("read_age_seconds", "Age of the last solid block read.", read_age_s)
    halts = Counter(Halt.objects.filter(lifted_at=None).values_list("cause", flat=True))
    rows: Rows = [((cause,), halts[cause]) for cause in HaltCause.values]
    yield many("halts_open", "Reasons why nothing is signed or sent.", ["cause"], rows)


def _nodes() -> Iterator[Gauge]:
    nodes = nodes_report()

    def of_each(name: str, text: str, tell: Callable[[dict[str, Any]], float | None]) -> Gauge:
        rows: Rows = [
            ((node["name"],), value) for node in nodes if (value := tell(node)) is not None
        ]
        return many(name, text, ["node"], rows)

    yield of_each("node_up", "0 in trouble.", lambda node: node["status"] not in NODE_TROUBLE)
    yield of_each("node_throttled", "1 while it asks for a pause.",
                  lambda node: node["throttled_until"] is not None)  # fmt: skip
    yield of_each("node_head_block", "Its newest block.", lambda node: node["latest_block"])
    yield of_each("node_latency_seconds", "Of its last answer.",
                  lambda node: (ms := node["latency_ms"]) and ms / 1000)  # fmt: skip
    yield of_each("node_failures", "In a row.", lambda node: node["failures"])
    yield of_each("node_solid_block", "Its solid block.", lambda node: node["solid_block"])
    codes: Rows = [((code,), count) for code, count in answers_by_code().items()]
    text = f"The last {ANSWERS} answers to sent transactions."
    yield many(f"broadcast_answers_of_last_{ANSWERS}", text, ["code"], codes)


def _payouts(now: datetime) -> Iterator[Metric]:
    sums = tallied_ever()
    rows: Rows = [((status,), counted.count) for status, counted in by_status(sums).items()]
    yield many("payouts", "Payouts by the status they are in.", ["status"], rows)
    yield from _waits(now)
    yield _requests(sums)
    paid = Count("tron_payout_amount_usdt", "Confirmed on chain.", labels=["router_type"])
    confirmed = by_router(sums, [Status.CONFIRMED])
    for router in RouterType.values:
        paid.add_metric([router], confirmed[router].total / UNITS_PER_TOKEN)
    yield paid
    text = "From when a payout was due to its first signature."
    yield _latency(Measure.DISPATCH, text, sums)
    text = "From when a payout was due to its confirmation."
    yield _latency(Measure.CONFIRMATION, text, sums)


def _waits(now: datetime) -> Iterator[Gauge]:
    # Not the one that was asked for first: what waited for its release is due since then only.
    due = Payout.objects.filter(status=Status.PENDING, due_at__lte=now)
    oldest = due.aggregate(at=Min("due_at"))["at"]
    age_s = 0.0 if oldest is None else (now - oldest).total_seconds()
    yield from one("oldest_pending_age_seconds", "Since the oldest one was due.", age_s)
    oldest = unsigned_late(now).aggregate(at=Min("due_at"))["at"]
    age_s = 0.0 if oldest is None else (now - oldest).total_seconds()
    text = "The same of those that wait for no person, no batch and no energy."
    yield from one("oldest_unsigned_age_seconds", text, age_s)
    signed = under_way().aggregate(at=Min("under_way_at"))["at"]
    age_s = 0.0 if signed is None else (now - signed).total_seconds()
    text = "Since a payout was signed, or sent when people sign it: that longest ago without end."
    yield from one("oldest_processing_age_seconds", text, age_s)
    review = Payout.objects.filter(status=Status.PENDING, review=Review.REQUIRED).order_by()
    text = f"Payouts that wait for people to approve them; {IN_REVIEW_MAX} stands for more."
    yield from one("payouts_in_review", text, review[:IN_REVIEW_MAX].count())


def _requests(sums: dict[Slice, Counted]) -> Metric:
    """Count payouts in each status they have reached, so that no count ever goes down."""
    text = "Payouts that have reached each status: pending when they were asked for."
    family = Count("tron_payment_requests", text, labels=["router_type", "status"])
    reached = {Status.PENDING: by_router(sums), Status.PROCESSING: by_router(sums, ["dispatch"])}
    reached |= {status: by_router(sums, [status]) for status in FINAL}
    for status in Status:
        for router in RouterType.values:
            family.add_metric([router, status.value], reached[status][router].count)
    return family


def _latency(measure: Measure, text: str, sums: dict[Slice, Counted]) -> Metric:
    family = Histogram(f"{PREFIX}{measure}_seconds", text, labels=["router_type"])
    for router in RouterType.values:
        in_buckets = {
            part.bucket: counted
            for part, counted in sums.items()
            if (part.router_type, part.measure) == (router, measure)
        }
        counts = [in_buckets.get(at, Counted()).count for at in range(len(LATENCY_MS) + 1)]
        bounds = [*(str(ms / 1000) for ms in LATENCY_MS), "+Inf"]
        total_s = sum(counted.total for counted in in_buckets.values()) / 1000
        family.add_metric([router], list(zip(bounds, accumulate(counts), strict=True)), total_s)
    return family


def _limits(now: datetime) -> Iterator[Metric]:
    used = limit_usage(now=now).daily_micro / UNITS_PER_TOKEN
    yield Gauge("tron_daily_limit_usage_usdt", "Of V0 and KYC, this day (UTC).", value=used)
    status = breaker_status(now)
    if status != UNKNOWN:
        text = "1 while one is open or half open; nothing while it is not known."
        yield Gauge("tron_circuit_breaker_open", text, value=status != CLOSED)


def _wallets() -> Iterator[Gauge]:
    accounts = Account.objects.filter(kind=Account.Kind.WALLET).select_related("wallet")
    held = list(accounts.defer("wallet__sealed_key").order_by("pk"))
    for name, text, field in (
        ("wallet_balance", "Solid balance by the books, whole tokens.", "balance_units"),
        ("wallet_held", "Promised to signed payouts, whole tokens.", "held_units"),
    ):
        rows = [
            (
                (str(row.wallet and row.wallet.name), row.asset),
                getattr(row, field) / UNITS_PER_TOKEN,
            )
            for row in held
        ]
        yield many(name, text, ["wallet", "asset"], rows)
    low = Gauge("tron_wallet_low_balance", "1 below its threshold.", labels=["wallet", "asset"])
    alerts = BalanceAlert.objects.filter(wallet__status=WalletStatus.ACTIVE).order_by("pk")
    for name, asset, since in alerts.values_list("wallet__name", "asset", "low_since"):
        low.add_metric([name, asset], float(since is not None))
    yield low


def _resources(now: datetime) -> Iterator[Gauge]:
    active = ResourceLook.objects.filter(wallet__status=WalletStatus.ACTIVE)
    looks = list(active.select_related("wallet").defer("wallet__sealed_key").order_by("pk"))
    rows: Rows = [
        ((look.wallet.name, resource), getattr(look, resource))
        for look in looks
        for resource in RESOURCES
    ]
    text = "What can be used without burning TRX: energy, bandwidth of the stake and of each day."
    yield many("wallet_resources", text, ["wallet", "resource"], rows)
    ages: Rows = [((look.wallet.name,), (now - look.at).total_seconds()) for look in looks]
    yield many("wallet_resources_age_seconds", "Since the chain told them.", ["wallet"], ages)


def _books(now: datetime) -> Iterator[Gauge]:
    yield from _comparisons(now)
    waits_s, behind_s = comparison_waits_s(now), unbooked_age_s()
    yield from one("reconciliation_waits_seconds", "The oldest unfinished one.", waits_s or 0)
    unbooked = ChainFlow.objects.filter(booked_at=None).count()
    yield from one("flows_unbooked", "Movements that are not booked yet.", unbooked)
    yield from one("flows_unbooked_age_seconds", "The oldest of them.", behind_s or 0)
    yield from one("suspense_open", "Bookings nobody has explained.", suspense_open().count())


def _comparisons(now: datetime) -> Iterator[Gauge]:
    differences, ages = [], []
    for wallet, asset in product(wallets_compared().defer("sealed_key").order_by("pk"), Asset):
        rows = Reconciliation.objects.filter(wallet=wallet, asset=asset)
        last = rows.order_by("-block_number").first()
        label = (wallet.name, asset.value)
        if last is not None:
            differences.append((label, last.difference_units / UNITS_PER_TOKEN))
        since = wallet.created_at if last is None else last.at
        ages.append((label, (now - since).total_seconds()))
    labels = ["wallet", "asset"]
    yield many("reconciliation_difference", "Chain less books, tokens.", labels, differences)
    text = "Since the last comparison; before the first, since the wallet was made."
    yield many("reconciliation_age_seconds", text, labels, ages)


def _webhooks(now: datetime) -> Iterator[Metric]:
    text = "Attempts to deliver a webhook, by what came of them."
    told = Count(f"{PREFIX}webhook_deliveries", text, labels=["outcome"])
    for outcome, count in outcomes().items():
        told.add_metric([outcome], count)
    yield told
    waits = waiting(now)
    text = f"Deliveries on their way; {COUNT_MAX} stands for more."
    yield from one("webhook_deliveries_pending", text, waits.pending)
    yield from one("webhook_oldest_due_seconds", "Since it should be sent.", waits.oldest_due_s)
    yield from one("webhook_unplaced_seconds", "The oldest unplaced event.", waits.unplaced_s)
    text = f"Deliveries given up in the last 24 hours; {GIVEN_UP_MAX} stands for more."
    yield from one("webhook_deliveries_given_up", text, given_up(now)[:GIVEN_UP_MAX].count())
    text = "Endpoints that were switched off for failing."
    yield from one("webhook_endpoints_failed", text, endpoints_failed())


def _workers() -> Iterator[Gauge]:
    found = workers_health()
    yield from one("workers_alive", "Workers that gave a sign of life.", found["alive"])
    yield from one("queue_depth", "Tasks that wait for a worker.", found["queue_depth"])
    with suppress(RedisError):  # then nothing is known, as above
        unserved = len(queues_unserved(workers_alive()))
        yield from one("queues_unserved", "Queues that no worker serves.", unserved)
        yield from one("beat_age_seconds", "Since beat last gave a sign of life.", beat_silent_s())
