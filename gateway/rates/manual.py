"""Rates that people set."""

from datetime import datetime

from gateway.models_fees import Rate
from gateway.rates.source import NoRate


class ManualRates:
    """The rate that was set last, until it expires; one before it never comes back."""

    def rate(self, *, now: datetime) -> Rate:
        """Return it, or raise ``NoRate``."""
        newest = Rate.objects.filter(source=Rate.Source.MANUAL).order_by("-at", "-pk").first()
        if newest is None:
            raise NoRate({"status": "no_rate_was_set"})
        if newest.expires_at <= now:
            raise NoRate({"status": "rate_expired"})
        return newest
