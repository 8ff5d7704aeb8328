"""Nodes of the model: real HTTP in front of the one model chain, each with its own bad days."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tronpy.proto import tron_pb2

from tests.stateful.chain import ENERGY, PRICE_SUN, Chain, Included, ModelBlock
from tron.address import address_parse
from tron.sandbox.genesis import GENESIS_ID, USDT_CONTRACT
from tron.tokens import DECIMALS, SYMBOL
from tron.trc20 import BALANCE_OF, TRANSFER, TRANSFER_TOPIC, word_of_address, word_of_amount

DUP = "DUP_TRANSACTION_ERROR"
# How a node may answer a sending. Only the first one is a promise of nothing in particular.
REFUSALS = {
    "dup": (DUP, "Dup transaction."),
    "seen": (DUP, "Transaction already exists."),
    "busy": ("SERVER_BUSY", "Server busy."),
    "alone": ("NO_CONNECTION", "No connection."),
    "signature": ("SIGERROR", "Validate signature error: sig error"),
    "validate": ("CONTRACT_VALIDATE_ERROR", "Contract validate error : no"),
    "bandwidth": ("BANDWITH_ERROR", "Account resource insufficient error."),
    "tapos": ("TAPOS_ERROR", "Tapos check error."),
    "expired": ("TRANSACTION_EXPIRATION_ERROR", "Transaction expired"),
    "private": ("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed."),
    "other": ("OTHER_ERROR", "Error: null"),
}
RAW = {
    "html": (502, b"<html>502 Bad Gateway</html>"),
    "throttled": (429, b'{"Error":"too many"}'),
    "empty": (200, b"{}"),
    "null": (200, b"null"),
    "false": (200, b'{"result":false}'),
    "garbage": (200, b"\xff\xfe{{"),
}
DEAF, LOSES_ANSWER, ACCEPTS = "deaf", "loses_answer", "accepts"
MANNERS = (ACCEPTS, LOSES_ANSWER, DEAF, *REFUSALS, *RAW)


@dataclass
class Face:
    """What one node shows of the chain: up to ``lag`` blocks less than there are."""

    chain: Chain
    manner: str = ACCEPTS
    lag: int = 0
    away: bool = False
    heard: list[str] = field(default_factory=list)

    @property
    def solid_number(self) -> int:
        """Its solid head."""
        return max(1, self.chain.solid_number - self.lag)

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, bytes] | None:
        """Return status and body, or nothing when the connection is dropped."""
        if self.away:
            return None
        if path == "wallet/broadcasthex":
            return self._broadcast(body["transaction"])
        side, _, name = path.partition("/")
        handler: Callable[[str, dict[str, Any]], Any] | None = getattr(self, f"_{name}", None)
        if handler is None:
            return 404, b"<h1>404 Not Found</h1>"
        return 200, json.dumps(handler(side, body)).encode()

    def _broadcast(self, signed_hex: str) -> tuple[int, bytes] | None:
        if self.manner == DEAF:
            return None
        sent = self.chain.hear(signed_hex)
        self.heard.append(sent.txid)
        if self.manner == LOSES_ANSWER:
            return None
        if self.manner in RAW:
            return RAW[self.manner]
        code, message = REFUSALS.get(self.manner, ("SUCCESS", ""))
        done = {"result": code == "SUCCESS", "code": code, "message": message, "txid": sent.txid}
        return 200, json.dumps(done).encode()

    def _head(self, side: str) -> ModelBlock:
        if side == "walletsolidity":
            return self.chain.blocks[self.solid_number]
        return self.chain.blocks[max(1, self.chain.head.number - self.lag)]

    def _getblock(self, side: str, body: dict[str, Any]) -> Any:
        return shown(self._head(side), detail=False)

    def _getnowblock(self, side: str, body: dict[str, Any]) -> Any:
        return shown(self._head(side))

    def _getblockbynum(self, side: str, body: dict[str, Any]) -> Any:
        number = body["num"]
        return shown(self.chain.blocks[number]) if number <= self._head(side).number else {}

    def _getblockbylimitnext(self, side: str, body: dict[str, Any]) -> Any:
        last = min(body["endNum"], self._head(side).number + 1)
        found = [shown(block) for block in self.chain.blocks[body["startNum"] : last]]
        return {"block": found} if found else {}

    def _gettransactioninfobyblocknum(self, side: str, body: dict[str, Any]) -> Any:
        number = body["num"]
        if number > self._head(side).number:
            return []
        block = self.chain.blocks[number]
        return [receipt(block, one) for one in block.content]

    def _getnodeinfo(self, side: str, body: dict[str, Any]) -> Any:
        return {"currentConnectCount": 5, "activeConnectCount": 5, "passiveConnectCount": 0}

    def _getchainparameters(self, side: str, body: dict[str, Any]) -> Any:
        values = {
            "getEnergyFee": PRICE_SUN,
            "getTransactionFee": 1000,
            "getMaxFeeLimit": 15_000_000_000,
        }
        return {"chainParameter": [{"key": key, "value": value} for key, value in values.items()]}

    def _getaccountresource(self, side: str, body: dict[str, Any]) -> Any:
        return {}

    def _getaccount(self, side: str, body: dict[str, Any]) -> Any:
        return {"address": body["address"], "balance": START - self.chain.burned_sun()}

    def _triggerconstantcontract(self, side: str, body: dict[str, Any]) -> Any:
        data = bytes.fromhex(body["data"])
        value = f"{0:064x}"
        if data[:4] == BALANCE_OF:
            value = f"{START - sum(one.amount for one in self.chain.paid().values()):064x}"
        elif data[:4] == DECIMALS:
            value = f"{6:064x}"
        elif data[:4] == SYMBOL:
            value = f"{32:064x}{4:064x}" + b"USDT".hex().ljust(64, "0")
        return {
            "result": {"result": True},
            "energy_used": ENERGY if data[:4] == TRANSFER else 500,
            "constant_result": [value],
            "transaction": {"ret": [{}]},
        }


START = 1_000_000 * 10**6  # base units of USDT and sun of TRX the paying wallet begins with


def shown(block: ModelBlock, *, detail: bool = True) -> dict[str, Any]:
    """Return a block as a node tells it."""
    if block.number == 0:
        return {"blockID": GENESIS_ID, "block_header": {"raw_data": {"txTrieRoot": "00" * 32}}}
    told: dict[str, Any] = {"blockID": block.block_id, "block_header": {"raw_data": block.raw}}
    if block.content and detail:
        told["transactions"] = [entry(one) for one in block.content]
    return told


def entry(one: Included) -> dict[str, Any]:
    """Return a transaction of a block."""
    raw = raw_data_of(one.sent.signed_hex)
    value = {
        "owner_address": address_parse(one.sent.sender).hex(),
        "contract_address": one.sent.contract.hex(),
    }
    contract = {"type": "TriggerSmartContract", "parameter": {"value": value}}
    return {
        "txID": one.sent.txid,
        "ret": [{"contractRet": one.result}],
        "raw_data": {"contract": [contract], "fee_limit": one.sent.fee_limit_sun},
        "raw_data_hex": raw,
    }


def raw_data_of(signed_hex: str) -> str:
    """Return the part of signed bytes that is hashed."""
    message = tron_pb2.Transaction.FromString(bytes.fromhex(signed_hex))
    return message.raw_data.SerializeToString().hex()


def receipt(block: ModelBlock, one: Included) -> dict[str, Any]:
    """Return the receipt of a transfer."""
    told = {
        "id": one.sent.txid,
        "fee": one.fee_sun,
        "blockNumber": block.number,
        "blockTimeStamp": block.time_ms,
        "contract_address": one.sent.contract.hex(),
        "receipt": {"result": one.result, "energy_usage_total": ENERGY},
    }
    if one.result == "SUCCESS":
        words = [word_of_address(one.sent.sender).hex(), word_of_address(one.sent.recipient).hex()]
        told["log"] = [
            {
                "address": address_parse(USDT_CONTRACT)[1:].hex(),
                "topics": [TRANSFER_TOPIC, *words],
                "data": word_of_amount(one.sent.amount).hex(),
            }
        ]
    return told


class Served:
    """A face behind a port; the face is changed for each run."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.face: Face | None = None


@contextmanager
def served() -> Iterator[Served]:
    """Serve whatever face is put up, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 (the base class asks for this name)
            text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            assert here.face is not None
            answer = here.face.answer(self.path.lstrip("/"), json.loads(text or b"{}"))
            if answer is None:
                return
            status, body = answer
            head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n"
            with suppress(OSError):
                self.connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Served(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
