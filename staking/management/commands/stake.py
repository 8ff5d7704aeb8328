"""`manage.py stake WALLET AMOUNT [--resource …]`."""

from typing import Any

from django.core.management.base import CommandParser

from staking.management.asking import StakingCommand, declare_resource, sun_of
from staking.services.stake import trx_stake
from tron.account import Resource
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Stakes TRX of a wallet."""

    help = "Stake TRX of a wallet for energy or bandwidth; `manage.py advice` says how much."

    def declare(self, parser: CommandParser) -> None:
        """Declare how much, and what for."""
        parser.add_argument("amount", help="TRX: 1 and more.")
        declare_resource(parser)

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the stake as the chain would take it."""
        resource = Resource(options["resource"])
        return trx_stake(wallet=wallet, amount_sun=sun_of(options["amount"]), resource=resource)
