"""A chain for the node of ``block_node``: solid blocks of USDT transfers, some of them ours."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tronpy.proto import tron_pb2

from tron.address import address_parse
from tron.blocks import EMPTY_ROOT, block_id_of
from tron.models import ChainTransaction
from tron.sandbox.genesis import USDT_CONTRACT
from tron.trc20 import TRANSFER_TOPIC, transfer_data

CONTRACT = address_parse(USDT_CONTRACT).hex()
SLOT_MS = 3_000
FEE_SUN = 13_500_000
ENERGY = 64_285
SIGNATURE = "ab" * 65


@dataclass(frozen=True)
class Told:
    """One transfer: as its block tells it, and its receipt."""

    transaction: dict[str, Any]
    receipt: dict[str, Any]


@dataclass
class Chain:
    """Where the chain ends."""

    number: int
    block_id: str
    time_ms: int

    def add(self, transfers: list[tuple[str, str, str, int, bytes]]) -> dict[str, Any]:
        """Append a block of (txid, sender, recipient, amount, raw) and return all that is told."""
        self.number, self.time_ms = self.number + 1, self.time_ms + SLOT_MS
        told = [_told(self.number, self.time_ms, *one) for one in transfers]
        joined = "".join(one.transaction["txID"] for one in told)
        raw = {
            "number": self.number,
            "parentHash": self.block_id,
            "timestamp": self.time_ms,
            "txTrieRoot": hashlib.sha256(joined.encode()).hexdigest() if told else EMPTY_ROOT,
            "witness_address": "41" + "00" * 20,
            "version": 31,
        }
        self.block_id = block_id_of(raw)
        header = {"blockID": self.block_id, "block_header": {"raw_data": raw}}
        return {
            "number": self.number,
            "header": json.dumps(header),
            "block": json.dumps({**header, "transactions": [one.transaction for one in told]}),
            "receipts": json.dumps([one.receipt for one in told]),
        }


def ours(tx: ChainTransaction) -> tuple[str, str, str, int, bytes]:
    """Return a stored transfer as ``Chain.add`` takes it: with the bytes that were signed."""
    message = tron_pb2.Transaction.FromString(bytes.fromhex(tx.signed_hex))
    sender, recipient = address_parse(tx.sender).hex(), address_parse(tx.recipient).hex()
    return tx.txid, sender, recipient, tx.amount_micro, message.raw_data.SerializeToString()


def strangers(count: int) -> Iterable[tuple[str, str, str, int, bytes]]:
    """Yield transfers among addresses that nobody watches."""
    for _ in range(count):
        raw = os.urandom(211)
        sender, recipient = "41" + os.urandom(20).hex(), "41" + os.urandom(20).hex()
        yield hashlib.sha256(raw).hexdigest(), sender, recipient, 25_000_000, raw


def receipt_of(
    number: int, time_ms: int, txid: str, sender: str, recipient: str, amount: int
) -> dict[str, Any]:
    """Return the receipt of a transfer that went well."""
    log = {
        "address": CONTRACT[2:],
        "topics": [TRANSFER_TOPIC, sender[2:].zfill(64), recipient[2:].zfill(64)],
        "data": f"{amount:064x}",
    }
    costs = {
        "energy_fee": FEE_SUN - 345_000,
        "energy_usage_total": ENERGY,
        "net_fee": 345_000,
        "result": "SUCCESS",
    }
    return {
        "id": txid, "fee": FEE_SUN, "blockNumber": number, "blockTimeStamp": time_ms,
        "contractResult": ["00" * 32], "contract_address": CONTRACT, "receipt": costs, "log": [log],
    }  # fmt: skip


def _told(
    number: int, time_ms: int, txid: str, sender: str, recipient: str, amount: int, raw: bytes
) -> Told:
    data = transfer_data_hex(recipient, amount)
    call = {"data": data, "owner_address": sender, "contract_address": CONTRACT}
    kind = "TriggerSmartContract"
    parameter = {"value": call, "type_url": f"type.googleapis.com/protocol.{kind}"}
    transaction = {
        "ret": [{"contractRet": "SUCCESS"}],
        "signature": [SIGNATURE],
        "txID": txid,
        "raw_data": {
            "contract": [{"parameter": parameter, "type": kind}],
            "ref_block_bytes": "0000", "ref_block_hash": "00" * 8, "fee_limit": 30_000_000,
            "expiration": time_ms + 60_000, "timestamp": time_ms,
        },
        "raw_data_hex": raw.hex(),
    }  # fmt: skip
    return Told(transaction, receipt_of(number, time_ms, txid, sender, recipient, amount))


def transfer_data_hex(recipient: str, amount: int) -> str:
    """Return the call data of a transfer to an address in hex."""
    selector = transfer_data(USDT_CONTRACT, 0)[:4].hex()
    return f"{selector}{recipient[2:].zfill(64)}{amount:064x}"
