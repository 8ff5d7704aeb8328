"""`manage.py report`: write a report of everybody's payments into a file."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from gateway.models_report import Report
from gateway.reports.document import TooManyRows, document_of
from gateway.reports.files import file_write, rows_max
from gateway.reports.selection import Selection
from gateway.services.report_request import period_of
from gateway.states import PaymentStatus
from lucidpay.api.moments import MomentField
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed


class Command(BaseCommand):
    """Writes the same files as the API, at once and without storing anything."""

    help = "Write a report of everybody's payments into a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which payments, and where they go."""
        parser.add_argument("--from", dest="start", required=True, help="A date or time (UTC).")
        parser.add_argument(
            "--to", dest="end", required=True, help="Before then; of a date the whole day."
        )
        parser.add_argument("--format", choices=Report.Format.values, default=Report.Format.CSV)
        parser.add_argument("--out", required=True, type=Path, help="The file to write.")
        parser.add_argument("--status", choices=PaymentStatus.values, default="")
        parser.add_argument("--include-failed", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, or none at all."""
        selection = Selection(
            *self._period(options), None, options["status"], options["include_failed"]
        )
        out: Path = options["out"]
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.")
        try:
            number = self._write(selection, options["format"], out)
        except TooManyRows as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{out}: {number} payments.")

    def _period(self, options: dict[str, Any]) -> tuple[Any, Any]:
        try:
            start = MomentField().to_internal_value(options["start"])
            end = MomentField(end_of_day=True).to_internal_value(options["end"])
            return period_of(start, end)
        except ValidationError as error:
            raise CommandError("--from and --to: a date or an ISO 8601 time.") from error
        except ValidationFailed as error:
            raise CommandError(" ".join(text for [text] in error.details.values())) from error

    def _write(self, selection: Selection, format_: str, out: Path) -> int:
        with document_of(
            selection, report_id="", whose="all merchants", now=utc_now(),
            rows_max=rows_max(format_),
        ) as document:  # fmt: skip
            # Beside the file and then in its place: nobody ever finds half of one there.
            with tempfile.NamedTemporaryFile(dir=out.parent, delete=False) as file:
                try:
                    file_write(format_, document, file, lambda _: None)
                except BaseException:
                    os.unlink(file.name)
                    raise
            os.replace(file.name, out)
            return document.row_count
