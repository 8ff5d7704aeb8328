"""`manage.py unstake WALLET AMOUNT [--resource …]`, or `--cancel` what is on its way out."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from staking.management.asking import StakingCommand, declare_resource, sun_of
from staking.services.cancel_unstake import unstake_cancel
from staking.services.unstake import trx_unstake
from tron.account import Resource
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Takes TRX out of a stake."""

    help = "Take TRX out of a wallet's stake; 14 days later `manage.py withdraw` gets them."

    def declare(self, parser: CommandParser) -> None:
        """Declare how much, and of what."""
        parser.add_argument("amount", nargs="?", help="TRX.")
        declare_resource(parser)
        parser.add_argument("--cancel", action="store_true",
                            help="Stake all again that is on its way out.")  # fmt: skip

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the unstaking as the chain would take it."""
        if options["cancel"] == (options["amount"] is not None):
            raise CommandError("Give an amount, or --cancel.")
        if options["cancel"]:
            return unstake_cancel(wallet=wallet)
        resource = Resource(options["resource"])
        return trx_unstake(wallet=wallet, amount_sun=sun_of(options["amount"]), resource=resource)
