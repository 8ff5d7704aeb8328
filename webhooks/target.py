"""Where webhooks may be sent: to the internet, and to nothing else unless the operator says so.

Whoever registers a URL picks what this machine connects to. So the URL is checked when it is
given, and the address once more when a socket is made for it: names change what they resolve to.
"""

import errno
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import AddrInfoType, Connection
from django.conf import settings
from yarl import URL

from webhooks.target_addresses import Address, address_in, is_public
from webhooks.target_allowed import allow_list
from webhooks.target_hosts import ends_in_number, is_name, leads_inside

URL_LENGTH_MAX = 2000
RESOLVE_S = 3.0
# aiohttp tries n addresses n² / 2 times: a name with hundreds would keep a worker busy.
ADDRESSES_MAX = 4  # of each family
# Below lie mail, shells and name servers, which must not be spoken to with somebody's body.
PORT_FREE_MIN = 1024
PORTS_OF_HTTP = (80, 443)
_PRINTABLE = re.compile("[!-~]+")
_PARTS = re.compile("(?i:(https?)://)([^/?]*)(.*)")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([1-9][0-9]{0,4}))?")
NOT_PUBLIC = "The address is not public."


class BadTarget(ValueError):
    """A URL that webhooks cannot be sent to; the text tells its owner why and what to do."""


class AddressRefused(OSError):
    """Nothing was sent, because webhooks are not sent there."""

    # It does not tell the address: an owner would learn what our name servers know.
    def __init__(self, why: str = NOT_PUBLIC) -> None:
        super().__init__(errno.EACCES, why)


def target_check(url: str) -> str:
    """Return the URL as it will be used: host in lower case, no default port, path quoted.

    A name is resolved, which takes up to 3 s; do not call it inside a transaction. One that does
    not resolve passes: name servers fail, and connecting checks again.

    Raises ``BadTarget`` when the URL is malformed or leads to an address that is not public.
    """
    scheme, host, port = _read(url)
    if settings.WEBHOOK_HTTPS_ONLY and scheme != "https":
        raise BadTarget("The URL must begin with https://.")
    if not allow_list().has(host):
        _check_port(port)
        _check_host(host, port)
    return _as_used(url, host, port)


def _read(url: str) -> tuple[str, str, int]:
    """Return scheme, host (lower case, without brackets) and port."""
    if len(url) > URL_LENGTH_MAX:
        raise BadTarget(f"The URL must have at most {URL_LENGTH_MAX} characters.")
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise BadTarget(
            "The URL must be printable ASCII without spaces and backslashes: write the host in "
            "punycode (xn--…), and the rest percent-encoded."
        )
    parts = _PARTS.fullmatch(url)
    if not parts or "#" in url:
        raise BadTarget("The URL must be http:// or https://, a host and a path, without a #.")
    scheme, authority = parts[1].lower(), parts[2]
    if "@" in authority:
        raise BadTarget("The URL must not name a user or a password: send them in headers.")
    place = _AUTHORITY.fullmatch(authority)
    if not place or int(place[2] or 1) > 65_535:
        raise BadTarget("The URL must have a host, and a port within 1 … 65535 if it has one.")
    return scheme, _host(place[1].lower()), int(place[2] or (443 if scheme == "https" else 80))


def _host(spelled: str) -> str:
    """Return the host, or raise unless it is spelled the one way that everybody reads alike."""
    host = spelled.strip("[]")
    if spelled != host or ends_in_number(host):
        address = address_in(host)
        usual = f"[{address}]" if address and address.version == 6 else str(address)
        if spelled != usual:
            raise BadTarget(f"The host {spelled} is not an address as it is usually written.")
    elif host.endswith("."):
        raise BadTarget(f"The host {host} must not end with a dot.")
    elif not is_name(host):
        raise BadTarget(f"The host {host} is not a name of letters, digits, hyphens and dots.")
    return host


def _check_port(port: int) -> None:
    if port < PORT_FREE_MIN and port not in PORTS_OF_HTTP:
        raise BadTarget(f"The port {port} is another service's: use 443, 80, or 1024 and above.")


def _check_host(host: str, port: int) -> None:
    address = address_in(host)
    if address is None and leads_inside(host):
        raise BadTarget(f"The host {host} is of an internal network: give a public name.")
    found = _resolve(host, port) if address is None else [address]
    if not all(map(_is_public, found)):
        raise BadTarget(f"The host {host} leads to an address that is not public.")


def _is_public(address: Address | None) -> bool:
    return address is not None and is_public(address)


def _resolve(name: str, port: int) -> list[Address | None]:
    """Return the addresses that a name has now, none when that is not known in time."""
    asked: Future[list[Any]] = Future()
    # A daemon: name servers that do not answer hold neither a pool nor the end of the process.
    threading.Thread(target=_ask, args=(asked, name, port), daemon=True).start()
    try:
        return [address_in(found[4][0]) for found in asked.result(RESOLVE_S)]
    except OSError:  # unknown, or too late (TimeoutError): what counts is checked when connecting
        return []


def _ask(asked: Future[list[Any]], name: str, port: int) -> None:
    try:
        asked.set_result(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    except BaseException as error:
        asked.set_exception(error)


def _as_used(url: str, host: str, port: int) -> str:
    """Return the URL as aiohttp rewrites it, or raise unless all readers see the same host."""
    try:
        used = URL(url)
        # aiohttp pools connections by the host out of punycode, and connects to the one in it.
        pooled = URL.build(scheme=used.scheme, host=used.host or "").raw_host
    except ValueError as error:
        raise BadTarget(f"The host {host} is not correct punycode.") from error
    text = str(used)
    parts = urlsplit(text)
    if {used.raw_host, pooled, parts.hostname} != {host} or used.port != port:
        raise BadTarget("The URL can be read in two ways: write its host plainly.")
    if len(text) > URL_LENGTH_MAX:
        raise BadTarget(f"The URL must have at most {URL_LENGTH_MAX} characters when quoted.")
    return text


_aim: ContextVar[str | None] = ContextVar("webhooks.target", default=None)


@contextmanager
def aimed_at(url: str) -> Iterator[None]:
    """Name where this task's requests go: what WEBHOOK_ALLOW_HOSTS says holds for that host only.

    Requests to another host fail inside; outside, what is not public is refused.
    """
    token = _aim.set(URL(url).raw_host or "")
    try:
        yield
    finally:
        _aim.reset(token)


def connector_guarded(*, limit: int, limit_per_host: int) -> aiohttp.TCPConnector:
    """Return a connector that opens no connection to where webhooks are not sent.

    ``limit`` counts connections in all, ``limit_per_host`` those to one host and port. It needs a
    running loop. A refusal reaches the caller as ``ClientConnectorError``, whose ``os_error`` is
    an ``AddressRefused``.
    """
    return _Guarded(
        limit=limit,
        limit_per_host=limit_per_host,
        resolver=_FewAddresses(),
        socket_factory=_socket,
    )


class _Guarded(aiohttp.TCPConnector):
    async def connect(self, req: ClientRequest, *args: Any, **kwargs: Any) -> Connection:
        """Also asked for connections that are open already, and for those to a proxy."""
        if why := _objection(req):
            raise aiohttp.ClientConnectorError(req.connection_key, AddressRefused(why))
        return await super().connect(req, *args, **kwargs)


class _FewAddresses(aiohttp.ThreadedResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the first addresses of each family: only one of the two may lead outside."""
        kept: list[ResolveResult] = []
        for one in await super().resolve(host, port, family):
            if sum(other["family"] == one["family"] for other in kept) < ADDRESSES_MAX:
                kept.append(one)
        return kept


def _objection(req: ClientRequest) -> str:
    if req.proxy is not None:
        return "A proxy would connect to what nobody has checked."
    if _aim.get() not in (None, req.url.raw_host):
        return "The request goes to another host than was meant."
    if settings.WEBHOOK_HTTPS_ONLY and not req.is_ssl():
        return "The URL is not https."
    return ""


# aiohttp asks for a socket with the address it then connects it to, and nothing in between.
def _socket(found: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, place = found
    address = address_in(str(place[0]))
    # A name in its place would be resolved anew by ``sock_connect``.
    if address is None or not (is_public(address) or allow_list().lets(_aim.get() or "", address)):
        raise AddressRefused
    return socket.socket(family, kind, protocol)
