"""`manage.py create_api_key USER --name NAME`: the token is printed once."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.durations import duration_parse
from access.models import ApiKey, User
from access.services.keys import PREFIX_SHOWN, api_key_create, api_key_rotate
from lucidpay.clock import iso, utc_now
from lucidpay.errors import LucidError

T = TypeVar("T")


class Command(BaseCommand):
    """Makes an API key for a user, or the successor of one, and prints it."""

    help = (
        "Make an API key. Its token alone goes to stdout, once; it cannot be read again. "
        "With --rotate the key gets a successor with the same rights."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the user, what the key may do, and the key it follows."""
        add = parser.add_argument
        add("username")
        add("--name", help="What the key is for; needed for a key of its own.")
        add("--scope", action="append", help="Repeat it. Default: all that the roles give.")
        when = "90d, 24h, or a time in UTC: 2030-01-31, 2030-01-31T12:00. Default: never."
        add("--expires", type=_typed(_time_parse), metavar="WHEN", help=when)
        where = "Address or network that may use it; repeat it. Default: any."
        add("--allow-ip", action="append", default=[], metavar="NETWORK", help=where)
        add("--rotate", metavar="PREFIX", help="The beginning of the old key.")
        overlap = "How long the old key still works, 0m to 30d. Default: 24h."
        add("--overlap", type=_typed(duration_parse), default="24h", help=overlap)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key and print its token."""
        user = _user_of(options["username"])
        try:
            if options["rotate"] is None:
                key, token = _made(user, options)
            else:
                key, token = _rotated(user, options)
        except LucidError as error:
            sentences = [text for found in error.details.values() for text in found]
            raise CommandError(" ".join(sentences) or error.message) from error
        ends = "never" if key.expires_at is None else iso(key.expires_at)
        self.stderr.write(f"{key} of {user}, expires {ends}: {', '.join(key.scopes) or 'no scope'}")
        self.stdout.write(token)


def _made(user: User, options: dict[str, Any]) -> tuple[ApiKey, str]:
    if not options["name"]:
        raise CommandError("Say what the key is for: --name NAME.")
    if options["expires"] is not None and options["expires"] <= utc_now():
        raise CommandError("--expires: this time is over.")
    return api_key_create(
        user=user,
        name=options["name"],
        scopes=options["scope"],
        expires_at=options["expires"],
        allowed_ips=options["allow_ip"],
    )


def _rotated(user: User, options: dict[str, Any]) -> tuple[ApiKey, str]:
    if any(options[name] for name in ("name", "scope", "expires", "allow_ip")):
        raise CommandError("A successor has the rights of the old key: give --overlap only.")
    prefix = options["rotate"][:PREFIX_SHOWN]
    found = list(user.api_keys.filter(prefix=prefix, successor=None)[:2])
    if len(found) != 1:
        what = "no key" if not found else "more than one key"
        raise CommandError(
            f"{user} has {what} that begins with this and was not rotated yet. The admin shows "
            "the beginnings of keys."
        )
    return api_key_rotate(key=found[0], overlap=options["overlap"], now=utc_now())


def _user_of(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(
            f"There is no active user {name!r}. Make one in the admin, or with `createsuperuser`."
        )
    if not user.role_names():
        raise CommandError("This user has no role: add one of the groups in the admin first.")
    return user


def _time_parse(text: str) -> datetime:
    try:
        return utc_now() + duration_parse(text)
    except ValueError:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _typed(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Return a parser whose refusals argparse shows as they are."""

    def parsed(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return parsed
