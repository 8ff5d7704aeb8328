"""A node that takes every transaction and knows one answer to each question.

``python -m benchmarks.stub_node PORT``. It costs as little as it can: it runs on the same cores
as what is measured. It prints nothing and counts what it was asked; ``GET`` returns the counts.
"""

import asyncio
import hashlib
import json
import sys
from collections import Counter

from tron.sandbox.genesis import GENESIS_ID, GENESIS_PARENT

ENERGY = 64_285
PARAMETERS = {"getEnergyFee": 100, "getTransactionFee": 1000, "getMaxFeeLimit": 15_000_000_000}
BROADCAST, CALL = b"broadcasthex", b"triggerconstantcontract"
TRANSFER = b'"a9059cbb'  # transfer(address,uint256): the other calls read the token's switches
# Transaction.raw_data is field 1 and longer than 127 bytes: a tag and two bytes of length.
RAW_AT = 3


def _json(body: object) -> bytes:
    text = json.dumps(body, separators=(",", ":")).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(text),
        text,
    )


def _call(energy: int) -> bytes:
    return _json(
        {
            "result": {"result": True},
            "energy_used": energy,
            "constant_result": ["0" * 64],
            "transaction": {"ret": [{}]},
        }
    )


ANSWERS = {
    b"getblockbynum": _json(
        {
            "blockID": GENESIS_ID,
            "block_header": {"raw_data": {"parentHash": GENESIS_PARENT.hex()}},
        }
    ),
    b"getchainparameters": _json(
        {"chainParameter": [{"key": key, "value": value} for key, value in PARAMETERS.items()]}
    ),
}
TRANSFER_ANSWER, CALL_ANSWER, OTHER_ANSWER = _call(ENERGY), _call(600), _json({})
asked: Counter[str] = Counter()


class Line(asyncio.Protocol):
    """One kept-alive connection, one request under way."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answer when the request is complete."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        at = head.find(b"Content-Length: ")
        if at >= 0:
            length = int(head[at + 16 :].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._buffer = b""
        self._transport.write(_answer(head.split(b" ", 2)[1].rpartition(b"/")[2], body))


def _answer(verb: bytes, body: bytes) -> bytes:
    if verb == b"":
        return _json(asked)
    asked[verb.decode()] += 1
    if verb == BROADCAST:
        return _json({"result": True, "code": "SUCCESS", "message": "", "txid": _txid(body)})
    if verb == CALL:
        return TRANSFER_ANSWER if TRANSFER in body else CALL_ANSWER
    return ANSWERS.get(verb, OTHER_ANSWER)


def _txid(body: bytes) -> str:
    signed = bytes.fromhex(json.loads(body)["transaction"])
    length = (signed[1] & 0x7F) | signed[2] << 7
    return hashlib.sha256(signed[RAW_AT : RAW_AT + length]).hexdigest()


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Line, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
