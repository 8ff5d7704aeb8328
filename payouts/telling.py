"""A payout's history as callers of the API see it.

Facts are stored with their unit in the name; out they go as the contract wants them: tokens as
decimals, times as ISO 8601.
"""

import re
from typing import Any

from lucidpay.clock import from_ms, iso
from lucidpay.ids import public_id
from lucidpay.money import tokens_of
from payouts.history import ANSWERS_MAX, ATTEMPTS_MAX, EVENTS_MAX, Attempt, History, Moment
from payouts.models import Payout, Review
from payouts.models_review import RuleCode
from payouts.proof import Proof
from payouts.services.wait import HALTED, NO_TRX, WAITS_FOR_APPROVAL
from payouts.states import FINAL, Status
from tron.models import ChainTransaction, NodeAnswer
from tron.networks import network
from tron.route import name_of

# A proof's list of block ids may be long; the attempt says how many there are, and the range.
LEFT_OUT = {"block_ids"}
# What these rules say names addresses and times of payouts that others may have asked for.
OF_OTHERS = {RuleCode.LOOK_ALIKE.value, RuleCode.DUPLICATE.value}
# What is told instead of reasons that go on with what somebody wrote, or with what a wallet holds.
CUT_SHORT = {HALTED: "Nothing is signed now.", NO_TRX: NO_TRX}
PAUSED = "Its batch is paused."


def history_body(history: History, *, names: dict[str, str], sees_all: bool) -> dict[str, Any]:
    """Return the story of a payout.

    ``names`` of people, and where nodes are found, are told to those who see everybody's payouts
    only (``sees_all``). For others nodes have numbers.
    """
    body = _body(history, names, sees_all=sees_all)
    numbers = _numbers(history)
    return body if sees_all or not numbers else _numbered(body, numbers)


def _body(history: History, names: dict[str, str], *, sees_all: bool) -> dict[str, Any]:
    payout = history.payout
    own = f"user {payout.owner_id}"

    def who(by: str) -> str:
        if not by.startswith("user "):
            return by
        if sees_all:
            return names.get(by, by)
        return "owner" if by == own else "operator"

    return {
        "payout_id": payout.public_id,
        "status": payout.status,
        "waits_for": _waits_for(payout, sees_all),
        "retry_of": public_id("payout", payout.retry_of_id) if payout.retry_of_id else None,
        "retried_as": [public_id("payout", key) for key in history.retried_as],
        "events": [_moment(one, who(one.by), sees_all) for one in history.moments],
        "attempts": [_attempt(one) for one in history.attempts],
        "totals": {
            "events": history.events_total,
            "attempts": history.attempts_total,
            "events_shown_max": EVENTS_MAX,
            "attempts_shown_max": ATTEMPTS_MAX,
            "answers_shown_max": ANSWERS_MAX,
        },
    }


def _waits_for(payout: Payout, sees_all: bool) -> str | None:
    """Return what keeps a payout from going on, ``None`` when nothing does."""
    if payout.status in FINAL:
        return None
    is_pending = payout.status == Status.PENDING
    if is_pending and payout.batch is not None and payout.batch.paused_at is not None:
        return PAUSED
    reason = payout.wait_reason
    if is_pending and payout.review == Review.REQUIRED:
        reason = reason or WAITS_FOR_APPROVAL
    if not sees_all:
        short = (told for begin, told in CUT_SHORT.items() if reason.startswith(begin))
        reason = next(short, reason)
    return reason or None


def _numbers(history: History) -> dict[str, str]:
    """Return the number of each node by its host and port: its place in ``TRON_NODES``.

    Those that are not configured any more follow, by name.
    """
    configured = [name_of(url) for url in network().nodes]
    told = {name for attempt in history.attempts for name in _nodes_of(attempt)}
    names = [*configured, *sorted(told.difference(configured))]
    return {name: f"node {number}" for number, name in enumerate(names, start=1)}


def _nodes_of(attempt: Attempt) -> list[str]:
    noted, proof = attempt.tx.proof or {}, attempt.proof
    return [
        *(answer.node for answer in attempt.answers),
        *(proof.told_by + proof.agreed_by if proof else []),
        *noted.get("told_by", []),
        *noted.get("agreed_by", []),
    ]


def _numbered(body: dict[str, Any], numbers: dict[str, str]) -> dict[str, Any]:
    """Return a body without host and port of any node: not in a sentence of an error either."""
    longest_first = sorted(numbers, key=len, reverse=True)
    # Whole words: a node may be called as a part of something else is.
    pattern = r"(?<![\w.:-])(?:{})(?![\w-]|\.\w)".format("|".join(map(re.escape, longest_first)))
    nodes = re.compile(pattern)

    def hidden(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: hidden(item) for name, item in value.items()}
        if isinstance(value, list):
            return [hidden(item) for item in value]
        if isinstance(value, str):
            return nodes.sub(lambda found: numbers[found[0]], value)
        return value

    return {name: hidden(item) for name, item in body.items()}


def _moment(moment: Moment, by: str, sees_all: bool) -> dict[str, Any]:
    details = moment.details if sees_all else _without_others(moment.details)
    return {
        "at": iso(moment.at),
        "type": moment.type,
        "status": moment.status,
        "by": by,
        "message": moment.message,
        "details": outward(details),
    }


def _without_others(details: dict[str, Any]) -> dict[str, Any]:
    """Return an event's details without what they tell of other callers' payouts."""
    hits = details.get("hits")
    if not isinstance(hits, dict):
        return details
    told = {code: RuleCode(code).label if code in OF_OTHERS else hits[code] for code in hits}
    return {**details, "hits": told}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    tx = attempt.tx
    return {
        "attempt": attempt.number,
        "txid": tx.txid,
        "status": tx.status,
        "meaning": attempt.in_words,
        "signed_sha256": attempt.signed_sha256,
        "signed_at": iso(tx.created_at),
        "sender_address": tx.sender,
        "recipient_address": tx.recipient,
        "contract_address": tx.contract,
        "amount_usdt": tokens_of(tx.amount_micro),
        "fee_limit_trx": tokens_of(tx.fee_limit_sun),
        "energy_estimate": tx.energy_estimate or None,
        "reference_block": tx.ref_block_number,
        "reference_block_id": tx.ref_block_id,
        "expires_at": iso(from_ms(tx.expiration_ms)),
        "sends": tx.sends,
        "answers_total": attempt.answers_total,
        "answers_by_outcome": attempt.answers_by_outcome,
        "answers": [_answer(one) for one in attempt.answers],
        "receipt": _receipt(tx),
        "proof": _proof(attempt.proof) if attempt.proof else None,
        "final_at": iso(tx.final_at) if tx.final_at else None,
        "settled_at": iso(tx.settled_at) if tx.settled_at else None,
    }


def _answer(answer: NodeAnswer) -> dict[str, Any]:
    return {
        "at": iso(answer.at),
        "node": answer.node,
        "outcome": answer.outcome,
        "code": answer.code,
        "message": answer.message or None,
    }


def _receipt(tx: ChainTransaction) -> dict[str, Any] | None:
    if tx.block_number is None or tx.block_time_ms is None:
        return None
    return {
        "block_number": tx.block_number,
        "block_id": tx.block_id,
        "block_timestamp": iso(from_ms(tx.block_time_ms)),
        "result": tx.result,
        "confirmations": tx.confirmations,
        "fee_trx": None if tx.fee_sun is None else tokens_of(tx.fee_sun),
        "energy_used": tx.energy_used,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "solid_block": proof.block_number,
        "solid_block_id": proof.block_id,
        "solid_block_timestamp": iso(from_ms(proof.block_time_ms)),
        "blocks_needed": proof.blocks_needed,
        "blocks_stored": proof.blocks_stored,
        "blocks_linked": proof.blocks_linked,
        "complete": proof.is_complete,
        "told_by": proof.told_by,
        "agreed_by": proof.agreed_by,
    }


def outward(value: Any) -> Any:
    """Return stored facts for the outside, whatever their depth.

    ``…_micro`` goes out as ``…_usdt``, ``…_sun`` as ``…_trx``, both in whole tokens, and
    ``expiration_ms`` or ``…_time_ms`` as ``…_at`` in ISO 8601.
    """
    if isinstance(value, list):
        return [outward(item) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(_fact(str(name), item) for name, item in value.items() if name not in LEFT_OUT)


def _fact(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("_micro"):
            return name.removesuffix("_micro") + "_usdt", tokens_of(value)
        if name.endswith("_sun"):
            return name.removesuffix("_sun") + "_trx", tokens_of(value)
        if name.endswith(("expiration_ms", "_time_ms")):
            return name.removesuffix("_time_ms").removesuffix("_ms") + "_at", iso(from_ms(value))
    return name, outward(value)
