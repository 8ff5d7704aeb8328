"""`manage.py settle_now`: do not wait for the next slot."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access.console import amount_text
from gateway.services.settle_fees import settlement_make
from gateway.services.settle_fees_end import settlements_follow
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from payouts import tasks

BY = "manage.py settle_now"


class Command(BaseCommand):
    """Settles the fees that were collected so far, also below the threshold."""

    help = "Send collected fees to SETTLEMENT_ADDRESS now, however little it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Settle, ring the signer, and say what came of it."""
        settlements_follow(now=utc_now())
        settled = settlement_make(now=utc_now(), by=BY, only_if_due=False)
        settlement = settled.settlement
        if settlement is None:
            raise CommandError(settled.why_not)
        ring(tasks.sign)
        amount = amount_text(settlement.amount_micro, "USDT")
        self.stdout.write(
            f"{settlement} pays {amount}, the fees of {settlement.payments:,} payments, to "
            f"{settlement.recipient}."
        )
