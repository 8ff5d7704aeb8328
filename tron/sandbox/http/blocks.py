"""Blocks, as ``/wallet`` and ``/walletsolidity`` show them."""

from typing import Any

from tron.sandbox.blocks import Block
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import hex_parse
from tron.sandbox.json_out import info_json, message_json, transaction_stored_json
from tron.sandbox.node import Node, View

LIMIT_MAX = 100


def block_json(node: Node, block: Block, *, visible: bool, detail: bool = True) -> dict[str, Any]:
    """Return a block; ``transactions`` is absent where there are none or none are asked for."""
    answer: dict[str, Any] = {
        "blockID": block.id.hex(),
        "block_header": message_json(block.header, visible),
    }
    bodies = node.bodies(block.number) if detail else []
    if bodies:
        answer["transactions"] = [transaction_stored_json(body, visible) for body in bodies]
    return answer


def _block_at(node: Node, view: View, number: int) -> Block | None:
    if not 0 <= number <= view.block.number:
        return None
    return node.line.block(number)


def _block_of_id(node: Node, view: View, block_id: bytes) -> Block | None:
    number = node.line.block_number(block_id)
    return None if number is None else _block_at(node, view, number)


def _answer(node: Node, block: Block | None, visible: bool, detail: bool = True) -> dict[str, Any]:
    return {} if block is None else block_json(node, block, visible=visible, detail=detail)


def now_block(node: Node, view: View, request: Request) -> Any:
    """``getnowblock``: the highest block; ``visible`` is read from the query only."""
    return block_json(node, view.block, visible=request.visible_query)


def block_by_number(node: Node, view: View, request: Request) -> Any:
    """``getblockbynum``: {} above the highest block."""
    block = _block_at(node, view, request.number("num"))
    return _answer(node, block, request.visible)


def block_by_id(node: Node, view: View, request: Request) -> Any:
    """``getblockbyid``: {} for an unknown ID."""
    return _answer(node, _block_of_id(node, view, request.raw("value")), request.visible)


def block_any(node: Node, view: View, request: Request) -> Any:
    """``getblock``: by number, by ID or the highest; transactions only with ``detail``."""
    wanted = request.text("id_or_num")
    if not wanted:
        block: Block | None = view.block
    elif wanted.isdecimal() and len(wanted) < 20:
        block = _block_at(node, view, int(wanted))
    else:
        block = _block_of_id(node, view, hex_parse(wanted))
    return _answer(node, block, request.visible, request.flag("detail"))


def blocks_by_range(node: Node, view: View, request: Request) -> Any:
    """``getblockbylimitnext``: [startNum, endNum), at most 100 blocks, else {}."""
    start, end = request.number("startNum"), request.number("endNum")
    if start < 0 or not 0 < end - start <= LIMIT_MAX:
        return {}
    return _list(node, view, range(start, end), request.visible)


def blocks_latest(node: Node, view: View, request: Request) -> Any:
    """``getblockbylatestnum``: the last ``num`` blocks, 0 < num < 100."""
    count = request.number("num")
    if not 0 < count < LIMIT_MAX:
        return {}
    top = view.block.number
    return _list(node, view, range(max(0, top - count + 1), top + 1), request.visible)


def _list(node: Node, view: View, numbers: range, visible: bool) -> dict[str, Any]:
    blocks = [block for n in numbers if (block := _block_at(node, view, n)) is not None]
    listed = [block_json(node, block, visible=visible) for block in blocks]
    return {"block": listed} if listed else {}


def infos_by_number(node: Node, view: View, request: Request) -> Any:
    """``gettransactioninfobyblocknum``: a list; [] for an empty and for an unknown block."""
    number = request.number("num")
    if number <= 0:
        return {}
    if number > view.block.number:
        return []
    texts = node.infos(number)
    if not request.visible:
        return b"[" + ",".join(texts).encode() + b"]"
    return [info_json(text, True) for text in texts]


def count_by_number(node: Node, view: View, request: Request) -> Any:
    """``gettransactioncountbyblocknum``: -1 for an unknown block."""
    block = _block_at(node, view, request.number("num"))
    return {"count": -1 if block is None else len(node.bodies(block.number))}
