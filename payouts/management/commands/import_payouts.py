"""`manage.py import_payouts FILE --owner USER`: pay everybody in a CSV or XLSX file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from rich.console import Console
from rich.progress import Progress

from access.caller import Caller, caller_of_user
from access.models import User
from access.scopes import PAYOUTS_CREATE
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import LucidError
from lucidpay.money import tokens_of
from payouts import tasks
from payouts.files.check import CHUNK, Report, file_check, orders_of_file
from payouts.files.errors import FileRefused
from payouts.files.price import prices_told
from payouts.files.result import result_path, result_write
from payouts.files.snapshot import Snapshot, snapshot_of
from payouts.kinds import ROUTERS_HERE
from payouts.models import BatchType, Priority
from payouts.models_batch import Batch
from payouts.services.import_file import file_batch, import_begin, import_rows


class Command(BaseCommand):
    """Makes one batch of a payout file."""

    help = (
        "Import a CSV or XLSX file as one batch. Safe to run again: the same file is the same "
        "batch, and goes on where it was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file and how it is paid."""
        parser.add_argument("file", type=Path, help="Columns: recipient_address, amount_usdt, …")
        parser.add_argument("--owner", required=True, help="The user whose payouts these are.")
        parser.add_argument("--dry-run", action="store_true", help="Check all, write nothing.")
        parser.add_argument("--result", action="store_true", help="Write FILE.result.csv again.")
        parser.add_argument("--key", default="", help="Another key is another batch.")
        parser.add_argument("--batch-type", choices=BatchType.values, default=BatchType.HOURLY)
        parser.add_argument(
            "--priority", choices=[one.name for one in Priority], default=Priority.NORMAL.name
        )
        parser.add_argument("--router-type", choices=[one.value for one in ROUTERS_HERE])

    def handle(self, *args: Any, **options: Any) -> None:
        """Check every row, store all of them, and write the result file."""
        caller = _caller(options["owner"])
        try:
            with snapshot_of(options["file"], key=options["key"]) as snapshot:
                self._run(snapshot, caller, options)
        except FileRefused as error:
            raise CommandError(f"{options['file'].name} is refused. {error}") from error
        except LucidError as error:
            raise CommandError(f"{error.message} {_in_words(error)}".strip()) from error

    def _run(self, snapshot: Snapshot, caller: Caller, options: dict[str, Any]) -> None:
        known = file_batch(caller=caller, file_key=snapshot.key)
        if options["result"]:
            self._result_only(known, options["file"])
            return
        report = self._check(snapshot, caller, known, options["router_type"])
        if options["dry_run"]:
            for line in prices_told(report.drafts, rows=report.rows):
                self.stdout.write(line)
            self.stdout.write(f"Dry run: nothing was written. {_known_in_words(known)}")
            return
        batch = self._begin(snapshot, caller, options, report)
        if batch.filled_at is None:
            self._store(snapshot, caller, batch)
            ring(tasks.sign)
            self.stdout.write(f"{batch} is complete: {report.rows} payouts.")
        else:
            self.stdout.write(f"{batch}: this file was imported before. Nothing was written.")
        self._result(batch, options["file"])

    def _check(
        self, snapshot: Snapshot, caller: Caller, known: Batch | None, router_type: str | None
    ) -> Report:
        """Report on all rows, and end here when one is wrong, or all together are too much."""
        with _progress("Checking", None) as tick:
            report = file_check(
                snapshot,
                caller=caller,
                batch=known,
                router_type=router_type,
                now=utc_now(),
                tick=tick,
            )
        for line in report.wrong:
            self.stdout.write(line)
        if report.wrong:
            raise CommandError(f"{len(report.wrong)} faults. Nothing was written.")
        total = tokens_of(report.total_micro)
        self.stdout.write(f"{report.rows} rows, {total} USDT to {report.recipients} recipients.")
        if report.repeated:
            self.stdout.write(f"{report.repeated} rows pay the same amount to the same recipient.")
        if report.refusal is not None:
            raise CommandError(_too_much(report.refusal))
        return report

    def _begin(
        self, snapshot: Snapshot, caller: Caller, options: dict[str, Any], report: Report
    ) -> Batch:
        names = ("batch_type", "priority", "router_type")
        return import_begin(
            caller=caller,
            file_key=snapshot.key,
            options={name: options[name] for name in names if options[name] is not None},
            total_payouts=report.rows,
            total_amount_micro=report.total_micro,
            request_id=uuid4().hex,
            now=utc_now(),
        )

    def _store(self, snapshot: Snapshot, caller: Caller, batch: Batch) -> None:
        orders = (order for _, order, _ in orders_of_file(snapshot) if order is not None)
        first_row = 0
        with _progress("Storing", batch.total_payouts) as tick:
            while chunk := list(islice(orders, CHUNK)):
                self._store_chunk(caller, batch, chunk, first_row)
                first_row += len(chunk)
                tick(first_row)
        batch.refresh_from_db()

    def _store_chunk(
        self, caller: Caller, batch: Batch, chunk: list[dict[str, Any]], first_row: int
    ) -> None:
        now: datetime = utc_now()
        try:
            import_rows(
                caller=caller, batch_id=batch.pk, orders=chunk, first_row=first_row, now=now
            )
        except IntegrityError as error:
            raise CommandError(
                f"A reference_id of this file was taken while it was stored. {batch} is not "
                "complete, and none of it is paid: run this again, it tells which."
            ) from error

    def _result_only(self, batch: Batch | None, path: Path) -> None:
        if batch is None:
            raise CommandError("This file was never imported for this owner, with this key.")
        self._result(batch, path)

    def _result(self, batch: Batch, path: Path) -> None:
        target = result_path(path)
        count = result_write(batch, target)
        self.stdout.write(f"{target}: {count} rows.")


def _caller(username: str) -> Caller:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {username!r}.")
    caller = caller_of_user(user)
    if PAYOUTS_CREATE not in caller.scopes:
        raise CommandError(f"{username!r} has no role that lets them ask for payouts.")
    return caller


def _known_in_words(batch: Batch | None) -> str:
    if batch is None:
        return "It was never imported."
    return f"It was imported before as {batch}, with {batch.rows_stored} of its rows."


def _too_much(error: LucidError) -> str:
    return (
        f"The file as a whole is refused. {error.message}. {_in_words(error)} Nothing was written: "
        "split the file, wait, or have the limit raised."
    )


def _in_words(error: LucidError) -> str:
    return " ".join(f"{name}: {value}." for name, value in error.details.items())


@contextmanager
def _progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many rows are done; drawn on a terminal only."""
    console = Console(stderr=True)
    if not (sys.stderr.isatty() and console.is_terminal):
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
