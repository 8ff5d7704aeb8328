"""Transfers of USDT to and from an address: our own record, or an indexer's.

Of addresses that are watched here every solid block was read since they are watched. Of others
only an indexer knows, where one is configured; what it says is shown and never relied on.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from django.db.models import Q, QuerySet

from lucidpay.api.pagination import paginate
from lucidpay.errors import NOT_FOUND, LucidError, ValidationFailed
from tron.errors import NodeError
from tron.flows import TRX, USDT
from tron.grid import (
    FINGERPRINT,
    GridTransfer,
    grid_is_configured,
    trx_history,
    usdt_history,
)
from tron.models import ChainFlow, WatchedAddress
from tron.reads import ChainAway, a_place

log = structlog.get_logger(__name__)

SCAN, GRID = "scan", "grid"
IN, OUT, SELF = "in", "out", "self"
HISTORIES = {USDT: usdt_history, TRX: trx_history}


class NoHistory(LucidError):
    """No history of this address: it is no wallet here, and no TRON_GRID_URL is set."""

    code = NOT_FOUND
    status_code = 404


class NoIndexer(LucidError):
    """No indexer is known: TRON_GRID_URL is not set."""

    code = NOT_FOUND
    status_code = 404


@dataclass(frozen=True)
class Transfer:
    """One transfer, as the address of the question sees it."""

    txid: str
    direction: str
    units: int
    counterparty: str
    block_number: int | None  # the indexer does not tell it of tokens
    time_ms: int


@dataclass(frozen=True)
class History:
    """A page of transfers, newest first, and who tells it."""

    transfers: list[Transfer]
    pagination: dict[str, Any]
    source: str
    from_block: int | None  # our own record begins there


def usdt_transfers(address: str, query: dict[str, Any]) -> History:
    """Return a page of USDT transfers of an address; ``query`` as of ``PageQuery``.

    Raises ``NoHistory`` when nobody can tell, and ``ChainAway`` when the indexer does not answer.
    """
    watched = WatchedAddress.objects.filter(address=address).first()
    if watched is not None:
        return _own(address, watched.from_block, query)
    if not grid_is_configured():
        raise NoHistory
    return _of_grid(address, query)


def _own(address: str, from_block: int, query: dict[str, Any]) -> History:
    sent = ChainFlow.objects.filter(asset=USDT, sender=address)
    received = ChainFlow.objects.filter(asset=USDT, recipient=address).exclude(sender=address)
    both = ChainFlow.objects.filter(Q(sender=address) | Q(recipient=address), asset=USDT)
    page = paginate(both, query, load=_load, parts=[sent, received])
    transfers = [_of_flow(flow, address) for flow in page.rows]
    return History(transfers, page.pagination, SCAN, from_block)


def _load(keys: QuerySet) -> list[ChainFlow]:
    return list(ChainFlow.objects.filter(pk__in=keys).order_by("-pk"))


def _of_flow(flow: ChainFlow, address: str) -> Transfer:
    direction, counterparty = seen_by(address, flow.sender, flow.recipient)
    return Transfer(
        flow.txid, direction, flow.units, counterparty, flow.block_number, flow.block_time_ms
    )


def seen_by(address: str, sender: str, recipient: str) -> tuple[str, str]:
    """Return (direction, counterparty) of a transfer, as one of its two addresses sees it."""
    if sender == recipient:
        return SELF, address
    return (OUT, recipient) if sender == address else (IN, sender)


def _of_grid(address: str, query: dict[str, Any]) -> History:
    found, pagination = grid_page(USDT, address, query)
    return History([_of_row(one, address) for one in found], pagination, GRID, None)


def grid_page(
    asset: str, address: str, query: dict[str, Any]
) -> tuple[tuple[GridTransfer, ...], dict[str, Any]]:
    """Return a page of transfers of an asset that an indexer tells, and its pagination.

    Raises ``NoIndexer`` when none is configured, and ``ChainAway`` when it does not answer.
    """
    if not grid_is_configured():
        raise NoIndexer
    if query["offset"]:
        raise ValidationFailed({"offset": ["Of an indexer: page with cursor instead."]})
    cursor, limit = query.get("cursor", ""), query["limit"]
    if cursor and not FINGERPRINT.fullmatch(cursor):
        raise ValidationFailed({"cursor": ["Not a cursor of this list."]})
    try:
        with a_place():
            page = HISTORIES[asset](address, limit=limit, fingerprint=cursor)
    except NodeError as error:
        log.warning("indexer_not_read", error=str(error), code=error.code)
        raise ChainAway from error
    pagination = {
        # It does not tell how many there are; this page, and one more when there is a next.
        "total": len(page.transfers) + (page.fingerprint is not None),
        "total_exact": not cursor and page.fingerprint is None,
        "limit": limit,
        "offset": 0,
        "has_next": page.fingerprint is not None,
        "has_previous": bool(cursor),
        "next_cursor": page.fingerprint,
    }
    return page.transfers, pagination


def _of_row(one: GridTransfer, address: str) -> Transfer:
    direction, counterparty = seen_by(address, one.sender, one.recipient)
    return Transfer(one.txid, direction, one.units, counterparty, None, one.time_ms)
