"""``lucidpay pay`` and ``lucidpay batch``: what will be paid is said before it is sent."""

import csv
import hashlib
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from lucidpay_client import calls
from lucidpay_client.answers import Answered, BatchPayoutResponse, PayoutResponse
from lucidpay_client.calls import Call
from lucidpay_client.cli.look import watch_payout
from lucidpay_client.cli.show import PARTLY, UNKNOWN, Session, shared
from lucidpay_client.errors import LucidPayError
from lucidpay_client.exact import dumps
from lucidpay_client.orders import PayoutRequest
from lucidpay_client.plans import with_retries

BATCH_MAX = 100
COLUMNS = ("recipient_address", "amount_usdt", "reason", "reference_id")
ROUTERS = click.Choice(["PayoutRouterV0", "PayoutRouterKYC"])
PRIORITIES = click.Choice(["LOW", "NORMAL", "HIGH", "URGENT"])
RELEASES = click.Choice(["IMMEDIATE", "HOURLY", "DAILY", "WEEKLY"])
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask, when this is a terminal.")


@click.command()
@click.argument("recipient_address")
@click.argument("amount_usdt")
@click.option("--reason", help="What it is for.")
@click.option("--reference-id", help="Yours, unique: pays once, however often it is sent.")
@click.option("--key", "idempotency_key", help="Of an earlier try, to repeat it.")
@click.option("--router", "router_type", type=ROUTERS)
@click.option("--priority", type=PRIORITIES)
@click.option("--release", "batch_type", type=RELEASES, help="When it is released.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--wait", is_flag=True, help="Follow it to its end.")
@click.option("--timeout-minutes", type=float, default=30, show_default=True)
@YES
@shared
def pay(
    session: Session, dry_run: bool, wait: bool, timeout_minutes: float, yes: bool, **order: Any
) -> None:
    """Pay one person an amount of USDT."""
    request = _order(order)
    if dry_run:
        session.show(session.client.dry_run_payout(request))
        return
    _announce(session, request)
    _agree(yes)
    payout = _pay(session, request, order)
    _show_made(session, payout)
    if wait:
        watch_payout(session, payout.payout_id, timeout_minutes)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--router", "router_type", type=ROUTERS)
@click.option("--priority", type=PRIORITIES)
@click.option("--release", "batch_type", type=RELEASES, default="HOURLY", show_default=True)
@click.option("--again", default="", help="A new word pays the very same file once more.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@YES
@shared
def batch(
    session: Session, file: Path, again: str, dry_run: bool, yes: bool, **for_all: str | None
) -> None:
    """Pay all rows of a CSV FILE, in batches of 100 of which each is paid whole or not at all.

    Its columns are recipient_address, amount_usdt, reason and reference_id. The same file is the
    same batches: run it again after any failure. Rows without a reference_id are paid anew when
    the file was edited.
    """
    payouts = _rows(file)
    parts = [payouts[at : at + BATCH_MAX] for at in range(0, len(payouts), BATCH_MAX)]
    keys = [_batch_key(part, number, again) for number, part in enumerate(parts, 1)]
    if dry_run:
        for part in parts:
            session.show(session.client.dry_run_batch(part, **for_all))
        return
    total = sum((_amount(one) for one in payouts), Decimal(0))
    session.say(
        f"Paying {total:,f} USDT to {len(payouts)} rows of {file} at {session.place.url} "
        f"({session.place.named}), in {len(parts)} batches. To repeat, run the same command.",
        keys=keys,
    )
    _agree(yes)
    made = [
        calls.batch_create(part, idempotency_key=key, **for_all)
        for part, key in zip(parts, keys, strict=True)
    ]
    with _interrupted(session, "the same command"):
        for number, call in enumerate(made):
            _pay_part(session, call, number, len(made))


def _pay_part(session: Session, call: Call[BatchPayoutResponse], number: int, of: int) -> None:
    session.say(f"Batch {number + 1} of {of}, {_name_of(call.idempotency_key, None)}")
    try:
        _show_made(session, session.client.run(with_retries(call, session.retries)))
    except LucidPayError as error:
        if number == 0 or error.outcome_unknown:
            raise
        session.say_error(error)
        session.say(f"{number} of {of} batches were made; run the same command for the rest.")
        sys.exit(PARTLY)


def _show_made(session: Session, made: Answered) -> None:
    session.show({**made.raw, "replayed": made.replayed})
    if made.replayed:
        session.say("It was asked for before; nothing more is paid.")


def _order(given: dict[str, Any]) -> PayoutRequest:
    try:
        request = PayoutRequest(**given)
        calls.payout_create(request)  # an odd key is refused here, before anything is announced
        return request
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _announce(session: Session, request: PayoutRequest) -> None:
    name = _name_of(request.idempotency_key, request.reference_id)
    session.say(
        f"Paying {_amount(request):,f} USDT to {request.recipient_address}\n"
        f"  for  {request.reason or request.reference_id}\n"
        f"  at   {session.place.url} ({session.place.named})\n"
        f"  as   {name}",
        idempotency_key=request.idempotency_key,
        reference_id=request.reference_id,
    )


def _pay(session: Session, request: PayoutRequest, order: dict[str, Any]) -> PayoutResponse:
    command = _same_command(request, order)
    try:
        with _interrupted(session, command):
            return session.client.create_payout_with_retry(request)
    except LucidPayError as error:
        if error.outcome_unknown:
            session.say(f"To repeat it safely, run:\n  {command}")
        raise


@contextmanager
def _interrupted(session: Session, command: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        session.say(f"Interrupted: it may have been sent. To find out safely, run:\n  {command}")
        sys.exit(UNKNOWN)


def _same_command(request: PayoutRequest, order: dict[str, Any]) -> str:
    names = {
        "reason": "reason", "reference_id": "reference-id", "router_type": "router",
        "priority": "priority", "batch_type": "release", "idempotency_key": "key",
    }  # fmt: skip
    given = {**order, "idempotency_key": request.idempotency_key}
    options = [f"--{option}={given[name]}" for name, option in names.items() if given[name]]
    words = ["lucidpay", "pay", order["recipient_address"], order["amount_usdt"], *options]
    return shlex.join(words)


def _agree(yes: bool) -> None:
    if not yes and sys.stdin.isatty():
        click.confirm("Go on?", abort=True, err=True)


def _rows(file: Path) -> list[PayoutRequest]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found = list(_read(csv.DictReader(lines, strict=True)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.UsageError(f"{file} is no CSV in UTF-8: {error}") from None
    if not found:
        raise click.UsageError(f"{file} has no rows.")
    return found


def _read(reader: "csv.DictReader[str]") -> Iterator[PayoutRequest]:
    names = reader.fieldnames or ()
    if len(set(names)) < len(names) or not set(COLUMNS[:2]) <= set(names) <= set(COLUMNS):
        raise click.UsageError(f"Its columns are {', '.join(COLUMNS)}, each once.")
    for row in reader:
        # More or fewer cells than columns: whose amount is it then?
        if None in row or None in row.values():
            raise click.UsageError(f"Line {reader.line_num} has another number of cells.")
        given: dict[str, Any] = {name: cell.strip() or None for name, cell in row.items()}
        try:
            yield PayoutRequest(**given)
        except (TypeError, ValueError) as error:
            raise click.UsageError(f"Line {reader.line_num}: {error}") from None


def _batch_key(part: list[PayoutRequest], number: int, again: str) -> str | None:
    """Return the key of the n-th batch of a file, by its rows alone: asked for in another way, the
    platform refuses them, and pays nobody twice.

    ``None`` when each row has a reference: references name the batch then.
    """
    if not again and all(one.reference_id for one in part):
        return None
    rows = [one.body() for one in part]
    told = dumps({"rows": rows, "number": number, "again": again})
    return f"lucidpay-csv-{hashlib.sha256(told.encode()).hexdigest()}"


def _name_of(key: str | None, reference_id: str | None) -> str:
    if key is not None:
        return f"idempotency key {key}"
    return f"reference_id {reference_id}" if reference_id else "its reference_ids"


def _amount(request: PayoutRequest) -> Decimal:
    return Decimal(request.amount_usdt)
