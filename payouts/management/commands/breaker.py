"""`manage.py breaker [status|trip|reset] [--router …|--network] --reason …`."""

from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.commands import account_here
from lucidpay.clock import iso, utc_now
from lucidpay.errors import LucidError
from payouts.models_limits import BreakerTrip
from payouts.policy.breakers import limit_breaker_status
from payouts.services.limits import limit_breaker_reset, limit_breaker_trip
from tron.breaker import network_breaker_reset, network_breaker_status, network_breaker_trip


class Command(BaseCommand):
    """Stops new payouts by hand, says how the breakers stand, and lets them go on."""

    help = "Refuse new payouts (trip), see how the breakers stand (status), go on (reset)."
    # It must be possible to stop even when something else is set wrongly.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verb, what it is about, and what is kept with it."""
        parser.add_argument("verb", nargs="?", choices=("status", "trip", "reset"),
                            default="status")  # fmt: skip
        parser.add_argument("--router", default="", help="Such as PayoutRouterV0; else all.")
        parser.add_argument("--network", action="store_true", help="The network's, not payouts'.")
        parser.add_argument("--reason", default="", help="Why; kept for good.")
        parser.add_argument("--by", default="", help="Who; your login name unless given.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one verb, then show how it stands."""
        verb, reason = options["verb"], options["reason"].strip()
        if verb != "status" and options["network"]:
            try:
                network_breaker_trip() if verb == "trip" else network_breaker_reset()
            except redis.RedisError as error:
                away = "Redis, which keeps it, is away. Nothing was changed; try again later."
                raise CommandError(away) from error
        elif verb != "status":
            if not reason:
                raise CommandError("Say why with --reason; it is kept.")
            act = limit_breaker_trip if verb == "trip" else limit_breaker_reset
            by = options["by"] or account_here()
            try:
                act(router_type=options["router"], reason=reason, by=by, now=utc_now())
            except LucidError as error:
                raise CommandError(error.message) from error
        self._show()

    def _show(self) -> None:
        self.stdout.write(f"limits: {limit_breaker_status()}  network: {network_breaker_status()}")
        for trip in BreakerTrip.objects.filter(reset_at=None).order_by("pk"):
            router = trip.router_type or "all routers"
            self.stdout.write(f"{router} tripped  {iso(trip.at)}  {trip.by}: {trip.reason}")
