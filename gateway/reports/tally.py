"""What payments add up to, as a whole and by day, method and status. Amounts in micro-USDT."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta

from gateway.kinds import Method
from gateway.reports.rows import Row
from gateway.states import PaymentStatus
from lucidpay.money import PLACES, UNITS_PER_TOKEN

PLACES_MIN = 2
# The months of longer periods are told apart, and not their days.
DAYS_MAX = 62


@dataclass
class Sums:
    """Counts of payments, and their sums in micro-USDT.

    ``successful``: the payee was paid. Volume and fees are of these.
    """

    payments: int = 0
    successful: int = 0
    failed: int = 0
    volume_micro: int = 0
    fees_micro: int = 0
    refunded_micro: int = 0

    @property
    def net_micro(self) -> int:
        """Return the volume less the fees, also those that are billed and not deducted."""
        return self.volume_micro - self.fees_micro

    def stored(self) -> dict[str, int]:
        """Return what makes them again."""
        return {name: int(value) for name, value in asdict(self).items()}

    def add(self, row: Row) -> None:
        """Count one payment."""
        self.payments += 1
        self.failed += row.has_failed
        self.refunded_micro += row.refunded_micro
        if row.is_paid:
            self.successful += 1
            self.volume_micro += row.amount_micro
            self.fees_micro += row.fee_micro


@dataclass
class Tally:
    """Sums over the payments of a period."""

    start: datetime
    end: datetime
    whole: Sums = field(default_factory=Sums)
    by_day: dict[date, Sums] = field(default_factory=lambda: defaultdict(Sums))
    by_method: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    by_status: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    places: int = PLACES_MIN  # decimals that all amounts can be written with

    def add(self, row: Row) -> None:
        """Count one payment."""
        for sums in (
            self.whole,
            self.by_day[row.created_at.date()],
            self.by_method[row.method],
            self.by_status[row.status],
        ):
            sums.add(row)
        for units in (row.amount_micro, row.fee_micro, row.net_micro, row.refunded_micro):
            self.places = max(self.places, places_of(units))

    @property
    def has_days(self) -> bool:
        """Return whether the period is told by day, and not by month."""
        return len(self._days()) <= DAYS_MAX

    def steps(self) -> list[tuple[str, Sums]]:
        """Return every day (UTC) of the period with its sums, or every month of a longer one."""
        found: dict[str, Sums] = {}
        for day in self._days():
            name = day.isoformat() if self.has_days else f"{day:%Y-%m}"
            found[name] = _both(found.get(name, Sums()), self.by_day.get(day, Sums()))
        return list(found.items())

    def methods(self) -> list[tuple[str, Sums]]:
        """Return the sums by method, of those that there were."""
        return [(one.value, self.by_method[one]) for one in Method if one in self.by_method]

    def statuses(self) -> list[tuple[str, Sums]]:
        """Return the sums by status, of those that there were."""
        return [(one.value, self.by_status[one]) for one in PaymentStatus if one in self.by_status]

    def _days(self) -> list[date]:
        return list(days_of(self.start, self.end))


def places_of(units: int) -> int:
    """Return how many decimals an amount in base units has."""
    fraction = f"{abs(units) % UNITS_PER_TOKEN:0{PLACES}d}"
    return len(fraction.rstrip("0"))


def days_of(start: datetime, end: datetime) -> Iterator[date]:
    """Yield each day (UTC) that a period has a part of."""
    first = start.astimezone(UTC).date()
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).date()
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _both(one: Sums, other: Sums) -> Sums:
    more = asdict(other)
    return Sums(**{name: value + more[name] for name, value in asdict(one).items()})
