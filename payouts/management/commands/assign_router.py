"""`manage.py assign_router WALLET`: the wallet that pays."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payouts.services.route import NeverPays, router_assign
from wallets.models import Wallet


class Command(BaseCommand):
    """Lets a wallet pay for all routers."""

    help = "Let a wallet pay for all routers."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the wallet's name."""
        parser.add_argument("wallet", help="Its name.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Assign it."""
        wallet = Wallet.objects.filter(name=options["wallet"]).first()
        if wallet is None:
            raise CommandError(f"There is no wallet {options['wallet']!r}; see `wallet list`.")
        try:
            count = router_assign(wallet=wallet)
        except NeverPays as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{count} routers pay from {wallet}; its status is {wallet.status}.")
