"""Which wallet pays."""

from lucidpay.errors import Conflict
from payouts.models import Router
from wallets.models import Wallet, WalletKind, WalletStatus


class NeverPays(Conflict):
    """This wallet is only watched, or archived: nothing is ever paid from it."""


def router_assign(*, wallet: Wallet, only_free: bool = False) -> int:
    """Let a wallet pay for all routers, or only for those that have none; return how many.

    Raises ``NeverPays``.
    """
    if wallet.kind == WalletKind.WATCH or wallet.status == WalletStatus.ARCHIVED:
        raise NeverPays({"status": wallet.status, "kind": wallet.kind})
    routers = Router.objects.filter(wallet=None) if only_free else Router.objects.all()
    return routers.update(wallet=wallet)
