"""`manage.py reconcile [pay_…]`: compare payments with the books and the chain now."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet

from gateway.models import Payment
from gateway.models_after import Reconciliation
from gateway.services.reconcile import CheckAsked, reconcile_ask, reconciliations_retry
from gateway.services.reconcile_due import payments_reconcile
from gateway.states import CheckStatus
from lucidpay.clock import utc_now
from lucidpay.ids import new_id, parse_public_id


class Command(BaseCommand):
    """Compares one payment, or all that are due."""

    help = (
        "Compare one payment, or all that are due, with the books and the chain. "
        "Exit status 1 when something differs."
    )

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
        waited = list(_scheduled().filter(status=CheckStatus.PENDING).values_list("pk", flat=True))
        while step := payments_reconcile(now=now):
            count += step
        ended = reconciliations_retry(now=now)
        self.stdout.write(f"{count:,} payments compared, {ended:,} comparisons that waited ended.")
        differing = list(_differing(waited, now))
        for row in differing:
            fields = ", ".join(one["field"] for one in row.differences)
            self.stdout.write(f"DIFFERS: {row.payment}: {fields}")
        if differing:
            raise SystemExit(1)


def _scheduled() -> QuerySet[Reconciliation]:
    """Return the comparisons that nobody has asked for over the API."""
    return Reconciliation.objects.filter(owner=None)


def _differing(waited: list[UUID], now: datetime) -> QuerySet[Reconciliation]:
    """Return what differs of the payments compared now, and of those comparisons that waited.

    What differs in the same way as before has left no row now: the newest one tells of it.
    """
    rows = _scheduled().filter(payment__reconciled_at=now)
    newest = rows.order_by("payment", "-created_at").distinct("payment").values("pk")
    found = Reconciliation.objects.filter(Q(pk__in=newest) | Q(pk__in=waited))
    return found.filter(status=CheckStatus.DISPUTED).select_related("payment").order_by("pk")
