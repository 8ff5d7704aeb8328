"""What payouts still need a wallet for; wallets ask before one is archived."""

from collections.abc import Iterator

from django.db.models import Q

from payouts.models import Payout, Router
from payouts.models_top_up import TopUpRule
from payouts.states import FINAL, Status
from wallets.models import Wallet

OPEN = [status for status in Status if status not in FINAL]


def wallet_uses(wallet: Wallet) -> Iterator[str]:
    """Yield, in sentences, which routers and rules need it, and how many payouts are open."""
    for router in Router.objects.filter(wallet=wallet).order_by("pk"):
        yield f"{router} pays from it."
    rules = TopUpRule.objects.filter(Q(wallet=wallet) | Q(source=wallet), enabled=True)
    for rule in rules.select_related("wallet", "source").order_by("pk"):
        yield f"A top-up fills {rule.wallet.name} from {rule.source.name}."
    count = Payout.objects.filter(wallet=wallet, status__in=OPEN).count()
    if count:
        yield f"{count} payouts are open."
