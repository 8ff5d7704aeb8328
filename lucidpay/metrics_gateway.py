"""What Prometheus is told of payments: sums that the database keeps, and what waits."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count as Counted
from django.db.models import Min
from django.db.models.functions import Coalesce
from prometheus_client.core import CounterMetricFamily as Count
from prometheus_client.core import Metric

from gateway.models_back import Dispute
from gateway.models_sweep import Sweep
from gateway.services.sweep_want import OPEN
from gateway.sums import payment_figures
from lucidpay.metric_families import PREFIX, many, one
from lucidpay.money import UNITS_PER_TOKEN

COUNT_MAX = 1_000  # counted up to here


def gateway_metrics(now: datetime) -> Iterator[Metric]:
    """Yield payments since ever, open disputes, and sweeps under way."""
    yield from _payments()
    disputes = Dispute.objects.filter(closed_at=None).order_by()[:COUNT_MAX].count()
    text = f"Disputes that nobody has decided; {COUNT_MAX} stands for more."
    yield from one("disputes_open", text, disputes)
    yield from _sweeps(now)


def _payments() -> Iterator[Metric]:
    sums = payment_figures(owner_id=None)
    text = "Payments asked for, of which the payee was paid, and that failed or were cancelled."
    ends = Count(f"{PREFIX}payments", text, labels=["reached"])
    for reached, number in (
        ("created", sums.payments), ("successful", sums.successful), ("failed", sums.failed)
    ):  # fmt: skip
        ends.add_metric([reached], number)
    yield ends
    for name, text, micro in (
        ("payments_volume_usdt", "Of successful payments.", sums.volume_micro),
        ("payments_fees_usdt", "Of successful payments.", sums.fees_micro),
        ("payments_refunded_usdt", "Sent back to payers.", sums.refunded_micro),
    ):
        yield Count(PREFIX + name, text, value=micro / UNITS_PER_TOKEN)


def _sweeps(now: datetime) -> Iterator[Metric]:
    began = Coalesce("transaction__created_at", "created_at")
    rows = Sweep.objects.filter(status__in=OPEN).order_by().values_list("status")
    found = {status: (count, since) for status, count, since in
             rows.annotate(number=Counted("pk"), since=Min(began))}  # fmt: skip
    told = [(status, found.get(status, (0, now))) for status in OPEN]
    text = "Deposit addresses that wait to be emptied (wanted), or whose transaction is signed."
    yield many("sweeps_open", text, ["status"], [((name,), count) for name, (count, _) in told])
    ages = [((name,), (now - since).total_seconds()) for name, (_, since) in told]
    text = "The oldest of them: since it was wanted, or signed."
    yield many("sweep_oldest_age_seconds", text, ["status"], ages)
