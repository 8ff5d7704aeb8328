"""What people and programs see, and with which code the command ends."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, wraps
from typing import Any, cast

import click

from lucidpay_client import errors
from lucidpay_client.cli.profiles import Place, place_of
from lucidpay_client.exact import dumps
from lucidpay_client.plans import Retries
from lucidpay_client.sync import AdvancedLucidPaymentClientSync

FAILED, REFUSED, NOT_LET_IN, NOT_FOUND = 1, 3, 4, 5
UNKNOWN, UNPAID, UNDER_WAY, TRY_AGAIN, PARTLY = 6, 7, 8, 9, 10
CODES = """\b
Exit codes:
  0  done
  1  something else failed; doctor: something is wrong
  2  the command is not understood
  3  refused: nothing was stored, nobody was paid
  4  the key is not let in, or lacks a scope
  5  there is no such thing
  6  UNKNOWN whether it was carried out: repeat with the same key, as the message says
  7  it ended without being paid
  8  it is still under way: do not pay again
  9  nothing was carried out: not reached, or asked to wait
  10 some batches of a file were made, then one was not: run the same command again
"""


@dataclass
class Session:
    """One run of the command."""

    environ: Mapping[str, str]
    retries: Retries = field(default_factory=Retries)
    as_json: bool = False
    profile: str | None = None
    _open: list[AdvancedLucidPaymentClientSync] = field(default_factory=list, repr=False)

    @cached_property
    def place(self) -> Place:
        """The platform that is called."""
        return place_of(self.profile, self.environ)

    @cached_property
    def client(self) -> AdvancedLucidPaymentClientSync:
        """The client for it."""
        try:
            made = AdvancedLucidPaymentClientSync(
                self.place.api_key, self.place.url, retries=self.retries
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        self._open.append(made)
        return made

    def say_error(self, error: errors.LucidPayError) -> None:
        """Say what went wrong and what to do; for programs, each fact by its name."""
        facts = {
            "error": type(error).__name__, "code": error.code, "status": error.status,
            "request_id": error.request_id, "idempotency_key": error.idempotency_key,
            "reference_id": error.reference_id, "outcome_unknown": error.outcome_unknown,
            "details": error.details,
        }  # fmt: skip
        self.say(str(error), **facts)

    def close(self) -> None:
        """Close its connections."""
        for client in self._open:
            client.close()

    def show(self, told: Mapping[str, Any]) -> None:
        """Show a result: lines of names and values, or one line of JSON."""
        if self.as_json:
            click.echo(dumps(told))
            return
        known = {name: value for name, value in told.items() if value not in (None, {}, [])}
        width = max(map(len, known), default=0)
        for name, value in known.items():
            click.echo(f"{name:<{width}}  {in_words(value)}")

    def say(self, text: str, **told: Any) -> None:
        """Say something beside the result, on the other stream."""
        lines = "\n".join(map(printable, text.splitlines()))
        click.echo(dumps({"said": text, **told}) if self.as_json else lines, err=True)


def shared(command: Callable[..., None]) -> Callable[..., Any]:
    """Give a command ``--json`` and ``--profile``, and let errors end it with their code."""

    def run(session: Session, as_json: bool, profile: str | None, **given: Any) -> None:
        session.as_json, session.profile = as_json, profile
        with closing(session), _told(session):
            command(session, **given)

    made: Any = click.pass_obj(cast("Any", wraps(command)(run)))
    made = click.option("--profile", help="Of the configuration file; the environment wins.")(made)
    as_json = click.option("--json", "as_json", is_flag=True, help="A line of JSON each result.")
    decorated: Callable[..., Any] = as_json(made)
    return decorated


@contextmanager
def _told(session: Session) -> Iterator[None]:
    try:
        yield
    except errors.LucidPayError as error:
        session.say_error(error)
        sys.exit(code_of(error))


def code_of(error: errors.LucidPayError) -> int:
    """Return the exit code of an error."""
    match error:
        case errors.LucidPayError(outcome_unknown=True):
            return UNKNOWN
        case errors.ConfirmationTimeout():
            return UNDER_WAY
        case errors.AuthenticationFailed() | errors.PermissionMissing():
            return NOT_LET_IN
        case errors.NotFound():
            return NOT_FOUND
        case errors.NotReached() | errors.RateLimited() | errors.AnswerLost():
            return TRY_AGAIN
        case errors.ServerFailed():
            return TRY_AGAIN
        case errors.ApiError():
            return REFUSED
    return FAILED


def in_words(value: Any) -> str:
    """Return a value as people read it."""
    match value:
        case Decimal():
            return f"{value:,f}"
        case dict() | list():
            return printable(dumps(value))
    return printable(str(value))


def printable(text: str) -> str:
    """Return the text without what would steer a terminal: others have written parts of it."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)
