"""The story behind a payout, operation, txid, address or reference, in text for a terminal."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.html import strip_tags

from access.console import amount_text, key_of, time_text
from lucidpay.clock import from_ms
from payouts.console import details_in_words, proof_in_words
from payouts.history import Attempt, History, Moment, history_of, names_of
from payouts.kinds import Origin
from payouts.models import Payout
from payouts.states import Status
from payouts.verdict import verdict_of
from tron.address import InvalidAddress, address_parse
from tron.flows import FEE_LOG_INDEX, USDT
from tron.models import ChainFlow, ChainTransaction, Purpose, TxStatus
from tron.words import OUTCOMES, TXID_LENGTH
from wallets.models import Account, Wallet
from wallets.models_operation import Operation, OperationStatus
from wallets.operations import operation_body, operations
from wallets.services.operate import SPENDS_TRX

WIDTH = 80
STORIES_MAX, LISTED_MAX = 5, 20


class NothingKnown(LookupError):
    """Nothing has this name here: no payout, operation, transaction, wallet. Check the spelling."""


def explain(term: str, *, now: datetime) -> str:
    """Return what is known of the id of a payout or operation, a txid, address or reference.

    At 80 columns.

    Raises ``NothingKnown``.
    """
    term = term.strip()
    for knows in (_payout, _operation, _txid, _address, _reference):
        if (lines := list(knows(term, now))) != []:
            return "\n".join(lines)
    raise NothingKnown


def _stories(rows: QuerySet[Payout], now: datetime) -> Iterator[str]:
    full = rows.select_related("owner", "wallet", "transaction", "batch").defer(
        "wallet__sealed_key"
    )
    for payout in full.order_by("-pk")[:STORIES_MAX]:
        yield from _story(history_of(payout, now=now), now)
        yield ""


def _payout(term: str, now: datetime) -> Iterator[str]:
    key = key_of(term)
    if key is not None:
        yield from _stories(Payout.objects.filter(pk=key), now)


def _operation(term: str, now: datetime) -> Iterator[str]:
    key = key_of(term)
    operation = operations().filter(pk=key).first() if key else None
    if operation is None:
        return
    yield from _wrapped(f"{operation.public_id} of wallet {operation.wallet.name}")
    told = operation_body(operation) | {"asked for by": operation.by}
    for name, value in told.items():
        if name not in ("operation_id", "wallet_id") and value is not None:
            yield from _fact(name.replace("_", " "), str(value))


def _txid(term: str, now: datetime) -> Iterator[str]:
    if len(term) != TXID_LENGTH:
        return
    txid = term.lower()
    tx = ChainTransaction.objects.filter(txid=txid).first()
    if tx is not None and tx.purpose == Purpose.OPERATION:
        yield from _operation(tx.subject.hex, now)
        return
    if tx is not None:
        yield from _wrapped(f"Transaction {txid} is an attempt of payout_{tx.subject.hex}.")
        yield ""
        yield from _stories(Payout.objects.filter(pk=tx.subject), now)
        return
    flows = list(ChainFlow.objects.filter(txid=txid).order_by("log_index")[:LISTED_MAX])
    if flows:
        yield from _wrapped(f"Transaction {txid} was not made here. It moved:")
    for flow in flows:
        yield from _flow(flow)
        if flow.log_index != FEE_LOG_INDEX and Wallet.objects.filter(address=flow.sender).exists():
            yield from _may_have_paid(flow)


def _may_have_paid(flow: ChainFlow) -> Iterator[str]:
    """Tell which open payouts and operations an outflow without an order fits: a database that
    was set back has them unpaid.
    """
    what = "payout" if flow.asset == USDT else "operation"
    fitting = _payouts_fitting(flow) if flow.asset == USDT else _operations_fitting(flow)
    for one in fitting.order_by("pk")[:LISTED_MAX]:
        yield from _fact("may have paid", f"{one.public_id} ({one.status})")
    if not fitting.exists():
        yield from _fact("may have paid", f"no {what} that is open here")


def _payouts_fitting(flow: ChainFlow) -> QuerySet[Payout]:
    # A settlement that was forgotten covered other fees than the one that is open now.
    is_as_much = Q(amount_micro=flow.units) | Q(origin=Origin.FEES)
    return Payout.objects.filter(
        is_as_much,
        wallet__address=flow.sender,
        recipient_address=flow.recipient,
        status__in=(Status.PENDING, Status.PROCESSING),
    )


def _operations_fitting(flow: ChainFlow) -> QuerySet[Operation]:
    return Operation.objects.filter(
        wallet__address=flow.sender,
        kind__in=SPENDS_TRX,
        recipient=flow.recipient,
        amount_micro=flow.units,
        status=OperationStatus.OPEN,
    )


def _flow(flow: ChainFlow) -> Iterator[str]:
    at = time_text(from_ms(flow.block_time_ms))
    yield from _fact("moved", amount_text(flow.units, flow.asset))
    yield from _fact("from", _with_wallet(flow.sender))
    yield from _fact("to", _with_wallet(flow.recipient))
    yield from _fact("block", f"{flow.block_number:,} of {at}")
    booked = time_text(flow.booked_at) if flow.booked_at else "not yet"
    yield from _fact("booked", booked)


def _with_wallet(address: str) -> str:
    wallet = Wallet.objects.filter(address=address).only("name").first()
    return f"{address} (our wallet {wallet.name})" if wallet else address


def _address(term: str, now: datetime) -> Iterator[str]:
    try:
        address_parse(term)
    except InvalidAddress:
        return
    wallet = Wallet.objects.filter(address=term).defer("sealed_key").first()
    if wallet is not None:
        yield from _wallet(wallet)
    received = Payout.objects.filter(recipient_address=term)
    if received.exists():
        yield f"Recipient {term}"
        yield from _payouts(received)


def _wallet(wallet: Wallet) -> Iterator[str]:
    yield from _wrapped(f"Wallet {wallet.name}: {wallet.get_status_display()}")
    yield from _fact("address", str(wallet.address))
    for account in Account.objects.filter(wallet=wallet).order_by("-asset"):
        held = amount_text(account.held_units, account.asset)
        owned = amount_text(account.balance_units, account.asset)
        yield from _fact(account.asset, f"{owned} solid, of it {held} held")
    yield from _payouts(Payout.objects.filter(wallet=wallet))


def _payouts(rows: QuerySet[Payout]) -> Iterator[str]:
    counted = rows.values_list("status").annotate(Count("pk"), Sum("amount_micro"))
    for status, count, amount_micro in counted.order_by("status"):
        yield from _fact(status, f"{count:,} payouts, {amount_text(amount_micro, 'USDT')}")
    yield from _wrapped(f"The newest, at most {LISTED_MAX}:")
    for payout in rows.order_by("-pk")[:LISTED_MAX]:
        amount = amount_text(payout.amount_micro, "USDT")
        yield f"  {payout.public_id}  {payout.status:<10}  {amount:>20}"


def _reference(term: str, now: datetime) -> Iterator[str]:
    yield from _stories(Payout.objects.filter(reference_id=term), now)


def _story(history: History, now: datetime) -> Iterator[str]:
    payout = history.payout
    names = names_of(history)
    last_by = names.get(history.last_by, history.last_by)
    verdict = verdict_of(payout, history.last_message, by=last_by, now=now)
    yield f"{payout.public_id}: {payout.status.upper()}"
    yield from _wrapped(f"{verdict.title}. {verdict.text}".replace("..", "."))
    yield ""
    yield from _order(payout, history)
    yield from ("", "What happened (UTC)")
    for moment in history.moments:
        yield from _moment(moment, names)
    for attempt in history.attempts:
        yield ""
        yield from _attempt(attempt)


def _order(payout: Payout, history: History) -> Iterator[str]:
    facts: list[tuple[str, Any]] = [
        ("amount", amount_text(payout.amount_micro, "USDT")),
        ("to", payout.recipient_address),
        ("from", f"{payout.wallet.address} ({payout.wallet.name})"),
        ("asked by", payout.owner.username),
        ("reason", payout.reason),
        ("reference", payout.reference_id),
        ("retry of", f"payout_{payout.retry_of_id.hex}" if payout.retry_of_id else ""),
        *[("retried as", f"payout_{key.hex}") for key in history.retried_as],
    ]
    for name, value in facts:
        if value:
            yield from _fact(name, value)


def _moment(moment: Moment, names: dict[str, str]) -> Iterator[str]:
    by = names.get(moment.by, moment.by)
    head = f"{time_text(moment.at)}  {moment.status}: {moment.message} ({by})"
    yield from textwrap.wrap(head, WIDTH, initial_indent="  ", subsequent_indent=" " * 23)
    for name, value in [] if moment.attempt else details_in_words(moment.details):
        yield from _fact(name, value, indent=23)


def _attempt(attempt: Attempt) -> Iterator[str]:
    tx = attempt.tx
    yield f"Attempt {attempt.number}: {TxStatus(tx.status).value}"
    yield from _fact("txid", tx.txid)
    yield from _fact("sha256", f"{attempt.signed_sha256} of the signed bytes")
    yield from _fact("reference", f"block {tx.ref_block_number:,} {tx.ref_block_id}")
    yield from _fact("valid until", time_text(from_ms(tx.expiration_ms)))
    yield from _fact("fee limit", amount_text(tx.fee_limit_sun, "TRX"))
    yield from _fact("sent", f"{tx.sends} times, {attempt.answers_total} answers")
    for outcome, count in attempt.answers_by_outcome.items():
        yield from _fact("", f"{count:,} {outcome}: {OUTCOMES.get(outcome, outcome)}")
    for answer in attempt.answers[-3:]:
        said = f"{answer.code} {answer.message}".strip()
        yield from _fact("", f"{answer.at:%H:%M:%S} {answer.node}: {said}")
    yield from _fact("means", attempt.in_words)
    for name, value in proof_in_words(attempt.proof) if attempt.proof else []:
        yield from _fact(name, value)


def _fact(name: str, value: Any, indent: int = 2) -> Iterator[str]:
    head = f"{' ' * indent}{name:<12} "
    text = _plain(value)
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    ) or [head.rstrip()]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(_plain(text), WIDTH, break_on_hyphens=False)


def _plain(value: Any) -> str:
    """Return text without markup and without anything a terminal would obey."""
    text = strip_tags(str(value)) if hasattr(value, "__html__") else str(value)
    return "".join(character if character.isprintable() else "·" for character in text)
