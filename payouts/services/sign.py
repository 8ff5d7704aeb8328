"""Signing: from due payouts to stored, signed transactions, in one transaction of the database.

Nothing is sent here. When this commits, the bytes, txid, expiration and reference block of each
payout are on disk, its money is held, and the payout is ``processing``. If the process dies
before, nothing has happened; if it dies after, the sender finds the rows.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.errors import ensure
from payouts.models import Payout
from payouts.purse import Purse, purse_of, under_way
from payouts.queries import due_for_signing, of_open_batches
from payouts.services.give_up import payouts_give_up
from payouts.services.hold_paid import last_look
from payouts.services.price import Quote, offer_for
from payouts.services.wait import (
    CANNOT_SIGN,
    LIVE_ELSEWHERE,
    LOOK_AGAIN_S,
    NO_TRX,
    NO_USDT,
    WAITS_FOR_SIGNATURES,
    payouts_look_again,
    payouts_wait,
)
from payouts.share import shared, waited_long, waits_until
from payouts.states import Status
from payouts.story import advance
from tron.halt import refuse_halted
from tron.models import PAID_NOTHING, ChainTransaction, TxStatus
from tron.networks import network
from tron.reference import Reference, reference_now
from tron.resources import Prices
from tron.store import transactions_store
from tron.transactions import Draft, Signed
from tron.words import failure_in_words
from wallets import ledger
from wallets.fees import Stake
from wallets.hand import Hand, own_hand
from wallets.models import Asset, Wallet, WalletKind, WalletStatus
from wallets.services.book_flows import refuse_unjudged_outflow

log = structlog.get_logger(__name__)

BY = "signer"
REVERT = "REVERT"  # receipt.result when the contract itself undid the transfer
# All that is asked of a payout before it is locked; then it is read anew, and whole.
QUOTED = (
    "amount_micro", "recipient_address", "wait_reason", "tries", "screened_at", "screened_energy",
    "memo", "due_at", "sign_after", "transaction__status",
)  # fmt: skip
# What is known of a wallet's stake when no node was asked: nothing, so all is held in TRX.
NO_STAKE = Stake()
# What a payout's story says.
NOTES = {
    TxStatus.SIGNED: "signed and stored",
    TxStatus.AWAITING: "built and stored; it waits for the signatures of people",
}


def payouts_sign(*, wallet_id: UUID, now: datetime) -> int:
    """Sign the next chunk of a wallet's due payouts and return how many were signed.

    Raises ``ChainNotReady`` or ``NodeError`` when the chain is not known well enough,
    ``OutflowUnjudged``, and ``Halted`` while the kill switch is on; payouts wait then. One
    payout that cannot be sent never stops the others.
    """
    wallet = Wallet.objects.get(pk=wallet_id)
    candidates = _affordable(wallet, now)
    if not candidates or wallet.status != WalletStatus.ACTIVE:
        return 0
    if wallet.kind != WalletKind.HOT:
        payouts_wait(candidates, WAITS_FOR_SIGNATURES)
        return 0
    reference_now(now=now)  # on a chain that is not known well enough nobody is asked
    offer = offer_for(candidates, sender=str(wallet.address), now=now)
    hand = own_hand(wallet)
    # Only now: a slow node must not use up the time in which the transactions are valid.
    reference = reference_now(now=utc_now())
    with transaction.atomic(durable=True):
        paid = sign_locked(
            wallet, offer.quotes, reference, hand, now, offer.stake, offer.prices, paces=True
        )
        signed = len(paid)
        # As late as can be: what the switch was pulled for may have happened while we worked.
        # What is judged pulls it in the same commit, so it is looked at after what is not.
        refuse_unjudged_outflow(str(wallet.address))
        refuse_halted()
    return signed


def _affordable(wallet: Wallet, now: datetime) -> list[Payout]:
    """Return the next due payouts that the wallet's free USDT would cover one by one.

    The others say why they wait and stand in nobody's way; the locked look decides later.
    """
    free_micro = ledger.wallet_account(wallet, Asset.USDT).free_units
    due = due_for_signing(wallet.pk, now=now).select_related("transaction").only(*QUOTED)
    payouts_wait(list(due.filter(amount_micro__gt=free_micro)[: settings.PAYOUT_CHUNK]), NO_USDT)
    found = list(due.filter(amount_micro__lte=free_micro)[: settings.PAYOUT_CHUNK])
    return [] if len(found) == 1 and _only_keeps_its_turn(found[0], now) else found


def _only_keeps_its_turn(payout: Payout, now: datetime) -> bool:
    """Return whether a payout was looked at a moment ago, and is due so that none passes it by."""
    is_short = waited_long(payout, now) and payout.wait_reason.startswith(NO_TRX)
    return is_short and now - payout.sign_after < timedelta(seconds=LOOK_AGAIN_S)


def sign_locked(
    wallet: Wallet,
    quotes: dict[UUID, Quote],
    reference: Reference,
    hand: Hand,
    now: datetime,
    stake: Stake = NO_STAKE,
    prices: Prices | None = None,
    *,
    paces: bool = False,
) -> list[Payout]:
    """Build, store and hold what is paid now of the quoted payouts; return those.

    Works inside the caller's transaction, which is the write-ahead record. ``paces``: those that
    may wait for energy do (``PACE_TO_ENERGY``).
    """
    # The accounts first, here as everywhere: two signers must not promise the same USDT.
    accounts = ledger.accounts_locked([wallet.pk])
    usdt, trx = accounts[(wallet.pk, Asset.USDT)], accounts[(wallet.pk, Asset.TRX)]
    # Its key stays free: who asks for a payout looks for it when they commit, with limits locked.
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet.pk)
    purse = purse_of(usdt, trx, stake, under_way(wallet, prices))
    fees = _choose(wallet, quotes, purse, now, paces=paces)
    signed = _signed(wallet, list(fees), quotes, reference, hand, now)
    if not signed:
        return []
    _store(signed, quotes, reference, hand, now)
    ledger.hold(usdt, amounts={payout.pk: payout.amount_micro for payout in signed}, at=now)
    # None of what stake pays in full: it must go through also when the account is overdrawn.
    if held := {payout.pk: fees[payout] for payout in signed if fees[payout]}:
        ledger.hold(trx, amounts=held, at=now)
    advance(
        list(signed),
        to=Status.PROCESSING,
        by=BY,
        now=now,
        note=NOTES[hand.status],
        details={
            payout.pk: {"txid": one.txid, **quotes[payout.pk].facts(), "held_sun": fees[payout]}
            for payout, one in signed.items()
        },
        changes=("transaction", "tries", "wait_reason"),
    )
    return list(signed)


def _choose(
    wallet: Wallet, quotes: dict[UUID, Quote], purse: Purse, now: datetime, *, paces: bool
) -> dict[Payout, int]:
    """Lock the quoted payouts that are still due; return those paid now, each with its TRX hold.

    One that does not fit waits alone: a single large payout must not hold up everybody else's.
    New ones cannot starve it, as it counts against what they may ask for.
    """
    rows = of_open_batches(
        list(
            due_for_signing(wallet.pk, now=now)
            .select_related("transaction")
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=list(quotes))
        )
    )
    # The clock once more: a slow node may have used up the time of an approval.
    rows = last_look(rows, now=max(now, utc_now()))
    blocked = _subjects_with_live_transaction(rows)
    refusals = {
        one: LIVE_ELSEWHERE if one.pk in blocked else quotes[one.pk].refusal for one in rows
    }
    share = shared(refusals, quotes, purse, waits_until(rows, now) if paces else {}, now)
    waiting = share.waiting
    _give_up({one: waiting.pop(one) for one in rows if _is_over(one, quotes, waiting)}, now)
    payouts_look_again(waiting, now, share.look_at)
    return share.chosen


def _is_over(payout: Payout, quotes: dict[UUID, Quote], waiting: dict[Payout, str]) -> bool:
    """Return whether the contract undid the last attempt and would refuse the next one."""
    quote, last = quotes[payout.pk], payout.transaction
    was_reverted = last is not None and (last.status, last.result) == (TxStatus.FAILED, REVERT)
    return was_reverted and quote.by_contract and waiting.get(payout) == quote.refusal


def _give_up(refusals: dict[Payout, str], now: datetime) -> None:
    causes = {
        payout: f"{failure_in_words(payout.transaction)} No new attempt: {refusal}"
        for payout, refusal in refusals.items()
        if payout.transaction
    }
    payouts_give_up(
        causes,
        by=BY,
        now=now,
        note="the contract undid the last attempt and would refuse the next one",
        details={payout.pk: {"refusal": refusal} for payout, refusal in refusals.items()},
    )


def _subjects_with_live_transaction(rows: list[Payout]) -> set[UUID]:
    """Return the payouts that must not be signed; a pending one never is among them.

    The unique constraint would refuse the insert anyway, but with it the whole chunk.
    """
    found = ChainTransaction.objects.filter(subject__in=[row.pk for row in rows])
    subjects = set(found.exclude(status__in=PAID_NOTHING).values_list("subject", flat=True))
    for subject in subjects:
        log.critical("pending_payout_with_live_transaction", subject=str(subject))
    return subjects


def _signed(
    wallet: Wallet,
    chosen: list[Payout],
    quotes: dict[UUID, Quote],
    reference: Reference,
    hand: Hand,
    now: datetime,
) -> dict[Payout, Signed]:
    """Build and sign one transfer a payout, each with a timestamp this wallet never used.

    One that cannot be built or read back waits alone.
    """
    start_ms = max(wallet.last_timestamp_ms + 1, reference.chain_time_ms)
    signed: dict[Payout, Signed] = {}
    odd: dict[Payout, str] = {}
    for timestamp_ms, payout in enumerate(chosen, start=start_ms):
        fee_limit_sun = quotes[payout.pk].fee_limit_sun
        try:
            draft = _draft(wallet, payout, fee_limit_sun, reference, hand, timestamp_ms)
            signed[payout] = hand.make(draft)
        except ValueError:
            log.critical("payout_cannot_be_signed", payout=payout.public_id, exc_info=True)
            odd[payout] = CANNOT_SIGN
    if chosen:
        wallet.last_timestamp_ms = start_ms + len(chosen) - 1
        wallet.save(update_fields=["last_timestamp_ms"])
    payouts_look_again(odd, now)
    return signed


def _draft(
    wallet: Wallet,
    payout: Payout,
    fee_limit_sun: int,
    reference: Reference,
    hand: Hand,
    timestamp_ms: int,
) -> Draft:
    return Draft(
        sender=str(wallet.address),
        recipient=payout.recipient_address,
        contract=network().usdt_contract,
        amount=payout.amount_micro,
        fee_limit_sun=fee_limit_sun,
        ref_block_id=reference.block_id,
        expiration_ms=reference.expiration_ms,
        timestamp_ms=timestamp_ms,
        memo=payout.memo,
        quorum=hand.quorum,
    )


def _store(
    signed: dict[Payout, Signed],
    quotes: dict[UUID, Quote],
    reference: Reference,
    hand: Hand,
    now: datetime,
) -> None:
    rows = transactions_store(
        {payout.pk: one for payout, one in signed.items()},
        energies={payout.pk: quotes[payout.pk].energy for payout in signed},
        reference=reference,
        now=now,
        status=hand.status,
    )
    for payout in signed:
        row = rows[payout.pk]
        ensure(
            (row.recipient, row.amount_micro) == (payout.recipient_address, payout.amount_micro),
            "a transaction for another payout",
        )
        payout.transaction, payout.wait_reason = row, ""
        payout.tries += 1
