"""Which wallet pays."""

from payouts.models import Router
from wallets.models import Wallet


def router_assign(*, wallet: Wallet, only_free: bool = False) -> int:
    """Let a wallet pay for all routers, or only for those that have none; return how many."""
    routers = Router.objects.filter(wallet=None) if only_free else Router.objects.all()
    return routers.update(wallet=wallet)
