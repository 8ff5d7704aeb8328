"""`manage.py release_batches [HOURLY|DAILY|WEEKLY|batch_…]`: do not wait for the schedule."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import LucidError
from lucidpay.ids import parse_public_id
from payouts import tasks
from payouts.models_batch import Batch
from payouts.releases import DEFAULTS
from payouts.services.batch import batch_release
from payouts.services.release import release_all

BY = "manage.py release_batches"


class Command(BaseCommand):
    """Releases what waits for a schedule now."""

    help = "Release batches, and payouts that wait for the same schedule, now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is released."""
        parser.add_argument(
            "what", nargs="?", help="HOURLY, DAILY, WEEKLY or batch_…; without it: all three."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Release it, and ring the signer."""
        what = options["what"]
        key = parse_public_id("batch", what) if what else None
        if key is not None:
            self._release_one(key)
        elif what is None or what in DEFAULTS:
            for batch_type in [what] if what else DEFAULTS:
                self._release_kind(str(batch_type))
        else:
            raise CommandError(f"{what!r} is none of {', '.join(DEFAULTS)}, and no batch's id.")
        ring(tasks.sign)

    def _release_one(self, key: UUID) -> None:
        if not Batch.objects.filter(pk=key).exists():
            raise CommandError("There is no batch with this id.")
        try:
            standing = batch_release(batch_id=key, by=BY, now=utc_now())
        except LucidError as error:
            raise CommandError(f"{error.message} It is {error.details['status']}.") from error
        self.stdout.write(f"{standing.batch} is released: {standing.open} payouts are due.")

    def _release_kind(self, batch_type: str) -> None:
        batches, payouts = release_all(batch_type=batch_type, by=BY, now=utc_now())
        self.stdout.write(f"{batch_type}: {batches} batches and {payouts} single payouts are due.")
