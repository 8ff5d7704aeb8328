"""`manage.py topup`: look now whether hot wallets need to be filled."""

from typing import Any

from django.core.management.base import BaseCommand

from access.console import amount_text
from lucidpay.clock import utc_now
from payouts.services.top_up import top_ups_request


class Command(BaseCommand):
    """Asks for the top-ups that the rules in the admin want, as the worker does every minute."""

    help = "Ask for top-ups of hot wallets now; people approve and sign them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at every rule, and say what came of it."""
        looked = top_ups_request(now=utc_now())
        for one in looked:
            if one.payout is None:
                said = one.why_not
            else:
                amount = amount_text(one.payout.amount_micro, "USDT")
                said = f"{one.payout.public_id} over {amount} waits for approval."
            self.stdout.write(f"{one.rule.wallet.name}: {said}")
        if not looked:
            self.stdout.write("There is no rule. They are set in the admin.")
