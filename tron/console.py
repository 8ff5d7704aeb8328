"""What pages of the admin know of the kill switch: whether it is on, and who may use it."""

from collections.abc import Callable

from django.http import HttpRequest

from access.console import console_roles, console_scopes
from access.scopes import PAYOUTS_CANCEL, SERVICE_MANAGE
from tron.halt import open_halts
from tron.models import Halt


def halts_here(request: HttpRequest) -> list[Halt]:
    """Return why all stands still, for people with a role here; asked once a request."""
    cached: list[Halt] | None = getattr(request, "open_halts", None)
    if cached is None:
        cached = open_halts() if console_roles(request) else []
        request.open_halts = cached  # type: ignore[attr-defined]
    return cached


def halted(request: HttpRequest) -> dict[str, Callable[[], list[Halt]]]:
    """Let every template ask why all stands still; the database is asked by those that do."""
    return {"halted": lambda: halts_here(request)}


def may_pull(request: HttpRequest) -> bool:
    """Whether this person may stop everything: all who may cancel payouts, as in the API."""
    return PAYOUTS_CANCEL in console_scopes(request)


def may_lift(request: HttpRequest) -> bool:
    """Whether this person may let it go on: an admin, as in the API."""
    return SERVICE_MANAGE in console_scopes(request)
