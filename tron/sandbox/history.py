"""What happened to an account or a contract, page by page, as an indexer keeps it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from tron.sandbox.chain import Chain
from tron.sandbox.storage import Storage

Place = tuple[int, ...]  # block, place in the block, and place in the transaction for events

TRANSACTIONS = "SELECT number, position AS place, body, info, txid FROM transactions"
TRANSFERS = "SELECT number, rowid AS place, txid, sender, recipient, amount FROM transfers"


@dataclass(frozen=True, slots=True)
class Span:
    """Which blocks, in which order, from where on, and how many rows."""

    first: int
    last: int
    newest_first: bool = True
    limit: int = 20
    after: Place | None = None


class Transfer(NamedTuple):
    """One Transfer event of the token, and where it stands."""

    place: Place
    txid: bytes
    sender: str
    recipient: str
    amount: str


class Entry(NamedTuple):
    """One transaction with its receipt, and where it stands."""

    place: Place
    body: bytes
    info: dict[str, Any]


class Event(NamedTuple):
    """One log of a contract, the receipt it stands in, and where."""

    place: Place
    log: dict[str, Any]
    info: dict[str, Any]


def _query(select: str, columns: Sequence[str], span: Span) -> str:
    """Return one sorted list for each column, merged; a row that is in two is there once."""
    order, later = ("DESC", "<") if span.newest_first else ("ASC", ">")
    after = f"AND (number, place) {later} (?, ?)" if span.after else ""
    by = f"ORDER BY number {order}, place {order} LIMIT ?"
    lists = [
        f"SELECT * FROM ({select} WHERE {column}=? AND number BETWEEN ? AND ? {after} {by})"  # noqa: S608 (names of this module)
        for column in columns
    ]
    return " UNION ".join(lists) + " " + by


def _rows(
    storage: Storage, select: str, columns: Sequence[str], who: Any, span: Span
) -> Iterator[tuple[Any, ...]]:
    values = [who, span.first, span.last, *(span.after or ())[:2], span.limit]
    query = _query(select, columns, span)
    return storage.select(query, [*values * len(columns), span.limit])


def transfers(
    chain: Chain, address: str, span: Span, *, sent: bool, received: bool
) -> list[Transfer]:
    """Return the transfers of the token from or to an address, in base58check."""
    columns = ["sender"] * sent + ["recipient"] * received
    rows = _rows(chain.storage, TRANSFERS, columns, address, span)
    return [Transfer((number, place), *rest) for number, place, *rest in rows]


def transactions(
    chain: Chain, address: bytes, span: Span, *, sent: bool, received: bool
) -> list[Entry]:
    """Return the transactions that an account sent or that are about it."""
    columns = ["owner"] * sent + ["partner"] * received
    rows = _rows(chain.storage, TRANSACTIONS, columns, address, span)
    return [Entry((number, place), body, json.loads(info)) for number, place, body, info, _ in rows]


def events(chain: Chain, span: Span, txid: bytes | None = None, topic: str = "") -> list[Event]:
    """Return the logs of contracts, of one transaction or of all, of one kind or of all."""
    found = _events(chain.storage, span, txid)
    wanted = (event for event in found if not topic or event.log["topics"][0] == topic)
    return list(islice(wanted, span.limit))


def _events(storage: Storage, span: Span, txid: bytes | None) -> Iterator[Event]:
    order = "DESC" if span.newest_first else "ASC"
    only = "" if txid is None else "AND txid=?"
    query = (
        f"{TRANSACTIONS} WHERE number BETWEEN ? AND ? {only} ORDER BY number {order}, place {order}"
    )
    values = [*_bounds(span), *([] if txid is None else [txid])]
    for number, place, _, text, _ in storage.select(query, values):
        yield from _logs(span, (number, place), json.loads(text))


def _bounds(span: Span) -> tuple[int, int]:
    """Return the blocks that can hold what comes after a place."""
    if span.after is None:
        return span.first, span.last
    if span.newest_first:
        return span.first, min(span.last, span.after[0])
    return max(span.first, span.after[0]), span.last


def _logs(span: Span, place: Place, info: dict[str, Any]) -> Iterator[Event]:
    logs = list(enumerate(info.get("log", [])))
    for index, log in reversed(logs) if span.newest_first else logs:
        at = (*place, index)
        if span.after is None or (at < span.after if span.newest_first else at > span.after):
            yield Event(at, log, info)
