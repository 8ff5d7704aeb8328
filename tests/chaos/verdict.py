"""Whether the promise was kept. Pure: from the facts to the list of what broke it."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.facts import Attempt, Facts, Payment

FINAL = frozenset({"confirmed", "failed", "cancelled"})


def violations(facts: Facts) -> list[str]:
    """Return each breach in words; nothing when all is well."""
    return [text for check in CHECKS for text in check(facts)]


def doubles(facts: Facts) -> Counter[Payment]:
    """Return what the chain paid beyond what is confirmed."""
    return _paid(facts) - _confirmed(facts)


def lost(facts: Facts) -> Counter[Payment]:
    """Return what is confirmed and not on the chain."""
    return _confirmed(facts) - _paid(facts)


def _paid(facts: Facts) -> Counter[Payment]:
    return Counter(payment for _, payment in facts.transfers)


def _confirmed(facts: Facts) -> Counter[Payment]:
    return Counter(one.payment for one in facts.payouts if one.status == "confirmed")


def _all_are_known(facts: Facts) -> Iterator[str]:
    stored = {one.payout_id: one.payment for one in facts.payouts}
    for promise in facts.accepted:
        wanted = (promise.order.recipient, promise.order.amount_micro)
        if stored.get(promise.payout_id) != wanted:
            found = stored.get(promise.payout_id)
            yield f"{promise.payout_id} was accepted as {wanted}, not {found}"
    asked = {one.payout_id for one in facts.payouts if one.is_asked}
    extra = asked - {promise.payout_id for promise in facts.accepted}
    yield from (f"{payout_id} was never asked for" for payout_id in sorted(extra))
    if len({promise.payout_id for promise in facts.accepted}) != len(facts.accepted):
        yield "two orders were answered with the same payout"


def _all_are_final(facts: Facts) -> Iterator[str]:
    for one in facts.payouts:
        if one.status not in FINAL:
            yield f"{one.payout_id} is still {one.status}"


def _each_is_paid_once(facts: Facts) -> Iterator[str]:
    for payment, count in doubles(facts).items():
        yield f"{payment} was paid {count} times too often"
    for payment, count in lost(facts).items():
        yield f"{payment} is confirmed and missing on the chain {count} times"


def _each_is_paid_by_its_transaction(facts: Facts) -> Iterator[str]:
    on_chain = dict(facts.transfers)
    if len(on_chain) != len(facts.transfers):
        yield "a transaction made several transfers"
    confirmed = {one.txid: one for one in facts.payouts if one.status == "confirmed"}
    for txid, one in confirmed.items():
        if txid is None or on_chain.get(txid) != one.payment:
            yield f"{one.payout_id} is confirmed by {txid}, which paid {on_chain.get(str(txid))}"
    for txid in sorted(set(on_chain) - {str(txid) for txid in confirmed}):
        yield f"{txid} moved money for no confirmed payout"


def _what_failed_paid_nothing(facts: Facts) -> Iterator[str]:
    for one in facts.attempts:
        yield from _unproven(one)
    tried = Counter(one.payout_id for one in facts.attempts)
    for payout in facts.payouts:
        if payout.status == "failed" and not tried[payout.payout_id]:
            yield f"{payout.payout_id} failed without any attempt"


def _unproven(attempt: Attempt) -> Iterator[str]:
    if attempt.status == "dead" and (attempt.receipt is not None or not attempt.has_proof):
        yield f"{attempt.txid} is called dead; the chain says {attempt.receipt}"
    if attempt.status == "failed" and attempt.receipt in (None, "SUCCESS"):
        yield f"{attempt.txid} is called failed; the chain says {attempt.receipt}"
    if attempt.status in ("signed", "sent", "contradicted"):
        yield f"{attempt.txid} is still {attempt.status}"


def _one_attempt_succeeded_for_each(facts: Facts) -> Iterator[str]:
    paid = Counter(one.payout_id for one in facts.attempts if one.status == "succeeded")
    for payout in facts.payouts:
        expected = 1 if payout.status == "confirmed" else 0
        if paid[payout.payout_id] != expected:
            yield f"{payout.payout_id} is {payout.status} with {paid[payout.payout_id]} payments"


def _cancelled_stays_cancelled(facts: Facts) -> Iterator[str]:
    status = {one.payout_id: one.status for one in facts.payouts}
    for promise in facts.accepted:
        if promise.is_cancelled and status.get(promise.payout_id) != "cancelled":
            yield f"{promise.payout_id} was cancelled and is {status.get(promise.payout_id)}"


def _told_once(facts: Facts) -> Iterator[str]:
    for payout in facts.payouts:
        told = {kind: facts.events[(payout.payout_id, f"payout.{kind}")] for kind in FINAL}
        if told != {kind: int(kind == payout.status) for kind in FINAL}:
            yield f"{payout.payout_id} is {payout.status} and was told as {told}"
        if facts.events[(payout.payout_id, "payout.created")] != 1:
            yield f"{payout.payout_id} was not announced once"


def _heard_once(facts: Facts) -> Iterator[str]:
    for payout in facts.payouts:
        heard = {kind: facts.heard[(payout.payout_id, f"payout.{kind}")] for kind in FINAL}
        if heard != {kind: int(kind == payout.status) for kind in FINAL}:
            yield f"{payout.payout_id} is {payout.status} and its receiver heard {heard}"
        if facts.heard[(payout.payout_id, "payout.created")] != 1:
            yield f"{payout.payout_id}: its receiver did not hear of it once"
    if facts.forged:
        yield f"{facts.forged} webhooks could not be verified"


def _the_books_are_closed(facts: Facts) -> Iterator[str]:
    if facts.open_holds:
        yield f"{facts.open_holds} holds are open"
    if facts.unbalanced:
        yield f"{facts.unbalanced} journals do not sum to zero"
    if not facts.booked == facts.kept == facts.on_chain:
        yield f"booked {facts.booked}, kept {facts.kept}, on chain {facts.on_chain}"


def _nothing_stands_still(facts: Facts) -> Iterator[str]:
    yield from (f"a halt is open: {text}" for text in facts.halts)


# Money first: the report shows the beginning of the list.
CHECKS = (
    _each_is_paid_once,
    _nothing_stands_still,
    _what_failed_paid_nothing,
    _one_attempt_succeeded_for_each,
    _cancelled_stays_cancelled,
    _the_books_are_closed,
    _each_is_paid_by_its_transaction,
    _all_are_known,
    _told_once,
    _heard_once,
    _all_are_final,
)
