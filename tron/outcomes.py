"""What an answer to a broadcast means. The table follows java-tron ``Wallet.broadcastTransaction``.

No outcome says that a transaction failed, and none that it succeeded: only a solidified block
does. They only decide how soon the same bytes are sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tron.errors import KeptOff, NodeError, OutcomeUnknown, Unreachable, WrongChain


class Outcome(StrEnum):
    """What the node did with the bytes, as far as it can be believed."""

    ACCEPTED = "accepted"  # validated and announced; it may still be lost
    KNOWN = "known"  # the node has these bytes already
    NOT_HERE = "not_here"  # this node did not take them; another, or later, may
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """One node's answer to one sending."""

    node: str
    outcome: Outcome
    code: str
    message: str = ""
    was_sent: bool = True  # whether a byte of the transaction may have left


_BY_CODE = {
    "DUP_TRANSACTION_ERROR": Outcome.KNOWN,
    "SIGERROR": Outcome.NOT_HERE,
    "CONTRACT_VALIDATE_ERROR": Outcome.NOT_HERE,
    "CONTRACT_EXE_ERROR": Outcome.NOT_HERE,
    "BANDWITH_ERROR": Outcome.NOT_HERE,
    "TAPOS_ERROR": Outcome.NOT_HERE,
    "TRANSACTION_EXPIRATION_ERROR": Outcome.NOT_HERE,
    "TOO_BIG_TRANSACTION_ERROR": Outcome.NOT_HERE,
    "SERVER_BUSY": Outcome.NOT_HERE,
    "NO_CONNECTION": Outcome.NOT_HERE,
    "BLOCK_UNSOLIDIFIED": Outcome.NOT_HERE,
}


# A node with its cache switched on (java-tron ``node.rpc.trxCacheEnable``) says this of what it
# refused before, too; so it tells nothing.
ONLY_SEEN = "Transaction already exists."
WRONG_TXID = "WRONG_TXID"
_TELLING = (Outcome.ACCEPTED, Outcome.KNOWN, Outcome.UNKNOWN, Outcome.NOT_HERE)


def answer_of(node: str, txid: str, reply: Any) -> Answer:
    """Return the meaning of a parsed answer to ``/wallet/broadcasthex``."""
    if not isinstance(reply, dict):
        return Answer(node, Outcome.UNKNOWN, "not an object")
    code, message = _text(reply.get("code", ""), 60), _text(reply.get("message", ""), 300)
    told = reply.get("txid")
    if told is not None and told != txid:
        return Answer(node, Outcome.UNKNOWN, WRONG_TXID, f"the node names {_text(told, 64)}")
    if reply.get("result") is True and told == txid:
        return Answer(node, Outcome.ACCEPTED, "SUCCESS")
    outcome = Outcome.UNKNOWN if message == ONLY_SEEN else _BY_CODE.get(code, Outcome.UNKNOWN)
    return Answer(node, outcome, code or "no code", message)


def answer_of_error(error: NodeError) -> Answer:
    """Return the meaning of an exchange that did not come to an answer."""
    outcome = Outcome.UNKNOWN if isinstance(error, OutcomeUnknown) else Outcome.NOT_HERE
    was_sent = not isinstance(error, Unreachable | KeptOff | WrongChain)
    return Answer(error.node, outcome, _text(error.code, 60), _text(error, 300), was_sent)


def most_telling(answers: Sequence[Answer]) -> Answer:
    """Return the answer that says most about where the bytes are: who has them, then who may.

    Among equals, one to bytes that were sent comes before one of a node that was never asked.
    """
    return min(answers, key=lambda one: (_TELLING.index(one.outcome), not one.was_sent))


def _text(value: object, length_max: int) -> str:
    """Return what a node said as the database can keep it: no NUL, no half characters."""
    said = str(value)[:length_max]
    return "".join(one if one.isprintable() else "?" for one in said)
