"""What WEBHOOK_ALLOW_HOSTS lets through although it is internal.

A name allows URLs with that very host, whatever it resolves to. An address or a network allows
URLs whose host is such an address, and no name that resolves to one.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from webhooks.target_addresses import Address, Network, address_in
from webhooks.target_hosts import ends_in_number, is_name


@dataclass(frozen=True)
class AllowList:
    """The entries, read."""

    names: frozenset[str]
    networks: tuple[Network, ...]

    def has(self, host: str) -> bool:
        """Tell whether a URL with this host (lower case, no brackets) may lead inside."""
        address = address_in(host)
        return host in self.names or (address is not None and self._covers(address))

    def lets(self, host: str, address: Address) -> bool:
        """Tell whether a URL with this host may be sent to this address, public or not."""
        return host in self.names or (address_in(host) == address and self._covers(address))

    def _covers(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def allow_list() -> AllowList:
    """Return what is allowed. Raises ``ImproperlyConfigured`` when an entry is malformed."""
    return _read(tuple(settings.WEBHOOK_ALLOW_HOSTS))


@lru_cache(maxsize=8)
def _read(entries: tuple[str, ...]) -> AllowList:
    networks = {entry: _network(entry) for entry in entries}
    names = frozenset(entry.lower() for entry, network in networks.items() if network is None)
    for name in names:
        if not is_name(name) or ends_in_number(name):
            raise ImproperlyConfigured(
                f"WEBHOOK_ALLOW_HOSTS has {name}, which is no host name, address or network."
            )
    return AllowList(names, tuple(network for network in networks.values() if network))


def _network(entry: str) -> Network | None:
    """Return the network, or that of one address; ``None`` when the entry is neither."""
    try:
        return None if "%" in entry else ip_network(entry)  # no URL can spell a zone
    except ValueError:
        return None
