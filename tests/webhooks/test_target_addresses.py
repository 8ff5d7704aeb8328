"""Which addresses are public: each network ends where its document says."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.test_target_spellings import FORBIDDEN_4, FORBIDDEN_6
from webhooks.target_addresses import (
    NOT_PUBLIC_4,
    NOT_PUBLIC_6,
    UNICAST_6,
    address_in,
    is_public,
)


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "93.184.216.34", "9.255.255.255",
    "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
    "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255",
    "203.0.114.0", "223.255.255.255", "2001:200::", "2001:db7:ffff::1", "2001:db9::",
    "2003::", "2606:4700:4700::1111", "2a00:1450::1", "3ffe:ffff::1", "3fff:1000::",
])  # fmt: skip
def test_it_lets_pass_what_lies_beside_a_network_apart(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("network", [*FORBIDDEN_4, *FORBIDDEN_6], ids=str)
def test_it_refuses_the_first_and_the_last_of_each_network_apart(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    assert not is_public(network[0])
    assert not is_public(network[-1])


def test_the_own_list_is_complete_whatever_this_python_calls_global() -> None:
    assert set(NOT_PUBLIC_4) == set(FORBIDDEN_4)
    for network in FORBIDDEN_6:
        inside = any(network.subnet_of(apart) for apart in NOT_PUBLIC_6)
        assert inside or not network.overlaps(UNICAST_6), network


@given(st.ip_addresses(v=4))
def test_of_ipv4_it_lets_pass_all_others(address: ipaddress.IPv4Address) -> None:
    assert is_public(address) != any(address in network for network in FORBIDDEN_4)


@pytest.mark.parametrize("text", ["2606:4700::1%eth0", "fe80::1%1"])
def test_it_refuses_an_address_with_a_zone(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", ["", "127.1", "0x7f.0.0.1", "127.0.0.01", "２.0.0.1", "1.2.3.4 ", "[::1]", "a", "::g"]
)
def test_it_takes_for_an_address_what_inet_pton_takes(text: str) -> None:
    assert address_in(text) is None
