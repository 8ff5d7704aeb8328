"""Hosts of URLs: what is spelled as a name, and which names lead inside."""

import re

NAME_LENGTH_MAX = 253  # RFC 1035, without the root's dot
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What ``inet_aton`` takes for the last number of an address (the URL standard's "ends in a
# number"): no top-level domain is one, and 127.1, 0x7f000001 and 017700000001 are 127.0.0.1.
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
# Names that no server of the public DNS answers for, but machines and routers do.
INSIDE = (
    "localhost",  # RFC 6761
    "local",  # RFC 6762: multicast DNS
    "arpa",  # RFC 3172: infrastructure; RFC 8375: home.arpa
    "internal",  # reserved by ICANN in 2024; clouds name their metadata so
    "intranet", "private", "corp", "home", "lan", "localdomain",  # RFC 6762, appendix G, and habit
)  # fmt: skip


def is_name(host: str) -> bool:
    """Tell whether a host, in lower case, is spelled as a name that DNS can be asked for."""
    return len(host) <= NAME_LENGTH_MAX and _NAME.fullmatch(host) is not None


def ends_in_number(host: str) -> bool:
    """Tell whether a host, in lower case, is or could be taken for an IPv4 address."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def leads_inside(name: str) -> bool:
    """Tell whether a name, in lower case, means this machine or its own network by itself."""
    _, dot, last = name.rpartition(".")
    return not dot or last in INSIDE
