"""``manage.py sweep_deposits``: look anew at all that lies at deposit addresses."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from gateway.models_sweep import Sweep
from gateway.services.sweep_want import deposits_forget_weight, sweeps_want, wallet_swept_to
from gateway.states import SweepStatus
from lucidpay.clock import utc_now


class Command(BaseCommand):
    """Weighs everything again, as after a change of SWEEP_MIN_USDT or SWEEP_MIN_TRX."""

    help = (
        "Weigh all that lies at deposit addresses again, and let what waits be looked at now. "
        "Workers move what is worth it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Weigh, and print what is wanted and what it waits for."""
        if wallet_swept_to() is None:
            self.stdout.write("No active wallet pays for payments: there is nowhere to move it.")
            return
        deposits_forget_weight()
        while sweeps_want(now=utc_now()):
            pass
        waiting = Sweep.objects.filter(status=SweepStatus.WANTED)
        waiting.update(look_at=utc_now())
        counted = waiting.values_list("wait_reason").annotate(Count("pk")).order_by("wait_reason")
        for reason, count in counted:
            self.stdout.write(f"{count:,} wanted: {reason or 'their turn comes'}")
        if not counted:
            self.stdout.write("Nothing is worth moving.")
