"""``manage.py rewind_scan --reason …``: read again what only one node told."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.commands import account_here
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from tron.rewind import scan_rewind


class Command(BaseCommand):
    """Forgets the blocks that no second node confirmed; the scanner reads them again."""

    help = (
        "After a node lied: take it out of TRON_NODES, restart the workers, run this, and lift "
        "the halt when `manage.py verify` is content. Needs the kill switch to be on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the reason, which is logged."""
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewind, and name what a person must look at."""
        try:
            done = scan_rewind(by=account_here(), reason=options["reason"], now=utc_now())
        except LucidError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Blocks {done.first} to {done.last} will be read again.")
        for txid in done.paid:
            self.stdout.write(f"Found paid there, check with another node: {txid}")
