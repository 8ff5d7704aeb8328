"""Which payments a report is about, and what they add up to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from gateway.models import Payment
from gateway.models_back import Leg
from gateway.models_report import Report
from gateway.reports.tally import Sums
from gateway.states import PaymentStatus
from lucidpay.ids import first_id_at
from payouts.queries import EARLIEST, ID_SLACK, LATEST

MOMENT = timedelta(microseconds=1)
# Successful once the payee was paid, whatever came after.
IS_PAID = Q(status=PaymentStatus.COMPLETED) | Q(completed_at__isnull=False)
FAILED = (PaymentStatus.FAILED, PaymentStatus.CANCELLED)
HAS_FAILED = Q(status__in=FAILED)


@dataclass(frozen=True)
class Selection:
    """Payments that were asked for from ``start`` on and before ``end``; ``None``: everybody's.

    Those that failed or were cancelled are always counted. ``include_failed`` tells whether they
    have rows as well; a ``status`` that names them does, too.
    """

    start: datetime
    end: datetime
    owner_id: int | None
    status: str = ""
    include_failed: bool = False

    def counted(self) -> QuerySet[Payment]:
        """Return the payments that the totals count."""
        rows = asked_for_within(self.start, self.end)
        if self.owner_id is not None:
            rows = rows.filter(owner_id=self.owner_id)
        return rows.filter(status=self.status) if self.status else rows

    def has_row(self, status: str) -> bool:
        """Return whether a payment that is counted has a row in the file."""
        return self.include_failed or bool(self.status) or status not in FAILED

    def totals(self) -> Sums:
        """Return what the payments add up to: one statement."""
        found = self.counted().aggregate(**sums_of())
        return Sums(**{name: int(value) for name, value in found.items()})

    def rows_of(self, totals: Sums) -> int:
        """Return how many rows a file with these totals has."""
        return totals.payments - (0 if self.include_failed or self.status else totals.failed)


def sums_of() -> dict[str, Any]:
    """Return the aggregates that ``Sums`` is made of."""
    paid: dict[str, Any] = {"filter": IS_PAID, "default": 0}
    return {
        "payments": Count("pk"),
        "successful": Count("pk", filter=IS_PAID),
        "failed": Count("pk", filter=HAS_FAILED),
        "volume_micro": Sum("amount_micro", **paid),
        "fees_micro": Sum("fee_micro", **paid),
        "refunded_micro": Sum("refunded_micro", default=0),
    }


def selection_of(report: Report) -> Selection:
    """Return which payments a stored report is about."""
    return Selection(
        report.period_start,
        report.period_end,
        None if report.sees_all else report.owner_id,
        report.status_filter,
        report.include_failed,
    )


def asked_for_within(start: datetime, end: datetime) -> QuerySet[Payment]:
    """Return the payments asked for from ``start`` on and before ``end``.

    Ids begin with that time and have an index. Their bounds are a minute wider than the rows' own
    time, which decides.
    """
    first = first_id_at(max(start, EARLIEST) - ID_SLACK)
    last = first_id_at(min(end, LATEST) + ID_SLACK)
    return Payment.objects.filter(
        pk__gte=first, pk__lt=last, created_at__gte=start, created_at__lt=end
    )


def with_transaction(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Return payments with ``txid``: what pays the payee, else what the payer has paid."""
    legs = Leg.objects.filter(payment=OuterRef("pk")).order_by("-pk")
    paying = Subquery(legs.values("payout__transaction__txid")[:1])
    nothing = Value("")
    own = (NullIf(F("paid_txid"), nothing), NullIf(F("seen_txid"), nothing))
    return rows.annotate(txid=Coalesce(paying, *own, nothing))
