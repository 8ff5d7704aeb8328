"""Callers of the calls about wallets and USDT, and one node for all of them."""

from tests.api.conftest import _fresh_counters, dead_port
from tests.payouts.conftest import chain
from tests.tron.api.conftest import reader
from tests.tron.conftest import liar, node, sandbox

__all__ = ["_fresh_counters", "chain", "dead_port", "liar", "node", "reader", "sandbox"]
