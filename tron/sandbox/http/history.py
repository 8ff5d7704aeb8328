"""``/v1/…``: history as TronGrid tells it, in pages. An index beside the node, not the node.

It knows the whole chain whatever the node shows of it. Addresses are base58check or hex.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tron.address import InvalidAddress, address_parse, address_text
from tron.sandbox import history
from tron.sandbox.clock import wall_ms
from tron.sandbox.errors import BadRequest
from tron.sandbox.genesis import USDT_ADDRESS, USDT_CONTRACT
from tron.sandbox.history import Span
from tron.sandbox.http.accounts import account_json
from tron.sandbox.http.history_rows import event_row, topic_of, transaction_row, transfer_row
from tron.sandbox.http.request import Request, Response, json_response
from tron.sandbox.json_in import hex_parse
from tron.sandbox.node import Node, View
from tron.sandbox.vm.tether import balance_of

LIMIT, LIMIT_MAX = 20, 200
_PART = re.compile("[0-9a-f]{1,13}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a page: of what, by which rules."""

    node: Node
    request: Request
    what: str  # an address, a txid, a height

    @property
    def address(self) -> bytes:
        """The account or contract; raises ``BadRequest``."""
        return _address(self.what)

    def span(self, *, times: str = "{}_timestamp") -> Span:
        """Return which rows are asked for; ``times`` is how the bounds of time are named."""
        chain, request = self.node.indexed, self.request
        first, last = 1, chain.head.number
        if request.flag("only_confirmed"):
            last = chain.solid.number
        if request.flag("only_unconfirmed"):
            first = chain.solid.number + 1
        earliest_ms = request.number(times.format("min"))
        latest_ms = request.number(times.format("max"))
        if earliest_ms > 0:
            first = max(first, chain.number_since(earliest_ms))
        if latest_ms > 0:
            last = min(last, chain.number_since(latest_ms + 1) - 1)
        limit = request.number("limit", LIMIT)
        if limit < 1:
            raise BadRequest("limit must be a positive number")
        newest_first = not request.text("order_by").endswith(",asc")
        return Span(first, last, newest_first, min(limit, LIMIT_MAX), self._after())

    def _after(self) -> tuple[int, ...] | None:
        fingerprint = self.request.text("fingerprint")
        if not fingerprint:
            return None
        parts = fingerprint.split("-")
        if len(parts) not in (2, 3) or not all(_PART.fullmatch(part) for part in parts):
            raise BadRequest("invalid fingerprint")
        return tuple(int(part, 16) for part in parts)


Rows = tuple[list[dict[str, Any]], Sequence[Any]]  # what is shown, and what it was made of


def _address(text: str) -> bytes:
    try:
        raw = address_parse(text) if text.startswith("T") else hex_parse(text)
        address_text(raw)
    except (InvalidAddress, BadRequest) as error:
        raise BadRequest("A valid account address is required.") from error
    return raw


def _account(asked: Asked) -> Rows:
    chain = asked.node.indexed
    solid = asked.request.flag("only_confirmed")
    view = View(chain.solid_state, chain.solid, True) if solid else asked.node.head_view()
    shown = account_json(view, asked.address, False)
    if not shown:
        return [], []
    held = balance_of(view.state, asked.address[1:])
    return [shown | {"trc20": [{USDT_CONTRACT: str(held)}] if held else []}], []


def _ends(request: Request) -> dict[str, bool]:
    """Say which end of a transaction the account must be; both count unless one is named."""
    only_from, only_to = request.flag("only_from"), request.flag("only_to")
    return {"sent": only_from or not only_to, "received": only_to or not only_from}


def _account_transactions(asked: Asked) -> Rows:
    chain, ends = asked.node.indexed, _ends(asked.request)
    found = history.transactions(chain, asked.address, asked.span(), **ends)
    return [transaction_row(entry) for entry in found], found


def _account_transfers(asked: Asked) -> Rows:
    chain, contract = asked.node.indexed, asked.request.text("contract_address")
    span, address = asked.span(), address_text(asked.address)
    if contract and _address(contract) != USDT_ADDRESS:
        return [], []
    found = history.transfers(chain, address, span, **_ends(asked.request))
    times = {row.place[0]: chain.block_at(row.place[0]).timestamp_ms for row in found}
    return [transfer_row(row, times[row.place[0]]) for row in found], found


def _events(asked: Asked, span: Span, txid: bytes | None = None) -> Rows:
    chain, name = asked.node.indexed, asked.request.text("event_name")
    found = history.events(chain, span, txid, topic_of(name) if name else "")
    return [event_row(event, chain.solid.number) for event in found], found


def _contract_events(asked: Asked) -> Rows:
    span = asked.span(times="{}_block_timestamp")
    if asked.address != USDT_ADDRESS:
        return [], []
    return _events(asked, _of_block(span, asked.request.number("block_number")))


def _transaction_events(asked: Asked) -> Rows:
    return _events(asked, asked.span(), hex_parse(asked.what))


def _block_events(asked: Asked) -> Rows:
    latest = asked.what == "latest"
    if not latest and not re.fullmatch("[0-9]{1,15}", asked.what):
        raise BadRequest("A valid block number is required.")
    number = asked.node.indexed.head.number if latest else int(asked.what)
    return _events(asked, _of_block(asked.span(), number))


def _of_block(span: Span, number: int) -> Span:
    """Return the span cut down to one block, where a height is given."""
    if not number:
        return span
    first, last = max(span.first, number), min(span.last, number)
    return Span(first, last, span.newest_first, span.limit, span.after)


PAGES: dict[tuple[str, str], Callable[[Asked], Rows]] = {
    ("accounts", ""): _account,
    ("accounts", "transactions"): _account_transactions,
    ("accounts", "transactions/trc20"): _account_transfers,
    ("contracts", "events"): _contract_events,
    ("transactions", "events"): _transaction_events,
    ("blocks", "events"): _block_events,
}


def answer(node: Node, request: Request, url: str) -> Response:
    """Return a page of history, or what is wrong with the request."""
    _, _, kind, what, *rest = [*request.path.split("/"), ""][:7]
    page = PAGES.get((kind, "/".join(rest).strip("/")))
    if page is None or request.method != "GET":
        return _refused("Not Found", 404)
    asked = Asked(node, request, what)
    try:
        shown, found = page(asked)
        limit = asked.span().limit
    except BadRequest as error:
        return _refused(error.text, 400)
    meta: dict[str, Any] = {"at": wall_ms() + node.look.clock_ms, "page_size": len(shown)}
    if found and len(found) == limit:
        meta |= _next(request, found[-1].place, url)
    return json_response({"data": shown, "success": True, "meta": meta})


def _next(request: Request, place: Sequence[int], url: str) -> dict[str, Any]:
    """Return where the next page is: after the last row of this one."""
    fingerprint = "-".join(f"{part:x}" for part in place)
    query = urlencode(request.query | {"fingerprint": fingerprint})
    return {"fingerprint": fingerprint, "links": {"next": f"{url}{request.path}?{query}"}}


def _refused(text: str, status: int) -> Response:
    return json_response({"success": False, "error": text, "statusCode": status}, status)
