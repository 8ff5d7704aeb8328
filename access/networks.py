"""Where a call may come from: single addresses and networks, IPv4 and IPv6."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from lucidpay.errors import ValidationFailed

NETWORKS_MAX = 100
# What one household or office is given. Counting single addresses of it would count nothing.
IPV6_SITE_BITS = 64
MAPPED_BITS = 96  # before IPv4 written as IPv6, RFC 4291 2.5.5.2


def address_parse(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, ``None`` when it is none; IPv4 written as IPv6 is IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def networks_parse(words: Iterable[str]) -> list[str]:
    """Return addresses and networks as they are stored: each once, a single one without its mask.

    Raises ``ValidationFailed`` naming each that is none, such as ``10.0.0.1/8``, which is neither
    an address nor the network it lies in.
    """
    found: dict[str, None] = {}
    wrong = []
    for word in words:
        try:
            network = _unmapped(ip_network(word.strip()))
        except ValueError as error:
            wrong.append(f"{error}.")
            continue
        is_single = network.num_addresses == 1
        found[str(network.network_address) if is_single else str(network)] = None
    if len(found) > NETWORKS_MAX:
        wrong.append(f"At most {NETWORKS_MAX} addresses and networks.")
    if wrong:
        raise ValidationFailed({"allowed_ips": wrong})
    return list(found)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < MAPPED_BITS:
        return network
    return IPv4Network((mapped, network.prefixlen - MAPPED_BITS))


def is_within(text: str, networks: Iterable[str]) -> bool:
    """Return whether an address lies in one of these; what is no address lies nowhere."""
    address = address_parse(text)
    return address is not None and any(address in ip_network(network) for network in networks)


def site_of(text: str) -> str:
    """Return the address under which failures are counted: of IPv6 the site's /64."""
    address = address_parse(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_SITE_BITS), strict=False))
    return str(address or text)
