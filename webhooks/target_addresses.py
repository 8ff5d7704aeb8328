"""Which addresses are public: of somebody else, on the internet, one machine each.

Our own list, with the documents that set the networks apart, because what ``ipaddress`` calls
global differs between releases of Python. Both must agree.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registry of special-purpose IPv4 addresses, and what is no unicast at all.
NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # RFC 1122: this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # RFC 1918: private
        "100.64.0.0/10",  # RFC 6598: carriers' own; some clouds keep metadata here
        "127.0.0.0/8",  # RFC 1122: loopback
        "169.254.0.0/16",  # RFC 3927: link-local; most clouds keep metadata here
        "172.16.0.0/12",  # RFC 1918: private
        "192.0.0.0/24",  # RFC 6890: protocols' own; Oracle's cloud keeps metadata here
        "192.0.2.0/24",  # RFC 5737: documentation
        "192.88.99.0/24",  # RFC 7526: relays to 6to4, given up
        "192.168.0.0/16",  # RFC 1918: private
        "198.18.0.0/15",  # RFC 2544: benchmarks
        "198.51.100.0/24",  # RFC 5737: documentation
        "203.0.113.0/24",  # RFC 5737: documentation
        "224.0.0.0/4",  # RFC 5771: multicast
        "240.0.0.0/4",  # RFC 1112: reserved; RFC 919: broadcast
    )
)
# RFC 4291: global unicast. Outside lie loopback (::1), IPv4 inside IPv6 (::ffff:0:0/96, ::/96),
# NAT64 (RFC 6052: 64:ff9b::/96; RFC 8215: 64:ff9b:1::/48), unique local (RFC 4193: fc00::/7),
# link-local (fe80::/10), site-local (RFC 3879: fec0::/10), multicast (ff00::/8), and more.
UNICAST_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # RFC 2928: protocols' own, such as Teredo (RFC 4380: 2001::/32)
        "2001:db8::/32",  # RFC 3849: documentation
        "2002::/16",  # RFC 3056: 6to4, which leads to any IPv4 address
        "3fff::/20",  # RFC 9637: documentation
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address is one machine on the internet, as far as can be told from it."""
    if isinstance(address, IPv4Address):
        apart = any(address in network for network in NOT_PUBLIC_4)
    else:
        apart = address not in UNICAST_6 or any(address in network for network in NOT_PUBLIC_6)
    return address.is_global and not apart and not _has_scope(address)


def address_in(text: str) -> Address | None:
    """Return the address that a text is, by ``inet_pton``'s rules; ``None`` for anything else."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _has_scope(address: Address) -> bool:
    return getattr(address, "scope_id", None) is not None
