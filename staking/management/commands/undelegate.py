"""`manage.py undelegate WALLET RECEIVER AMOUNT [--resource …]`."""

from typing import Any

from django.core.management.base import CommandParser

from staking.management.asking import StakingCommand, address_of, declare_resource, sun_of
from staking.services.undelegate import resource_undelegate
from tron.account import Resource
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Takes back what another address was lent."""

    help = "Take back what another address may use of a wallet's stake."

    def declare(self, parser: CommandParser) -> None:
        """Declare from whom, and how much."""
        parser.add_argument("receiver", help="Who was lent it.")
        parser.add_argument("amount", help="TRX of stake.")
        declare_resource(parser)

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the order as the chain would take it."""
        return resource_undelegate(
            wallet=wallet,
            receiver=address_of(options["receiver"]),
            amount_sun=sun_of(options["amount"]),
            resource=Resource(options["resource"]),
        )
