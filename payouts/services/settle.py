"""Acting on what the chain decided: books, holds and status in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from lucidpay.errors import InvariantBroken
from payouts.models import Origin, Payout
from payouts.policy.limits import windows_locked
from payouts.services.give_up import payouts_give_up
from payouts.states import Status
from payouts.story import advance, tell
from tron.halt import halt_once
from tron.models import FINAL, ChainTransaction, HaltCause, Purpose, TxStatus
from tron.words import failure_in_words
from wallets import ledger
from wallets.ledger import Booking
from wallets.models import Account, Asset, Hold

log = structlog.get_logger(__name__)

CHUNK = 250
BY = "settlement"
UNBOOKABLE = (InvariantBroken, IntegrityError, KeyError)
# On which account the books find what was paid: a payment's is that of what its payer had paid in.
PAID = Account.Kind.PAYOUTS
PAID_TO = {
    Origin.LEG.value: Account.Kind.PAYMENTS,
    Origin.REFUND.value: Account.Kind.PAYMENTS,
    Origin.FEES.value: Account.Kind.EARNED,
}
UNBOOKABLE_REASON = "Its end cannot be booked. A person must look at the worker's log."


@dataclass(frozen=True)
class Ended:
    """A transaction that is final, and the payout it is for."""

    tx: ChainTransaction
    payout: Payout


def payouts_settle(*, now: datetime) -> int:
    """Settle the next transactions that became final; return how many were.

    One that cannot be booked, which takes a broken invariant, waits for a person and stops
    nobody else: its chunk is then settled one by one.
    """
    final = ChainTransaction.objects.filter(
        status__in=FINAL, settled_at=None, purpose=Purpose.PAYOUT
    )
    due = list(final.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    try:
        return _settle(due, now)
    except UNBOOKABLE:
        log.critical("settlement_goes_one_by_one", exc_info=True)
        return sum(_settle_alone(pk, now) for pk in due)


def _settle_alone(pk: int, now: datetime) -> int:
    try:
        return _settle([pk], now)
    except UNBOOKABLE:
        log.critical("transaction_cannot_be_settled", transaction=pk, exc_info=True)
        Payout.objects.filter(transaction=pk).update(wait_reason=UNBOOKABLE_REASON)
        return 0


def _settle(due: list[int], now: datetime) -> int:
    with transaction.atomic():
        txs = list(
            ChainTransaction.objects.select_for_update(skip_locked=True)
            .filter(pk__in=due, settled_at=None)
            .order_by("pk")
        )
        ended, accounts = _locked(txs, now)
        by_status = {status: [e for e in ended if e.tx.status == status] for status in FINAL}
        unpaid = [*by_status[TxStatus.FAILED], *by_status[TxStatus.DEAD]]
        windows_locked([one.payout for one in unpaid])
        _confirm(by_status[TxStatus.SUCCEEDED], accounts, now)
        _fail(by_status[TxStatus.FAILED], accounts, now)
        _try_again(by_status[TxStatus.DEAD], now)
        _ask_a_person(by_status[TxStatus.CONTRADICTED], now)
        settled = [one.tx.pk for one in ended]
        ChainTransaction.objects.filter(pk__in=settled).update(settled_at=now)
    return len(settled)


def _locked(txs: list[ChainTransaction], now: datetime) -> tuple[list[Ended], dict]:
    """Lock the accounts, then the payouts, of these transactions."""
    keys = [tx.pk for tx in txs]
    wallets = set(Payout.objects.filter(transaction__in=keys).values_list("wallet", flat=True))
    accounts = ledger.accounts_locked(wallets)
    rows = Payout.objects.select_for_update().filter(transaction__in=keys).order_by("pk")
    payouts = {payout.transaction_id: payout for payout in rows}
    ended = []
    for tx in txs:
        payout = payouts.get(tx.pk)
        if payout is None or payout.status != Status.PROCESSING:
            # Impossible by the constraints; were it possible, it must not stop the others.
            log.critical("final_transaction_without_payout", txid=tx.txid, status=tx.status)
            reason = f"{tx.txid} ended as {tx.status}, and no payout under way is paid by it"
            halt_once(cause=HaltCause.BOOKS, subject=tx.txid, reason=reason, by=BY, now=now)
            continue
        payout.transaction = tx
        ended.append(Ended(tx, payout))
    return ended, accounts


def _confirm(ended: list[Ended], accounts: dict, now: datetime) -> None:
    if not ended:
        return
    ledger.holds_end([e.payout.pk for e in ended], status=Hold.Status.POSTED, at=now)
    paid = {
        origin: ledger.other_account(PAID_TO.get(origin, PAID), Asset.USDT)
        for origin in {one.payout.origin for one in ended}
    }
    payments = []
    for one in ended:
        source = accounts[(one.payout.wallet_id, Asset.USDT)]
        sides = ((source, -one.tx.amount_micro), (paid[one.payout.origin], one.tx.amount_micro))
        payments.append(Booking("payout", one.tx.txid, sides, one.tx.block_number))
    ledger.book([*payments, *_fees(ended, accounts)], at=now)
    for one in ended:
        one.payout.confirmed_at, one.payout.wait_reason = now, ""
    advance(
        [one.payout for one in ended],
        to=Status.CONFIRMED,
        by=BY,
        now=now,
        note="the transfer stands in a solid block",
        details={e.payout.pk: {"txid": e.tx.txid, "block": e.tx.block_number} for e in ended},
        changes=("confirmed_at", "wait_reason"),
    )


def _fees(ended: list[Ended], accounts: dict) -> list[Booking]:
    burned = ledger.other_account(Account.Kind.FEES, Asset.TRX)
    return [
        booking
        for one in ended
        for booking in ledger.fee_bookings(
            one.tx, accounts[(one.payout.wallet_id, Asset.TRX)], burned
        )
    ]


def _fail(ended: list[Ended], accounts: dict, now: datetime) -> None:
    """Act on receipts that prove that nothing was paid; the fee is gone all the same.

    A new attempt is as safe as after a death: the txid is spent, and its end is solid.
    """
    if not ended:
        return
    ledger.holds_end([e.payout.pk for e in ended], status=Hold.Status.VOIDED, at=now)
    ledger.book(_fees(ended, accounts), at=now)
    for one in ended:
        one.payout.failures += 1
    again = [one for one in ended if _may_try_anew(one.payout)]
    over = [one for one in ended if one not in again]
    _pending_again(
        again, "a solid receipt proves that nothing was paid, so another attempt is safe", now
    )
    payouts_give_up(
        {one.payout: failure_in_words(one.tx) for one in over},
        by=BY,
        now=now,
        note="the receipt in a solid block says that nothing was paid",
        details=_evidence(over),
        changes=("failures",),
    )


def _may_try_anew(payout: Payout) -> bool:
    return payout.failures <= settings.PAYOUT_NEW_ATTEMPTS and payout.tries < _tries_max(payout)


def _tries_max(payout: Payout) -> int:
    return payout.tries_max or settings.PAYOUT_TRIES_MAX


def _try_again(ended: list[Ended], now: datetime) -> None:
    """Make payouts pending again whose transaction is proven dead; end those out of tries."""
    if not ended:
        return
    ledger.holds_end([e.payout.pk for e in ended], status=Hold.Status.VOIDED, at=now)
    for one in ended:
        if one.tx.sends == 0:
            one.payout.tries -= 1  # no node ever saw it: that was no try
    tired = [one for one in ended if one.payout.tries >= _tries_max(one.payout)]
    again = [one for one in ended if one not in tired]
    _pending_again(again, "the transaction is proven dead: it can never be included", now)
    payouts_give_up(
        {
            one.payout: f"not included in time, {one.payout.tries} times. Nothing was paid."
            for one in tired
        },
        by=BY,
        now=now,
        note="every transaction is proven dead and the tries are used up",
        details=_evidence(tired),
        changes=("tries",),
    )


def _pending_again(ended: list[Ended], note: str, now: datetime) -> None:
    if not ended:
        return
    advance(
        [one.payout for one in ended],
        to=Status.PENDING,
        by=BY,
        now=now,
        note=note,
        details=_evidence(ended),
        changes=("tries", "failures"),
    )


def _evidence(ended: list[Ended]) -> dict[UUID, dict[str, Any]]:
    """Return what proves the end of each transaction, for the event of its payout."""
    return {
        one.payout.pk: {
            "txid": one.tx.txid,
            "proof": one.tx.proof,
            "result": one.tx.result,
            "block": one.tx.block_number,
        }
        for one in ended
    }


def _ask_a_person(ended: list[Ended], now: datetime) -> None:
    """Leave the payout and its hold as they are: money may have moved otherwise than asked."""
    for one in ended:
        log.critical("payout_needs_a_person", payout=one.payout.public_id, txid=one.tx.txid)
        one.payout.wait_reason = "The receipt contradicts the order. A person must look."
        one.payout.save(update_fields=["wait_reason"])
    tell([one.payout for one in ended], by=BY, now=now, note="the receipt contradicts the order")
