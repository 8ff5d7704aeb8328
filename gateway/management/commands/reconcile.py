"""`manage.py reconcile [pay_…]`: compare payments with the books and the chain now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateway.models import Payment
from gateway.models_after import Reconciliation
from gateway.services.reconcile import CheckAsked, reconcile_ask, reconciliations_retry
from gateway.services.reconcile_due import payments_reconcile
from gateway.states import CheckStatus
from lucidpay.clock import utc_now
from lucidpay.ids import new_id, parse_public_id


class Command(BaseCommand):
    """Compares one payment, or all that are due."""

    help = "Compare one payment, or all that are due, with the books and the chain."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which one."""
        parser.add_argument("payment_id", nargs="?", help="pay_…; without it: all that are due.")
        parser.add_argument("--transaction", default="", help="A transaction to look for in it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and say what differs. Exit status 1 when something does."""
        if options["payment_id"] is None:
            self._all()
            return
        row = self._one(options["payment_id"], options["transaction"])
        self.stdout.write(f"{row}: {row.status}, up to block {row.solid_block}")
        for one in row.differences:
            self.stdout.write(
                f"DIFFERS: {one['field']}: {one['expected']} expected, {one['found']} found. "
                f"{one['meaning']}"
            )
        if row.status in (CheckStatus.DISPUTED, CheckStatus.FAILED):
            raise SystemExit(1)

    def _one(self, payment_id: str, txid: str) -> Reconciliation:
        key = parse_public_id("pay", payment_id)
        if key is None or not Payment.objects.filter(pk=key).exists():
            raise CommandError("There is no payment with this id.")
        now = utc_now()
        return reconcile_ask(
            CheckAsked(
                payment_id=key,
                owner_id=None,
                external_transaction_id=txid[:100],
                notes="manage.py reconcile",
                request_id=new_id(now).hex,
                now=now,
            )
        )

    def _all(self) -> None:
        count, now = 0, utc_now()
        while step := payments_reconcile(now=now):
            count += step
        ended = reconciliations_retry(now=now)
        self.stdout.write(f"{count:,} payments compared, {ended:,} comparisons that waited ended.")
        differing = Reconciliation.objects.filter(
            created_at__gte=now, status=CheckStatus.DISPUTED
        ).select_related("payment")
        for row in differing:
            fields = ", ".join(one["field"] for one in row.differences)
            self.stdout.write(f"DIFFERS: {row.payment}: {fields}")
