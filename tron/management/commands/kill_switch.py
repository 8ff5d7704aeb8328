"""`manage.py kill_switch [status|on|off] --reason …`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.commands import account_here
from lucidpay.clock import from_ms, iso, utc_now
from lucidpay.errors import LucidError
from tron.halt import lift, open_halts, pull
from tron.models import HaltCause, ScanCursor


class Command(BaseCommand):
    """Stops all signing and sending, says why it stands still, and lets it go on."""

    help = "Stop all signing and sending (on), see why it stands still (status), go on (off)."
    # It must be possible to stop even when something else is set wrongly.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verb and what is kept with it."""
        parser.add_argument("verb", nargs="?", choices=("status", "on", "off"), default="status")
        parser.add_argument("--reason", default="", help="Why; kept for good.")
        parser.add_argument("--halts", default="", help="With off: ids from status, by comma.")
        parser.add_argument("--by", default="", help="Who; your login name unless given.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one verb, then show how it stands."""
        verb, reason = options["verb"], options["reason"].strip()
        if verb != "status" and not reason:
            raise CommandError("Say why with --reason; it is kept.")
        by = (options["by"] or account_here())[:100]
        if verb == "on":
            pull(reason=reason, by=by, now=utc_now())
        if verb == "off":
            self._lift(options["halts"], reason, by)
        self._show()

    def _lift(self, named: str, reason: str, by: str) -> None:
        ids = [part.strip() for part in named.split(",") if part.strip()]
        if not ids or not all(part.isdecimal() for part in ids):
            raise CommandError("Name what to lift: --halts 1,2 with ids from `kill_switch status`.")
        try:
            lift(halts=map(int, ids), reason=reason, by=by, now=utc_now())
        except LucidError as error:
            raise CommandError(error.message) from error

    def _show(self) -> None:
        halts = open_halts()
        self.stdout.write("on: nothing is signed, nothing is sent" if halts else "off")
        for row in halts:
            # A person's halt is about what its reason says.
            about = "" if row.cause == HaltCause.OPERATOR else f"  {row.subject}"
            self.stdout.write(f"{row.pk}  {row.cause}{about}  {iso(row.at)}  {row.by}")
            self.stdout.write(f"    {row.reason}")
        # Whoever waits until nothing that was lost can still be included goes by this.
        cursor = ScanCursor.objects.order_by("number").last()
        if cursor is not None:
            at = iso(from_ms(cursor.time_ms))
            self.stdout.write(f"blocks are read up to {cursor.number} of {at}")
