"""What left a wallet without an order: a database that was set back has forgotten who asked."""

from typing import Any

from lucidpay.clock import utc_now
from tests import builders
from tron.halt import halt
from tron.models import ChainFlow, Halt, HaltCause
from wallets.models import Wallet


def left_without_order(wallet: Wallet, recipient: str, units: int, **other: Any) -> None:
    """Let so many base units of USDT have left; a person has understood it and lifted the halt."""
    told = {"asset": "USDT", "log_index": 0, "txid": "ab" * 32} | other
    flow = ChainFlow.objects.create(
        sender=wallet.address, recipient=recipient, units=units, block_number=1,
        block_time_ms=builders.CHAIN_TIME_MS, booked_at=utc_now(), **told,
    )  # fmt: skip
    halt(cause=HaltCause.OUTFLOW, subject=flow.txid, reason="left", by="books", now=utc_now())
    Halt.objects.filter(subject=flow.txid).update(lifted_at=utc_now())
