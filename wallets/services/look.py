"""What the wallets have staked, asked of the chain now and then.

It is for people and metrics. No payment goes by it: the signer asks for itself, before it signs.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet

from tron.errors import NodeError, Unreachable
from tron.node import ask, open_node
from tron.resources import Resources, resources_of
from wallets.models import Wallet, WalletStatus
from wallets.models_resources import ResourceLook

log = structlog.get_logger(__name__)

FRESH = timedelta(seconds=60)


def resources_look(*, now: datetime) -> int:
    """Keep what each wallet in use may use for nothing, and return how many were looked at.

    Those that were looked at within a minute are left alone. One about which no node answers keeps
    its last look, and is met again at the next ring. While nodes do not answer at all the others
    are left for then as well: who pays must not wait for this.
    """
    seen = 0
    for wallet in _due(now):
        try:
            node, found = ask(_resources(str(wallet.address)))
        except NodeError as error:
            log.warning("resources_not_seen", wallet=wallet.name, error=str(error))
            if isinstance(error, Unreachable) or isinstance(error.__cause__, TimeoutError):
                break
            continue
        values = {
            "energy": found.energy,
            "bandwidth": found.bandwidth,
            "free_bandwidth": found.free_bandwidth,
            "node": node,
            "at": now,
        }
        ResourceLook.objects.update_or_create(wallet=wallet, defaults=values)
        seen += 1
    return seen


def _due(now: datetime) -> QuerySet[Wallet]:
    # One of the future was made before the clock was set back: it must not count until then.
    fresh = ResourceLook.objects.filter(at__gt=now - FRESH, at__lte=now).values("wallet")
    used = Wallet.objects.filter(status=WalletStatus.ACTIVE).exclude(pk__in=fresh)
    return used.defer("sealed_key").order_by("pk")


async def _resources(address: str) -> tuple[str, Resources]:
    async with open_node() as node:
        return node.name, await resources_of(node, address)
