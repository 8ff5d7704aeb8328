"""The address that is connected to is the one that counts, whatever was said of it before."""

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from tests.webhooks.targets import (
    PUBLIC,
    Listener,
    Names,
    listening,
    names_instead_of_dns,
    refused,
    sent,
    session,
)
from webhooks.target import AddressRefused, _socket, aimed_at, target_check


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Names:
    settings.WEBHOOK_ALLOW_HOSTS = ["sink.example"]
    names = names_instead_of_dns(monkeypatch)
    names.put("sink.example", ["127.0.0.1"])
    names.put("evil.example", ["127.0.0.1"])
    return names


def redirecting(to: str) -> bytes:
    return f"HTTP/1.1 307 Over there\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.contract("C-HOOK-16")
def test_it_refuses_a_name_that_was_public_when_it_was_registered(names: Names) -> None:
    names.put("rebound.example", [PUBLIC], ["127.0.0.1"])

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            url = target_check(f"http://rebound.example:{listener.port}/")
            await refused(client, url)
            assert await listener.came() == 0
        assert names.asked == ["rebound.example", "rebound.example"]

    asyncio.run(attempt())


@pytest.mark.contract("C-HOOK-16")
def test_it_refuses_a_name_that_changed_while_connections_are_made(names: Names) -> None:
    """After ten seconds the connector asks anew; here, at once."""
    names.put("sink.example", ["127.0.0.1"])
    names.put("rebound.example", ["10.0.0.1"], ["127.0.0.1"], ["::1"])

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            for _ in range(3):
                await refused(client, f"http://rebound.example:{listener.port}/")
                client.connector.clear_dns_cache()  # type: ignore[union-attr]
            assert await listener.came() == 0
        assert names.asked == ["rebound.example"] * 3

    asyncio.run(attempt())


@pytest.mark.parametrize("answer", [["127.0.0.1", PUBLIC], ["::1", PUBLIC], [PUBLIC, "127.0.0.1"]])
def test_of_a_name_with_a_public_and_an_internal_answer_it_never_takes_the_internal(
    names: Names, answer: list[str]
) -> None:
    names.put("mixed.example", answer)

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            # RuntimeError: the tests' guard of the network keeps it from the public one.
            with pytest.raises((aiohttp.ClientConnectorError, RuntimeError)):
                await sent(client, f"http://mixed.example:{listener.port}/")
            assert await listener.came() == 0

    asyncio.run(attempt())


def test_several_internal_answers_are_refused_and_several_allowed_ones_are_raced(
    names: Names,
) -> None:
    several = ["::1", "127.0.0.1", "127.0.0.2"]
    names.put("evil.example", several)
    names.put("sink.example", several)

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            await refused(client, f"http://evil.example:{listener.port}/")
            assert await listener.came() == 0
            assert await sent(client, f"http://sink.example:{listener.port}/") == 200

    asyncio.run(attempt())


def test_a_name_with_very_many_answers_does_not_keep_a_worker_busy(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.put("many.example", [f"10.0.{at // 256}.{at % 256}" for at in range(1000)])
    made: list[Any] = []

    async def attempt() -> None:
        async with session() as client:
            connector: Any = client.connector
            monkeypatch.setattr(
                connector, "_socket_factory", lambda found: made.append(found) or _socket(found)
            )
            await refused(client, "http://many.example/")

    asyncio.run(attempt())
    assert 0 < len(made) <= 10


def test_a_few_answers_of_each_family_are_tried(names: Names) -> None:
    names.put("sink.example", [f"2606:4700::{at}" for at in range(1, 9)] + ["127.0.0.1"])

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            assert await sent(client, f"http://sink.example:{listener.port}/") == 200

    asyncio.run(attempt())


@pytest.mark.parametrize("place", ["evil.example", "localhost", "127.0.0.1.", "", "0x7f.1"])
def test_a_name_in_the_place_of_an_address_is_refused(names: Names, place: str) -> None:
    """The loop would resolve it a second time, after the look at it."""
    with aimed_at("http://good.example/"), pytest.raises(AddressRefused):
        _socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (place, 80)))


@pytest.mark.contract("C-HOOK-16")
def test_it_goes_where_a_redirect_leads_under_no_condition(names: Names) -> None:
    async def attempt() -> None:
        async with listening() as second:
            for host in ("127.0.0.1", "localhost", "evil.example", "[::1]", "0x7f.1"):
                to = redirecting(f"http://{host}:{second.port}/")
                async with listening(to) as first, session() as client:
                    url = f"http://sink.example:{first.port}/"
                    assert await sent(client, url) == 307
                    # Nor when it is followed by mistake: what is allowed is the host of the URL.
                    with pytest.raises(aiohttp.ClientError):
                        await sent(client, url, allow_redirects=True)
                    assert len(first.heard) == 2
            assert await second.came() == 0

    asyncio.run(attempt())


def test_connections_kept_alive_serve_their_own_host_only(names: Names) -> None:
    async def attempt() -> None:
        async with listening() as listener, session() as client:
            own, other = (f"http://{name}.example:{listener.port}/" for name in ("sink", "evil"))
            assert await sent(client, own) == 200
            await refused(client, other)
            await refused(client, f"http://127.0.0.1:{listener.port}/")
            # Nor does it help to call one host and mean the other.
            await refused(client, own, aim=other)
            await refused(client, other, aim=own)
            assert await sent(client, own) == 200
            assert listener.heard == ["POST / HTTP/1.1"] * 2
            assert await listener.came() == 1

    asyncio.run(attempt())


def test_many_at_once_each_keep_their_own_aim(names: Names) -> None:
    """Look-ups are shared and attempts are tasks of their own; the aim goes with each request."""
    names.put("sink.example", ["::1", "127.0.0.1"])
    names.put("evil.example", ["::1", "127.0.0.1"])

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            own, other = (f"http://{name}.example:{listener.port}/" for name in ("sink", "evil"))
            done = await asyncio.gather(
                *(sent(client, url) for url in [own, other] * 50), return_exceptions=True
            )
            assert done[::2] == [200] * 50
            for error in done[1::2]:
                assert isinstance(error, aiohttp.ClientConnectorError)
                assert isinstance(error.os_error, AddressRefused)
            assert len(listener.heard) == 50

    asyncio.run(attempt())


def test_an_aim_ends_with_its_block_and_gives_way_to_one_inside(names: Names) -> None:
    async def attempt() -> None:
        async with listening() as listener, session() as client:
            url = f"http://sink.example:{listener.port}/"
            with aimed_at(url):
                with aimed_at("http://evil.example/"):
                    await refused(client, f"http://evil.example:{listener.port}/")
                async with client.get(url) as response:
                    assert response.status == 200
        async with listening() as listener, session() as client:
            url = f"http://sink.example:{listener.port}/"
            with pytest.raises(aiohttp.ClientConnectorError, match="not public"):
                await client.get(url)
            with pytest.raises(ZeroDivisionError), aimed_at(url):
                raise ZeroDivisionError
            with pytest.raises(aiohttp.ClientConnectorError, match="not public"):
                await client.get(url)
            assert await listener.came() == 0

    asyncio.run(attempt())


def test_it_takes_no_proxy_whoever_names_it(
    names: Names, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1", "sink.example"]

    async def attempt(proxy: Listener, listener: Listener) -> None:
        url = f"http://sink.example:{listener.port}/"
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with session() as client:
            assert await sent(client, url) == 200
            assert "proxy" in str(
                await refused(client, url, proxy=f"http://127.0.0.1:{proxy.port}")
            )
        async with session(trust_env=True) as client:
            assert "proxy" in str(await refused(client, url))
        assert len(listener.heard) == 1
        assert await proxy.came() == 0

    async def both() -> None:
        async with listening() as proxy, listening() as listener:
            await attempt(proxy, listener)

    asyncio.run(both())


def test_production_sends_by_https_only_whatever_was_registered_before(
    names: Names, settings: Any
) -> None:
    async def attempt() -> None:
        async with listening() as listener, session() as client:
            url = f"http://sink.example:{listener.port}/"
            assert await sent(client, url) == 200
            settings.WEBHOOK_HTTPS_ONLY = True
            assert "https" in str(await refused(client, url))
            assert len(listener.heard) == 1

    asyncio.run(attempt())


def test_a_refusal_does_not_tell_the_address(names: Names) -> None:
    names.put("vault.corp.example", ["10.20.30.40"])

    async def attempt() -> None:
        async with session() as client:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await sent(client, "http://vault.corp.example/")
            assert "The address is not public." in str(caught.value)
            assert "10.20" not in str(caught.value)

    asyncio.run(attempt())
