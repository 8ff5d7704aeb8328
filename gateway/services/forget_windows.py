"""Forgetting the days and minutes that no payment is counted in any more."""

from datetime import datetime, timedelta

from gateway.models_limits import GatewayWindow

CHUNK = 10_000
# Longer than any clock of ours can be behind. What is given back to a day that is gone, nobody
# would have asked for any more.
KEPT = timedelta(days=2)


def windows_forget(*, now: datetime) -> int:
    """Forget the oldest windows that began two days ago or earlier; return how many."""
    old = GatewayWindow.objects.filter(starts_at__lte=now - KEPT).order_by("starts_at")
    keys = list(old.values_list("pk", flat=True)[:CHUNK])
    return GatewayWindow.objects.filter(pk__in=keys).delete()[0]
