"""``manage.py recount_payouts``: count all payouts again for statistics and lists."""

from typing import Any

from django.core.management.base import BaseCommand

from payouts.tallies.rebuild import tallies_rebuild


class Command(BaseCommand):
    """Forgets the sums that statistics, metrics and totals go by, and counts every payout."""

    help = "count all payouts again, after `manage.py verify` found other sums than payouts"

    def handle(self, *args: Any, **options: Any) -> None:
        """Count; creating and paying wait meanwhile."""
        tallies_rebuild()
        self.stdout.write("Counted.")
