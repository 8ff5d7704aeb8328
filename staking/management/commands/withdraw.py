"""`manage.py withdraw WALLET`."""

from typing import Any

from staking.management.asking import StakingCommand
from staking.services.withdraw import unstaked_withdraw
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Gets back what was unstaked."""

    help = "Withdraw into a wallet what was unstaked 14 days ago or longer."

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the withdrawal as the chain would take it."""
        return unstaked_withdraw(wallet=wallet)
