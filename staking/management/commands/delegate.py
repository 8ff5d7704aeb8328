"""`manage.py delegate WALLET RECEIVER AMOUNT [--resource …] [--lock-days …]`."""

from typing import Any

from django.core.management.base import CommandParser

from staking.management.asking import StakingCommand, address_of, declare_resource, sun_of
from staking.services.delegate import resource_delegate
from tron.account import Resource
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Lets another address use a stake."""

    help = "Let another address use what a wallet's stake gives."

    def declare(self, parser: CommandParser) -> None:
        """Declare who, how much, and for how long at least."""
        parser.add_argument("receiver", help="An activated address that is no contract.")
        parser.add_argument("amount", help="TRX of stake: 1 and more.")
        declare_resource(parser)
        parser.add_argument("--lock-days", type=int, default=0,
                            help="It cannot be taken back before.")  # fmt: skip

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the delegation as the chain would take it."""
        return resource_delegate(
            wallet=wallet,
            receiver=address_of(options["receiver"]),
            amount_sun=sun_of(options["amount"]),
            resource=Resource(options["resource"]),
            lock_days=options["lock_days"],
        )
