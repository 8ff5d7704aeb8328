"""The six services, and which tasks are whose. Each has a Celery queue of its own name.

Every task that is rung goes by this table, whoever rings: a request, beat, another task. What
keeps house is nobody's and goes to the default queue.
"""

from fnmatch import fnmatchcase
from functools import cache

# Patterns as Celery's routes take them.
SERVICES: dict[str, tuple[str, ...]] = {
    "tron-client": ("tron.*",),
    "wallet-manager": (
        "wallets.open",
        "wallets.alert",
        "wallets.backup",
        "wallets.book_flows",
        "wallets.operate",
        "wallets.settle",
        "gateway.sweep",  # it signs, and those who send webhooks need not have the vault's key
    ),
    "usdt-manager": ("wallets.reconcile",),
    "payout-router": ("payouts.*",),
    "payment-gateway": ("webhooks.*", "gateway.*"),
    "trx-staking": ("wallets.look", "staking.*"),
}
HOUSEKEEPING_QUEUE = "lucidpay"
HOUSEKEEPING = ("retention.sweep", "uploads.work")
QUEUES = (*SERVICES, HOUSEKEEPING_QUEUE)


def routes() -> dict[str, dict[str, str]]:
    """Return Celery's routes: pattern of a task's name → queue."""
    rows = {pattern: name for name, patterns in SERVICES.items() for pattern in patterns}
    rows |= dict.fromkeys(HOUSEKEEPING, HOUSEKEEPING_QUEUE)
    return {pattern: {"queue": name} for pattern, name in rows.items()}


@cache
def service_of(task: str) -> str | None:
    """Return the service that a task belongs to, ``None`` when it is nobody's."""
    for name, patterns in SERVICES.items():
        if any(fnmatchcase(task, pattern) for pattern in patterns):
            return name
    return None
