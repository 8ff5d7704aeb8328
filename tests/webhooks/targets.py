"""What tests of targets need: a real listener that counts who comes, and answers of name servers.

No name server can be put before this machine's resolver without being root, so ``Names`` takes
the place of ``socket.getaddrinfo``. Sockets, connections and HTTP are real.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from webhooks.target import AddressRefused, aimed_at, connector_guarded

PUBLIC = "93.184.216.34"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Listener:
    """A server; ``connections`` counts who connected, also those who said nothing."""

    port: int = 0
    answer: bytes = OK
    connections: int = 0
    heard: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer each request alike until the other side hangs up."""
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                found = re.search(r"content-length: (\d+)", head.lower())
                await reader.readexactly(int(found[1]) if found else 0)
                self.heard.append(head.partition("\r\n")[0])
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def came(self) -> int:
        """Return how many connected until now; connections are accepted in their order."""
        before = self.connections
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /last HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        assert self.connections > before
        return self.connections - 1


@asynccontextmanager
async def listening(answer: bytes = OK) -> AsyncIterator[Listener]:
    """Listen on every address of this machine, IPv6 and IPv4, at one port."""
    listener = Listener(answer=answer)
    # Dual-stack: what is meant for ::1, ::ffff:127.0.0.1, 0.0.0.0 or 127.1.2.3 arrives here.
    place = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    server = await asyncio.start_server(listener.serve, sock=place)
    listener.port = place.getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        await server.wait_closed()


class Names:
    """Names and what they resolve to: one answer after the other, the last one for good."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {"localhost": [["127.0.0.1", "::1"]]}
        self.asked: list[str] = []

    def put(self, name: str, *answers: list[str]) -> None:
        """Let a name resolve to each list of addresses in turn."""
        self.answers[name] = list(answers)

    def getaddrinfo(
        self, host: str, port: int, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        """Return what glibc's would: it takes any number ``inet_aton`` takes."""
        self.asked.append(host)
        return [
            (
                socket.AF_INET6 if ":" in found else socket.AF_INET,
                socket.SOCK_STREAM,
                socket.IPPROTO_TCP,
                "",
                (found, port, 0, 0) if ":" in found else (found, port),
            )
            for found in self._find(host)
        ]

    def _find(self, host: str) -> list[str]:
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            pass
        answers = self.answers.get(host.lower().rstrip("."), [])
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def names_instead_of_dns(patch: pytest.MonkeyPatch) -> Names:
    """Answer all look-ups of this process from ``Names``."""
    names = Names()
    patch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    return names


@asynccontextmanager
async def session(**more: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session as the sender does."""
    connector = connector_guarded(limit=10, limit_per_host=10)
    async with aiohttp.ClientSession(connector=connector, **more) as opened:
        yield opened


async def sent(
    client: aiohttp.ClientSession, url: str, *, aim: str | None = None, **more: Any
) -> int:
    """Send to a URL and return the status of the answer."""
    with aimed_at(aim or url):
        async with client.post(url, data=b"{}", **{"allow_redirects": False} | more) as response:
            return response.status


async def refused(client: aiohttp.ClientSession, url: str, **more: Any) -> AddressRefused:
    """Send to a URL and return why nothing was sent."""
    with pytest.raises(aiohttp.ClientConnectorError) as caught:
        await sent(client, url, **more)
    assert isinstance(caught.value.os_error, AddressRefused), caught.value
    return caught.value.os_error
