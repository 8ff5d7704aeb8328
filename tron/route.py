"""How a node is reached: its name, its API keys, the proxy in between.

A plain key of ``TRON_API_KEYS`` goes to every node, ``host=key`` to that host only.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp_socks import ProxyConnector
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tron.networks import network

PROXY_SCHEMES = ("socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A SOCKS5 proxy. Its ``repr`` keeps the password."""

    host: str
    port: int
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Proxy({self.host}:{self.port})"


def name_of(url: str) -> str:
    """Return host and port of a node's URL: never its credentials, nor a path that holds a key."""
    return urlsplit(url).netloc.rpartition("@")[2]


def host_of(url: str) -> str:
    """Return the host of a node's URL, empty when there is none."""
    return urlsplit(url).hostname or ""


def public_url(url: str) -> str:
    """Return a node's URL as it may be shown."""
    return f"{urlsplit(url).scheme}://{name_of(url)}"


def keys_of(url: str) -> tuple[str, ...]:
    """Return the API keys that this node is given, and no other's."""
    here = ("", name_of(url), host_of(url))
    return tuple(key for host, key in _keys() if host in here)


def grid_keys() -> tuple[str, ...]:
    """Return the API keys that the indexer of ``TRON_GRID_URL`` is given.

    Those of its host, and plain ones only when it is one of the nodes: a key that was meant for
    nodes must not reach somebody else.
    """
    url = settings.TRON_GRID_URL
    is_node = host_of(url) in map(host_of, network().nodes)
    own = (name_of(url), host_of(url), *([""] if is_node else []))
    return tuple(key for host, key in _keys() if host in own)


def keys_of_nobody(urls: tuple[str, ...]) -> list[str]:
    """Return the hosts of ``host=key`` that are no configured node's, or have an empty key."""
    here = {"", *map(name_of, urls), *map(host_of, urls)}
    return [host for host, key in _keys() if host not in here or not key]


def _keys() -> list[tuple[str, str]]:
    """Return (host, key); the host of a plain key is empty."""
    parts = [item.partition("=") for item in settings.TRON_API_KEYS]
    return [(first, last) if equals else ("", first) for first, equals, last in parts]


def proxy() -> Proxy | None:
    """Return the proxy of ``TRON_PROXY``, ``None`` without one.

    Raises ``ImproperlyConfigured``, without showing it, when it is malformed.
    """
    if not settings.TRON_PROXY:
        return None
    try:
        parts = urlsplit(settings.TRON_PROXY)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.scheme not in PROXY_SCHEMES or parts.path.strip("/"):
        raise ImproperlyConfigured("TRON_PROXY is not socks5://[user:password@]host:port.")
    return Proxy(host, port, unquote(parts.username or ""), unquote(parts.password or ""))


def connector() -> aiohttp.BaseConnector | None:
    """Return a connector through the proxy, ``None`` for the straight way; needs a running loop.

    The proxy resolves the names, so onion addresses work and no name server here learns them.
    """
    way = proxy()
    if way is None:
        return None
    return ProxyConnector(
        way.host, way.port, username=way.username, password=way.password, rdns=True
    )
