"""`manage.py vote WALLET WITNESS=COUNT …`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from staking.management.asking import StakingCommand, address_of
from staking.services.vote import Vote, votes_cast
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared


class Command(StakingCommand):
    """Votes with a wallet's stake."""

    help = "Vote with a wallet's stake; this replaces all its votes."

    def declare(self, parser: CommandParser) -> None:
        """Declare whom, and with how many."""
        parser.add_argument("votes", nargs="+", metavar="WITNESS=COUNT",
                            help="A vote is a whole TRX at stake.")  # fmt: skip

    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the votes as the chain would take them."""
        return votes_cast(wallet=wallet, votes=[_vote(text) for text in options["votes"]])


def _vote(text: str) -> Vote:
    address, _, count = text.partition("=")
    if not count.isascii() or not count.isdecimal():
        raise CommandError(f"{text} is no vote: such as T…=1000.")
    return Vote(address_of(address), int(count))
