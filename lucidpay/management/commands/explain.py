"""``manage.py explain``: what became of a payout, a transaction, an address or a reference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateway.explain_sweep import sweeps_explained
from lucidpay.clock import utc_now
from payouts.explain import NothingKnown, explain


class Command(BaseCommand):
    """Tells one story in the terminal."""

    help = (
        "Tell the story behind the id of a payout, operation or sweep, a txid, TRON address or "
        "reference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is asked about."""
        parser.add_argument(
            "term", help="payout_…, operation_…, stake_…, sweep_…, a txid, T…, or a reference_id"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the story; exit with 1 when the term names nothing."""
        term, now = options["term"], utc_now()
        try:
            self.stdout.write("\n".join(sweeps_explained(term, now=now)) or explain(term, now=now))
        except NothingKnown as error:
            raise CommandError(str(error.__doc__)) from None
