"""WEBHOOK_ALLOW_HOSTS lets through what it names, and nothing that looks or resolves alike."""

import asyncio
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from lucidpay.checks import check_webhook_hosts
from tests.webhooks.targets import Names, listening, names_instead_of_dns, refused, sent, session
from webhooks.target import BadTarget, target_check
from webhooks.target_allowed import allow_list


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = names_instead_of_dns(monkeypatch)
    names.put("evil.example", ["127.0.0.1"])
    names.put("sink", ["127.0.0.1"])
    names.put("sub.sink", ["127.0.0.1"])
    names.put("sink.example", ["127.0.0.1"])
    return names


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.0/8", "127.9.8.7"),
        ("::1", "[::1]"),
        ("0:0:0:0:0:0:0:1/128", "[::1]"),
        ("sink", "sink"),
        ("SINK", "sink"),
        ("sink", "SINK"),
        ("localhost", "localhost"),
        ("evil.example", "evil.example"),
    ],
)
def test_it_lets_through_what_it_names(names: Names, settings: Any, entry: str, host: str) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["other.example", entry]

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            url = target_check(f"http://{host}:{listener.port}/hook")
            assert await sent(client, url) == 200
            assert listener.heard == ["POST /hook HTTP/1.1"]

    asyncio.run(attempt())


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("127.0.0.1", "evil.example"),
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", "[::ffff:127.0.0.1]"),
        ("127.0.0.1", "[::1]"),
        ("127.0.0.1", "0x7f.0.0.1"),
        ("127.0.0.0/8", "evil.example"),
        ("0.0.0.0/0", "evil.example"),
        ("::1", "127.0.0.1"),
        ("::1", "localhost"),
        ("localhost", "127.0.0.1"),
        ("sink", "127.0.0.1"),
        ("sink", "sub.sink"),
        ("sink", "sink.example"),
        ("sink.example", "evil.example"),
    ],
)
def test_it_lets_nothing_else_through(names: Names, settings: Any, entry: str, host: str) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = [entry]

    async def attempt() -> None:
        async with listening() as listener, session() as client:
            url = f"http://{host}:{listener.port}/"
            with pytest.raises(BadTarget):
                target_check(url)
            await refused(client, url)
            assert await listener.came() == 0

    asyncio.run(attempt())


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "017700000001", "127.0.0.01", "127.0.0.1.",
     "[0:0:0:0:0:0:0:1]", "[::0001]", "[127.0.0.1]", "user@127.0.0.1", "sink.", "sink@127.0.0.1"],
)  # fmt: skip
def test_it_takes_the_usual_spelling_only(settings: Any, host: str) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.0/8", "::1", "sink"]
    with pytest.raises(BadTarget):
        target_check(f"http://{host}/")


def test_what_it_names_is_not_looked_up_and_may_have_any_port(names: Names, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["sink", "10.0.0.0/8"]
    for url in ("http://sink:25/", "http://10.1.2.3:1/"):
        assert target_check(url) == url
    assert names.asked == []


@pytest.mark.parametrize(
    "entry",
    ["*", "*.example", ".example", "sink.", "sink:8080", "127.0.0.1:8080", "[::1]", "http://sink",
     "sink/path", "127.1", "10", "0x7f000001", "127.0.0.1/8", "10.0.0.0/33", "fe80::1%eth0", "a b",
     "mañana.example", "１２７.0.0.1", "10.0.0.0-10.0.0.9", "a" * 64],
)  # fmt: skip
def test_a_malformed_entry_stops_the_start_and_lets_nothing_through(
    settings: Any, entry: str
) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1", entry]
    assert [error.id for error in check_webhook_hosts()] == ["lucidpay.E012"]
    with pytest.raises(ImproperlyConfigured, match="WEBHOOK_ALLOW_HOSTS"):
        allow_list()
    with pytest.raises(ImproperlyConfigured):
        target_check("http://127.0.0.1/")


@pytest.mark.parametrize(
    "entries",
    [[], ["127.0.0.1"], ["sink", "my_sink", "a.b-c.example", "xn--maana-pta.example"],
     ["10.0.0.0/8", "fd00::/8", "::1", "0.0.0.0/0"]],
)  # fmt: skip
def test_the_start_takes_names_addresses_and_networks(settings: Any, entries: list[str]) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = entries
    assert check_webhook_hosts() == []
