"""What the chain's facts mean, for people."""

from datetime import datetime

from lucidpay.clock import from_ms
from lucidpay.money import tokens_of
from tron.models import LIVE, ChainTransaction, TxKind, TxStatus

TXID_LENGTH = 64  # hex digits of a SHA-256
# How loud a status is: the names are those of unfold's labels.
TX_LEVELS = {
    TxStatus.AWAITING: "warning",
    TxStatus.SIGNED: "info",
    TxStatus.SENT: "info",
    TxStatus.SUCCEEDED: "success",
    TxStatus.FAILED: "danger",
    TxStatus.DEAD: "default",
    TxStatus.CONTRADICTED: "danger",
}
NODE_LEVELS = {
    "healthy": "success",
    "lagging": "warning",
    "alone": "warning",
    "throttled": "warning",
    "down": "danger",
    "wrong_network": "danger",
    "unknown": "default",
}
RESULTS = {
    "REVERT": "the USDT contract refused the transfer",
    "OUT_OF_ENERGY": "the fee limit did not buy enough energy",
    "OUT_OF_TIME": "the network ran out of time executing it",
    "OUT_OF_MEMORY": "the network ran out of memory executing it",
    "TRANSFER_FAILED": "a transfer inside the contract failed",
}
OUTCOMES = {
    "accepted": "taken by the node, which may still lose it",
    "known": "the node had it already",
    "not_here": "not taken by this node",
    "unknown": "nobody knows; the chain decides",
}
# What ``tron/scan.py`` notes of a death.
PROOF = {
    "expiration_ms",
    "solid_block",
    "solid_block_time_ms",
    "reference_block",
    "blocks_scanned",
}


def cause_in_words(result: str) -> str:
    """Return why the VM undid a transfer, by the receipt's result."""
    return RESULTS.get(result, "the network could not execute it")


def failure_in_words(tx: ChainTransaction) -> str:
    """Return why a failed transaction paid nothing and what it cost, in two sentences."""
    burned = f"{tokens_of(tx.fee_sun or 0)} TRX burned"
    return f"{cause_in_words(tx.result)} ({tx.result}). Nothing was paid; {burned}."


def end_in_words(tx: ChainTransaction, *, now: datetime) -> str:
    """Return how a transaction stands, what that proves, and what follows from it."""
    if tx.status in LIVE and tx.found:
        return (
            f"One node says that solid block {tx.block_number:,} holds it with the result "
            f"{tx.result}. A second node must say the same before anything follows from it."
        )
    match tx.status:
        case TxStatus.AWAITING:
            until = from_ms(tx.expiration_ms)
            return f"Built and handed out; it waits for signatures until {until:%H:%M:%S}."
        case TxStatus.SIGNED:
            return "Signed and stored; not a byte of it has been sent yet."
        case TxStatus.SENT:
            return _sent_in_words(tx, now)
        case TxStatus.SUCCEEDED:
            return (
                f"Paid: solid block {tx.block_number:,} holds it with the result SUCCESS and "
                "exactly our transfer in its log."
                if tx.kind == TxKind.TRANSFER
                else f"Done: solid block {tx.block_number:,} holds it."
            )
        case TxStatus.FAILED:
            cause = cause_in_words(tx.result)
            return (
                f"Nothing was paid: it stands in solid block {tx.block_number:,} with the result "
                f"{tx.result} ({cause}). The fee is gone all the same."
            )
        case TxStatus.DEAD:
            return death_in_words(tx)
        case TxStatus.CONTRADICTED:
            return (
                f"It stands in solid block {tx.block_number:,}, but not as our transfer (result "
                f"{tx.result or 'unknown'}). Money may have moved otherwise than asked."
            )
    return tx.status


def _sent_in_words(tx: ChainTransaction, now: datetime) -> str:
    expires = from_ms(tx.expiration_ms)
    if now < expires:
        return (
            f"Sent; not in a solid block yet. It can be included until {expires:%H:%M:%S}, and "
            "the same bytes are sent again until then."
        )
    return (
        f"It expired at {expires:%H:%M:%S}. Once a solid block after that time has been read, it "
        "is either found or proven dead; no second transaction is signed before."
    )


def death_in_words(tx: ChainTransaction) -> str:
    """Return the proof that a transaction can never be included, step by step."""
    proof = tx.proof or {}
    if not proof.keys() >= PROOF:
        return f"Proven dead; what was noted: {proof}. It paid nothing and never can."
    expires = from_ms(proof["expiration_ms"])
    solid = from_ms(proof["solid_block_time_ms"])
    return (
        f"Proven dead: it was valid until {expires:%Y-%m-%d %H:%M:%S}. Solid block "
        f"{proof['solid_block']:,} of {solid:%H:%M:%S} is not earlier than that, so no later block "
        f"may take it. No block up to its reference block {proof['reference_block']:,} can hold "
        f"it, and all {proof['blocks_scanned']:,} blocks after that were read, each linked to the "
        "one before, and it stands in none. It paid nothing and never can."
    )
