"""The networks that can be named, and how each is recognised.

A TRON transaction carries no chain id, so a node is believed to be of a network only when its
block 0 has that network's id (genesis ids: TIP-474).
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tron.sandbox import genesis as sandbox


@dataclass(frozen=True)
class Network:
    """What identifies a network, and its USDT."""

    name: str
    genesis_id: str
    usdt_contract: str
    nodes: tuple[str, ...]
    usdt_symbol: str = ""  # what the contract calls itself; empty where that is not known
    explorer: str = ""  # a public site that shows its blocks; empty where there is none

    def transaction_page(self, txid: str) -> str:
        """Return where a public explorer shows a transaction, empty where there is none."""
        return f"{self.explorer}/#/transaction/{txid}" if self.explorer else ""

    def address_page(self, address: str) -> str:
        """Return where a public explorer shows an address, empty where there is none."""
        return f"{self.explorer}/#/address/{address}" if self.explorer else ""


KNOWN = {
    network.name: network
    for network in (
        Network(
            "mainnet",
            "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc",
            "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
            ("https://api.trongrid.io",),
            "USDT",
            "https://tronscan.org",
        ),
        Network(
            "nile",
            "0000000000000000d698d4192c56cb6be724a558448e2684802de4d6cd8690dc",
            "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf",
            ("https://nile.trongrid.io",),
            "USDT",
            "https://nile.tronscan.org",
        ),
        Network(
            "shasta",
            "0000000000000000de1aa88295e1fcf982742f773e0419c5a9c134c994a9059e",
            "TG3XXyExBkPp9nzdajDZsozEu4BkaSJozs",
            ("https://api.shasta.trongrid.io",),
            explorer="https://shasta.tronscan.org",
        ),
        Network("sandbox", sandbox.GENESIS_ID, sandbox.USDT_CONTRACT, (), "USDT"),
    )
}
ALIASES = {"testnet": "nile"}


def network() -> Network:
    """Return the configured network, or raise ``ImproperlyConfigured`` with what is missing."""
    name = ALIASES.get(settings.TRON_NETWORK, settings.TRON_NETWORK)
    known = KNOWN.get(name)
    if known is None and name != "custom":
        raise ImproperlyConfigured(
            f"TRON_NETWORK={name!r} is not one of {', '.join([*KNOWN, *ALIASES, 'custom'])}."
        )
    genesis_id = known.genesis_id if known else settings.TRON_GENESIS_ID
    for other in KNOWN.values():
        if known is None and other.genesis_id == genesis_id:
            raise ImproperlyConfigured(
                f"TRON_GENESIS_ID is {other.name}'s: set TRON_NETWORK to it."
            )
    contract = settings.USDT_CONTRACT or (known.usdt_contract if known else "")
    nodes = tuple(settings.TRON_NODES) or (known.nodes if known else ())
    for setting, value in (
        ("TRON_GENESIS_ID", genesis_id),
        ("USDT_CONTRACT", contract),
        ("TRON_NODES", nodes),
    ):
        if not value:
            raise ImproperlyConfigured(f"{setting} must be set for TRON_NETWORK={name}.")
    symbol = known.usdt_symbol if known and known.usdt_contract == contract else ""
    explorer = known.explorer if known else ""
    return Network(name, genesis_id, contract, nodes, symbol, explorer)
