"""A node of few words: prepared answers over kept-alive connections, at little CPU.

``python -m benchmarks.block_node`` prints its port. It tells the blocks of the file that it is
given (``/stub/load``) up to the solid number it is given (``/stub/solid``), and counts what it
is asked (``/stub/counts``).
"""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tron.sandbox.genesis import GENESIS_ID

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
GENESIS = json.dumps({"blockID": GENESIS_ID, "block_header": {"raw_data": {}}}).encode()


class Tale:
    """What the node knows."""

    def __init__(self) -> None:
        self.headers: dict[int, bytes] = {}
        self.blocks: dict[int, bytes] = {}
        self.receipts: dict[int, bytes] = {}
        self.receipt_of: dict[str, bytes] = {}
        self.solid = 0
        self.asked: Counter[str] = Counter()

    def answer(self, path: str, body: dict[str, Any]) -> bytes:
        """Return the answer to one question, as JSON."""
        if path.startswith("/stub/"):
            return self._told(path, body)
        self.asked[path] += 1
        match path.rpartition("/")[2]:
            case "getblockbynum":
                return GENESIS
            case "getblock":
                return self.headers[self.solid]
            case "getblockbylimitnext":
                wanted = range(body["startNum"], min(body["endNum"], self.solid + 1))
                return b'{"block":[' + b",".join(self.blocks[one] for one in wanted) + b"]}"
            case "gettransactioninfobyblocknum":
                return self.receipts[body["num"]]
            case "gettransactioninfobyid":
                return self.receipt_of[body["value"]]
        raise LookupError(path)

    def _told(self, path: str, body: dict[str, Any]) -> bytes:
        if path == "/stub/load":
            self._load(json.loads(Path(body["file"]).read_text()))
        elif path == "/stub/solid":
            self.solid = body["number"]
        counts = json.dumps(self.asked).encode()
        self.asked.clear()
        return counts

    def _load(self, told: dict[str, Any]) -> None:
        for block in told["blocks"]:
            number = block["number"]
            self.headers[number] = block["header"].encode()
            self.blocks[number] = block["block"].encode()
            self.receipts[number] = block["receipts"].encode()
        self.receipt_of = {txid: text.encode() for txid, text in told["receipt_of"].items()}


class Line(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, tale: Tale) -> None:
        self._tale = tale
        self._buffer = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once a request is complete."""
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        lower = head.lower()
        at = lower.find(LENGTH)
        length = int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        start = end + len(HEAD_END)
        if len(self._buffer) < start + length:
            return
        body = bytes(self._buffer[start : start + length])
        self._buffer.clear()
        path = head.split(b" ", 2)[1].decode()
        answer = self._tale.answer(path, json.loads(body or b"{}"))
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(answer) + answer
        )


async def main() -> None:
    """Answer until somebody ends the process."""
    tale = Tale()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(tale), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
