"""What a new transaction is tied to: the scanner's block, and the time of the chain."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from lucidpay.clock import from_ms, iso
from tron.cursor import cursor_here
from tron.halt import refuse_halted
from tron.models import ScanCursor

# Further behind than this, the scanner is catching up, and what it has not read yet may hold
# the end of transactions that were signed before.
LAG_BLOCKS_MAX = 25


class ChainNotReady(RuntimeError):
    """The solid chain is not known well enough to sign on it; payouts wait."""


@dataclass(frozen=True)
class Reference:
    """A solid block that was read here, and until when a transaction shall be valid."""

    block_number: int
    block_id: str
    expiration_ms: int
    chain_time_ms: int


def reference_now(*, now: datetime) -> Reference:
    """Return the reference for transactions signed now, or raise ``ChainNotReady``.

    Raises ``WrongChain`` when the database belongs to another network, and ``Halted`` while the
    kill switch is on.

    The block is the scanner's own, so every later block will be read and hash-linked to it,
    and a proof of death has no gap. Times are the chain's: a wrong clock here changes nothing.
    """
    refuse_halted()
    cursor = cursor_here()
    if cursor is None:
        raise ChainNotReady("no solid block has been read yet")
    refuse_unready(cursor, now=now)
    return Reference(
        block_number=cursor.number,
        block_id=cursor.block_id,
        expiration_ms=cursor.head_time_ms + settings.TRON_EXPIRATION_S * 1000,
        chain_time_ms=cursor.head_time_ms,
    )


def refuse_unready(cursor: ScanCursor, *, now: datetime) -> None:
    """Raise ``ChainNotReady`` with why nothing is signed on what the scanner knows."""
    if abs(now - cursor.seen_at) > timedelta(seconds=settings.TRON_SCAN_FRESH_S):
        raise ChainNotReady(f"no node has answered since {iso(cursor.seen_at)}")
    head_at = from_ms(cursor.head_time_ms)
    if now - head_at > timedelta(seconds=settings.TRON_HEAD_AGE_MAX_S):
        raise ChainNotReady(f"the node stands still: its head is of {iso(head_at)}")
    if cursor.number - cursor.solid_number > LAG_BLOCKS_MAX:
        behind = cursor.number - cursor.solid_number
        raise ChainNotReady(f"the node is {behind} solid blocks behind what was read before")
    if cursor.solid_number - cursor.number > LAG_BLOCKS_MAX:
        raise ChainNotReady(f"{cursor.solid_number - cursor.number} solid blocks are unread")
