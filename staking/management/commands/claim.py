"""`manage.py claim WALLET`."""

from typing import Any

from staking.management.asking import StakingCommand
from staking.services.claim_rewards import rewards_claim
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Claims rewards."""

    help = "Claim what a wallet's votes have earned; once in 24 hours."

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the claim as the chain would take it."""
        return rewards_claim(wallet=wallet)
