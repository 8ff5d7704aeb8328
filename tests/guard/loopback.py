"""Shut the network: a test may talk to this machine over loopback or unix sockets, no further.

An audit hook (PEP 578) sees what goes through Python's ``socket``; libraries that call the
system themselves, such as libpq, are not seen. Importable without the project, because
``sitecustomize`` loads it in every Python the tests start.
"""

import ipaddress
import socket
import sys
from typing import Any

ADDRESSED = ("socket.connect", "socket.sendto", "socket.sendmsg")
NAMED = ("socket.getaddrinfo", "socket.gethostbyname")
INTERNET = (socket.AF_INET, socket.AF_INET6)

_installed: list[bool] = []


# Not an OSError: code that expects networks to fail would take it for a failing one.
class NetworkForbidden(RuntimeError):
    """The tests may reach this machine only."""


def install() -> None:
    """Shut the network of this process for good; a second call changes nothing."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ADDRESSED:
        _check_address(event, *arguments)
    elif event in NAMED:
        _check_name(event, arguments[0])


def _check_address(event: str, connection: socket.socket, address: Any) -> None:
    # A connected socket's sendmsg names no address.
    if connection.family not in INTERNET or address is None:
        return
    if not _is_loopback(_text(address[0])):
        raise NetworkForbidden(f"{event} to {address[0]!r}: the tests may reach this machine only")


def _check_name(event: str, name: str | bytes | None) -> None:
    host = _text(name)
    # No name and the unspecified addresses are what servers bind to; nothing is looked up.
    if host in ("", "0.0.0.0", "::") or _is_loopback(host) or host == socket.gethostname():  # noqa: S104
        return
    raise NetworkForbidden(f"{event} of {host!r}: the tests may look up this machine only")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _text(host: str | bytes | None) -> str:
    return host.decode("idna") if isinstance(host, bytes) else host or ""
