"""How a number becomes a metric: the names that all of ours begin with, and how they are made."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily as Gauge

PREFIX = "lucidpay_"
# The values of the labels, and the number.
Rows = Sequence[tuple[tuple[str, ...], float]]


def one(name: str, text: str, value: float | None) -> Iterator[Gauge]:
    """Yield one number; nothing while it is not known, which is not the same as 0."""
    if value is not None:
        yield Gauge(PREFIX + name, text, value=value)


def many(name: str, text: str, labels: list[str], rows: Rows) -> Gauge:
    """Return a number for each of these values of the labels."""
    family = Gauge(PREFIX + name, text, labels=labels)
    for values, number in rows:
        family.add_metric(list(values), number)
    return family
