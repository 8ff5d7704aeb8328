"""What one node makes of the chain: where it stands, what it hides, how it lies."""

import json
from dataclasses import dataclass, field
from typing import Any

from tron.sandbox import proto
from tron.sandbox.genesis import USDT_ADDRESS
from tron.sandbox.receipts import REVERT_TEXT
from tron.sandbox.transactions import SignedTransaction, transaction_open
from tron.sandbox.vm import abi
from tron.sandbox.vm.tether import TRANSFER_TOPIC

PEERS = 1
TRANSFER = abi.selector("transfer(address,uint256)")
OUTCOMES = {"failed": "REVERT", "succeeded": "SUCCESS"}


@dataclass(frozen=True, slots=True)
class Lies:
    """What an honest node never shows."""

    solid_fork: int = 0  # so many solid blocks are others than everybody else's
    receipts: dict[str, str] = field(default_factory=dict)  # txid or "*": failed, succeeded

    def outcome(self, txid: bytes) -> str | None:
        """Return what is claimed of a transaction, None for the truth."""
        return self.receipts.get(txid.hex(), self.receipts.get("*"))


@dataclass(frozen=True, slots=True)
class Look:
    """The settings of one node, all harmless at first."""

    lag: int = 0  # blocks behind everybody else
    frozen: bool = False
    history: bool = True
    lite: bool = False
    peers: int = PEERS
    clock_ms: int = 0  # how much its clock is wrong
    fork: int = 0  # so many of the last blocks are others than everybody else's
    lies: Lies = field(default_factory=Lies)

    @property
    def forked(self) -> bool:
        """Whether it shows other blocks than the chain."""
        return bool(self.fork or self.lies.solid_fork)

    @property
    def connected(self) -> bool:
        """Whether it hears what other nodes admit, and they hear it."""
        return self.peers > 0 and not self.forked

    @property
    def up_to_date(self) -> bool:
        """Whether it admits whatever the chain could hold."""
        return self.connected and not (self.lag or self.frozen)


def info_told(text: str, body: bytes, outcome: str) -> str:
    """Return a TransactionInfo that claims an outcome; only calls of a contract can have one."""
    info = json.loads(text)
    if "contract_address" not in info:
        return text
    info["receipt"]["result"] = OUTCOMES[outcome]
    for name in ("result", "resMessage", "log"):
        info.pop(name, None)
    if outcome == "failed":
        info |= {
            "contractResult": [""],
            "result": "FAILED",
            "resMessage": REVERT_TEXT.encode().hex(),
        }
    else:
        tx = transaction_open(proto.Transaction.FromString(body))
        info |= {"contractResult": [abi.word(0).hex()], "log": _logs_claimed(tx)}
    return json.dumps(info, separators=(",", ":"))


def _logs_claimed(tx: SignedTransaction) -> list[dict[str, Any]]:
    """Return the event that a transfer would have left if it had gone well."""
    arguments = abi.words(tx.payload.data, 2)
    if tx.payload.data[:4] != TRANSFER or arguments is None:
        return []
    topics = (TRANSFER_TOPIC, abi.word(tx.owner[1:]), abi.word(arguments[0][12:]))
    return [
        {
            "address": USDT_ADDRESS[1:].hex(),
            "topics": [topic.hex() for topic in topics],
            "data": arguments[1].hex(),
        }
    ]


def body_told(body: bytes, outcome: str) -> bytes:
    """Return a transaction in a block whose result claims an outcome."""
    message = proto.Transaction.FromString(body)
    if transaction_open(message).contract_type != "TriggerSmartContract":
        return body
    message.ret[0].contractRet = proto.CONTRACT_RESULTS.index(OUTCOMES[outcome])
    return message.SerializeToString()
