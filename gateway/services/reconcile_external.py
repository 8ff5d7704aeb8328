"""What a transaction is that somebody names from outside: one of the payment's, or what else."""

import re
from dataclasses import dataclass

from django.db.models import QuerySet

from access.caller import caller_of_user
from access.models import User
from gateway.models import Payment
from gateway.queries import payments_visible_to
from gateway.services.reconcile_compare import Difference, units_text
from gateway.services.reconcile_read import Known
from tron.explorer.transaction import (
    FAILED,
    INCLUDED,
    PENDING,
    SOLID,
    TransactionFacts,
    TransactionNotFound,
    transaction_find,
)

TXID = re.compile(r"[0-9a-f]{64}")
FIELD = "external_transaction_id"
OF_THE_PAYMENT = "a transaction of this payment"


@dataclass(frozen=True)
class Looked:
    """What was found about a named transaction: nothing is found of what needs no look."""

    facts: TransactionFacts | None = None
    is_missing: bool = False  # a node was asked, and knows none of this id


def txid_of(text: str) -> str | None:
    """Return the transaction's id in what people write, ``None`` when it is none."""
    txid = text.strip().lower().removeprefix("0x")
    return txid if TXID.fullmatch(txid) else None


def external_look(text: str, known: Known) -> Looked:
    """Ask the chain about a transaction that is not known to be the payment's.

    Never within a transaction of the database. Raises ``ChainAway`` when no node answers.
    """
    txid = txid_of(text)
    if txid is None or txid in known.txids:
        return Looked()
    try:
        return Looked(transaction_find(txid))
    except TransactionNotFound:
        return Looked(is_missing=True)


def external_difference(
    text: str, known: Known, looked: Looked, asker: User | None
) -> Difference | None:
    """Return what is wrong with a named transaction: nothing when it is the payment's.

    That it has paid another payment is told to those who see that one; without an asker it is
    told as well, as nobody else reads it.
    """
    txid = txid_of(text)
    if not text or (txid is not None and txid in known.txids):
        return None
    if txid is None:
        meaning = "This is no transaction's id: that is 64 hex digits."
        return Difference(FIELD, OF_THE_PAYMENT, text, meaning)
    if _payments_of(asker).filter(incoming__txid=txid).exists():
        return Difference(FIELD, OF_THE_PAYMENT, txid, "It has paid another payment.")
    if looked.facts is None:
        meaning = "No node knows a transaction of this id."
        return Difference(FIELD, OF_THE_PAYMENT, "no such transaction", meaning)
    return _told(known, looked.facts)


def _payments_of(asker: User | None) -> QuerySet[Payment]:
    return Payment.objects.all() if asker is None else payments_visible_to(caller_of_user(asker))


def _told(known: Known, facts: TransactionFacts) -> Difference:
    found = _named(facts)
    if facts.status in (PENDING, INCLUDED):
        meaning = "It does not stand in a solid block yet, and counts only from then on."
        return Difference(FIELD, OF_THE_PAYMENT, found, meaning, is_open=True)
    if facts.status == SOLID and facts.to_address == known.address:
        meaning = "It went to where this payment is paid, and is not known here."
        return Difference(FIELD, OF_THE_PAYMENT, found, meaning, is_open=True)
    meaning = "It has failed." if facts.status == FAILED else "It is of something else."
    return Difference(FIELD, OF_THE_PAYMENT, found, f"{meaning} This payment knows nothing of it.")


def _named(facts: TransactionFacts) -> str:
    amount = units_text(facts.units, facts.token) if facts.units and facts.token else ""
    what = amount or facts.contract_type
    block = f" in block {facts.block_number}" if facts.block_number else ""
    return f"{facts.status}: {what} from {facts.from_address} to {facts.to_address}{block}"
