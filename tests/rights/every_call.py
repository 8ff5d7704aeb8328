"""Every address that is no page of the admin, each with the methods that it knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOTHING = "nothing"  # no id of anything, no name of a service and no address
ADMIN = "/admin"  # docs/console-rights.md


@dataclass(frozen=True)
class Call:
    """A method of an address; ``path`` as the table names it."""

    method: str
    path: str

    @property
    def address(self) -> str:
        """Return an address of the kind, of what does not exist."""
        return re.sub(r"\{\w+\}", NOTHING, self.path)


def path_of(pattern: str) -> str:
    """Return a pattern as people write it: ``/tron/wallets/{wallet_id}``."""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern)
    plain = named.replace("^", "").replace("\\", "").removesuffix("$").removesuffix("/?")
    return "/" + plain


def every_path(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each path with its view."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        pattern = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from every_path(one.url_patterns, pattern)
        else:
            yield path_of(pattern), one.callback


def calls_of(path: str, view: Any) -> list[Call]:
    """Return what a view knows to answer."""
    known = getattr(view, "cls", None)
    if known is None:  # no view of the API: it may answer to anything
        return [Call("GET", path)]
    return [Call(method, path) for method in METHODS if hasattr(known, method.lower())]


def every_call() -> list[Call]:
    """Return every method of every address outside the admin, aliases as well."""
    found = [
        call
        for path, view in every_path()
        if not path.startswith(ADMIN)
        for call in calls_of(path, view)
    ]
    return list(dict.fromkeys(found))


def without_calls() -> list[Call]:
    """Return every method that an address of the API does not know."""
    known = set(every_call())
    paths = dict.fromkeys(call.path for call in known)
    return [
        call for path in paths for method in METHODS if (call := Call(method, path)) not in known
    ]
