"""However an internal address is spelled, no webhook is registered for it or sent to it."""

import asyncio
import ipaddress
import socket
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.webhooks.targets import Names, listening, names_instead_of_dns, refused, sent, session
from webhooks.target import BadTarget, target_check

LOOPBACK = (
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0X7F000001",
    "0x7f.0x0.0x0.0x1", "0x7f.1", "0X7F.0.1", "017700000001", "0177.0.0.1", "0177.0.0x1",
    "00000177.1", "127.0.0.01", "127.00.0.1", "0", "0x0", "00", "0.0.0.0", "0.0", "127.0.0.1.",
    "127.0.0.1..", "2130706433.", "0x7f000001.", "127.0.0.1 ", " 127.0.0.1", "127.0\t.0.1",
    "127.0.0.1\n", "127.0.0.1%00", "%31%32%37.0.0.1", "127%2e0.0.1", "[127.0.0.1]",
)  # fmt: skip
LOOPBACK_6 = (
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::]",
    "[::0.0.0.1]",
    "[::1%25lo]", "[::1%lo]", "[[::1]]", "[::1]x", "x[::1]", "[::1", "::1", "[::1].example",
)  # fmt: skip
IPV4_INSIDE_6 = (
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]",
    "[64:ff9b:1:7f00:0:100::]",
    "[2002:7f00:1::1]", "[2002:a9fe:a9fe::]", "[2001:0:5db8:d822:0:0:80ff:fffe]",
    "[::ffff:8.8.8.8]", "[::8.8.8.8]", "[64:ff9b::8.8.8.8]", "[2002:808:808::1]",
)  # fmt: skip
METADATA = (
    "169.254.169.254", "169.254.43518", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]",
    "[fe80::a9fe:a9fe]", "192.0.0.192", "100.100.100.200", "metadata.google.internal", "metadata",
    "instance-data.ec2.internal",
)  # fmt: skip
PRIVATE = (
    "10.0.0.1", "10.1", "012.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1",
    "3232235521", "100.64.0.1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "192.0.2.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0xffffffff",
    "[fc00::1]", "[fdff::1]", "[fe80::1]", "[fe80::1%25eth0]", "[febf::1]", "[fec0::1]",
    "[ff02::1]",
    "[100::1]", "[2001:db8::1]", "[3fff::1]", "[2001:2::1]", "[2001:10::1]", "[4000::1]",
    "[5f00::1]", "[1fff::1]",
)  # fmt: skip
NAMES = (
    "localhost", "LOCALHOST", "LocalHost", "localhost.", "a.localhost", "localhost.localdomain",
    "printer.local", "router.home.arpa", "db", "db.lan", "wiki.corp", "1.0.0.127.in-addr.arpa",
)  # fmt: skip
UNICODE = (
    "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "①②⑦.⓪.⓪.①", "ｌocalhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "local\u00adhost", "local\u200bhost", "１２７.1", "[：：1]",
)  # fmt: skip
BEFORE_IT = (
    "good.example@127.0.0.1", "good.example:443@127.0.0.1", "good.example%40@127.0.0.1",
    "good.example\\@127.0.0.1", "127.0.0.1\\@good.example", "127.0.0.1\\.good.example",
    "a@b@127.0.0.1", "@127.0.0.1", ":@127.0.0.1", "/127.0.0.1", "//127.0.0.1",
)  # fmt: skip
SPELLINGS = (
    *LOOPBACK, *LOOPBACK_6, *IPV4_INSIDE_6, *METADATA, *PRIVATE, *NAMES, *UNICODE, *BEFORE_IT
)  # fmt: skip
# IANA's registries, and multicast; not taken from the code.
FORBIDDEN_4 = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
FORBIDDEN_6 = [
    ipaddress.ip_network(network)
    for network in (
        "::/3", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32",
        "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20",
        "4000::/2", "5f00::/16", "8000::/1", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip
MANY = hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Names:
    settings.WEBHOOK_ALLOW_HOSTS = []
    return names_instead_of_dns(monkeypatch)


def test_there_are_enough_spellings_and_none_is_there_twice() -> None:
    assert len(set(SPELLINGS)) == len(SPELLINGS) > 130


@pytest.mark.parametrize("host", SPELLINGS)
def test_it_is_not_registered(names: Names, host: str) -> None:
    for scheme in ("http", "https", "HtTp"):
        for rest in ("", ":8080/hook?x=1"):
            with pytest.raises(BadTarget):
                target_check(f"{scheme}://{host}{rest}")


@pytest.mark.contract("C-HOOK-16")
def test_nothing_is_sent_to_any_of_them(names: Names) -> None:
    async def attempts() -> None:
        async with listening() as listener, session() as client:
            for host in SPELLINGS:
                # Not RuntimeError: that is what the tests' guard of the network raises.
                with pytest.raises((aiohttp.ClientError, ValueError)):
                    await sent(client, f"http://{host}:{listener.port}/hook")
            assert await listener.came() == 0

    asyncio.run(attempts())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9", "0x7f.1", "[::1]", "[0:0::1]", "localhost", "LOCALHOST.",
     "good.example@127.0.0.1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"],
)  # fmt: skip
def test_without_the_guard_it_would_have_been_sent(names: Names, host: str) -> None:
    """The test above would pass for a wrong reason if nothing listened there."""

    async def attempt() -> None:
        async with listening() as listener, aiohttp.ClientSession() as client:
            assert await sent(client, f"http://{host}:{listener.port}/hook") == 200
            assert listener.heard == ["POST /hook HTTP/1.1"]

    asyncio.run(attempt())


def number(draw: st.DrawFn, value: int) -> str:
    zeros = "0" * draw(st.integers(0, 3))
    return draw(
        st.sampled_from([f"{value}", f"0x{zeros}{value:x}", f"0X{value:X}", f"0{zeros}{value:o}"])
    )


@st.composite
def spelled_4(draw: st.DrawFn, address: int) -> str:
    """Spell an IPv4 address as ``inet_aton`` reads it: one to four numbers, the last the rest."""
    parts = draw(st.integers(1, 4))
    leading = [address >> 24 & 255, address >> 16 & 255, address >> 8 & 255][: parts - 1]
    last = address & (1 << 8 * (5 - parts)) - 1
    return ".".join(number(draw, value) for value in [*leading, last])


@st.composite
def spelled_6(draw: st.DrawFn, address: int) -> str:
    """Spell an IPv6 address as ``inet_pton`` reads it."""
    groups = [f"{address >> 112 - 16 * at & 0xFFFF:x}" for at in range(8)]
    groups = [draw(st.sampled_from([one, one.zfill(4), one.upper()])) for one in groups]
    if draw(st.booleans()):
        groups[6:] = [str(ipaddress.IPv4Address(address & 0xFFFFFFFF))]
    zeros = [at for at, one in enumerate(groups) if one.strip("0") == ""]
    if zeros and draw(st.booleans()):
        at = draw(st.sampled_from(zeros))
        return ":".join(groups[:at]) + "::" + ":".join(groups[at + 1 :])
    return ":".join(groups)


@st.composite
def internal_4(draw: st.DrawFn) -> tuple[str, int]:
    network = draw(st.sampled_from(FORBIDDEN_4))
    address = draw(st.integers(int(network[0]), int(network[-1])))
    return draw(spelled_4(address)), address


@st.composite
def internal_6(draw: st.DrawFn) -> tuple[str, int]:
    network = draw(st.sampled_from(FORBIDDEN_6))
    address = draw(st.integers(int(network[0]), int(network[-1])))
    return draw(spelled_6(address)), address


@MANY
@given(internal_4())
def test_no_number_of_an_internal_network_is_registered(
    names: Names, case: tuple[str, int]
) -> None:
    host, address = case
    assert socket.inet_aton(host) == address.to_bytes(4, "big")
    with pytest.raises(BadTarget):
        target_check(f"https://{host}/")


@MANY
@given(internal_6())
def test_no_internal_ipv6_address_is_registered(names: Names, case: tuple[str, int]) -> None:
    host, address = case
    assert socket.inet_pton(socket.AF_INET6, host) == address.to_bytes(16, "big")
    with pytest.raises(BadTarget):
        target_check(f"https://[{host}]/")


def test_no_internal_address_is_connected_to_under_any_name(names: Names) -> None:
    places = [
        str(network[network.num_addresses * part // 8])
        for network in [*FORBIDDEN_4, *FORBIDDEN_6]
        for part in range(8)
    ]

    async def attempts() -> None:
        async with listening() as listener, session() as client:
            for at, place in enumerate(places):
                names.put(f"{at}.evil.example", [place])
                await refused(client, f"http://{at}.evil.example:{listener.port}/")
            assert await listener.came() == 0

    asyncio.run(attempts())
