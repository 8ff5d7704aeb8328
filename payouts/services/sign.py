"""Signing: from due payouts to stored, signed transactions, in one transaction of the database.

Nothing is sent here. When this commits, the bytes, txid, expiration and reference block of each
payout are on disk, its money is held, and the payout is ``processing``. If the process dies
before, nothing has happened; if it dies after, the sender finds the rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.errors import ensure
from payouts.models import Payout
from payouts.queries import due_for_signing
from payouts.services.price import Quote, quotes_of
from payouts.services.wait import (
    LIVE_ELSEWHERE,
    NO_TRX,
    NO_USDT,
    payout_look_again,
    payouts_wait,
)
from payouts.states import Status
from payouts.story import advance
from tron.models import PAID_NOTHING, ChainTransaction, TxStatus
from tron.networks import network
from tron.reference import Reference, reference_now
from tron.transactions import TRANSFER_BANDWIDTH, Signed, Signer, Transfer, sign
from wallets import ledger, vault
from wallets.models import Asset, Wallet, WalletStatus

log = structlog.get_logger(__name__)

BY = "signer"
# When no bandwidth is left, each byte burns 1000 sun (getTransactionFee).
BANDWIDTH_SUN = TRANSFER_BANDWIDTH * 1000


@dataclass
class Purse:
    """What a wallet has left while a chunk is chosen."""

    usdt_micro: int
    trx_sun: int

    def refusal(self, amount_micro: int, fee_sun: int) -> str:
        """Return why this payment does not fit, or nothing when it does."""
        if amount_micro > self.usdt_micro:
            return NO_USDT
        return NO_TRX if fee_sun > self.trx_sun else ""

    def take(self, amount_micro: int, fee_sun: int) -> None:
        """Set a payment's money aside."""
        self.usdt_micro -= amount_micro
        self.trx_sun -= fee_sun


def payouts_sign(*, wallet_id: UUID, now: datetime) -> int:
    """Sign the next chunk of a wallet's due payouts and return how many were signed.

    Raises ``ChainNotReady`` or ``NodeError`` when the chain is not known well enough; payouts
    wait then. One payout that cannot be sent never stops the others.
    """
    wallet = Wallet.objects.get(pk=wallet_id)
    candidates = _affordable(wallet, now)
    if not candidates or wallet.status != WalletStatus.ACTIVE:
        return 0
    reference_now(now=now)  # on a chain that is not known well enough nobody is asked
    quotes = quotes_of(candidates, sender=str(wallet.address))
    signer = vault.open_key(sealed_key=wallet.sealed_key, address=str(wallet.address))
    # Only now: a slow node must not use up the time in which the transactions are valid.
    reference = reference_now(now=utc_now())
    with transaction.atomic(durable=True):
        return _sign_locked(wallet, quotes, reference, signer, now)


def _affordable(wallet: Wallet, now: datetime) -> list[Payout]:
    """Return the next due payouts that the wallet's free USDT would cover one by one.

    The others say why they wait and stand in nobody's way; the locked look decides later.
    """
    free_micro = ledger.wallet_account(wallet, Asset.USDT).free_units
    due = due_for_signing(wallet.pk, now=now)
    payouts_wait(list(due.filter(amount_micro__gt=free_micro)[: settings.PAYOUT_CHUNK]), NO_USDT)
    return list(due.filter(amount_micro__lte=free_micro)[: settings.PAYOUT_CHUNK])


def _sign_locked(
    wallet: Wallet,
    quotes: dict[UUID, Quote],
    reference: Reference,
    signer: Signer,
    now: datetime,
) -> int:
    # The accounts first, here as everywhere: two signers must not promise the same USDT.
    accounts = ledger.accounts_locked([wallet.pk])
    usdt, trx = accounts[(wallet.pk, Asset.USDT)], accounts[(wallet.pk, Asset.TRX)]
    wallet = Wallet.objects.select_for_update().get(pk=wallet.pk)
    purse = Purse(usdt.free_units, trx.free_units)
    chosen = _choose(wallet, quotes, purse, now)
    if not chosen:
        return 0
    signed = dict(zip(chosen, _signed(wallet, chosen, quotes, reference, signer), strict=True))
    _store(signed, reference, now)
    ledger.hold(usdt, amounts={payout.pk: payout.amount_micro for payout in chosen}, at=now)
    fees = {payout.pk: quotes[payout.pk].fee_limit_sun + BANDWIDTH_SUN for payout in chosen}
    ledger.hold(trx, amounts=fees, at=now)
    advance(
        chosen,
        to=Status.PROCESSING,
        by=BY,
        now=now,
        note="signed and stored",
        details={payout.pk: {"txid": one.txid} for payout, one in signed.items()},
        changes=("transaction", "tries", "wait_reason"),
    )
    return len(chosen)


def _choose(wallet: Wallet, quotes: dict[UUID, Quote], purse: Purse, now: datetime) -> list[Payout]:
    """Lock the quoted payouts that are still due and return those that are paid now.

    In order, but one that does not fit waits alone: a single large payout must not hold up
    everybody else's. New ones cannot starve it, as it counts against what they may ask for.
    """
    rows = list(
        due_for_signing(wallet.pk, now=now)
        .select_for_update(skip_locked=True)
        .filter(pk__in=list(quotes))
    )
    blocked = _subjects_with_live_transaction(rows)
    chosen: list[Payout] = []
    for payout in rows:
        quote = quotes[payout.pk]
        fee_sun = quote.fee_limit_sun + BANDWIDTH_SUN
        refusal = LIVE_ELSEWHERE if payout.pk in blocked else quote.refusal
        refusal = refusal or purse.refusal(payout.amount_micro, fee_sun)
        if refusal:
            # Looked at again later, so that a wallet that stays short of TRX does not have the
            # node asked about the same payouts in every sweep.
            payout_look_again(payout, refusal, now)
            continue
        purse.take(payout.amount_micro, fee_sun)
        chosen.append(payout)
    return chosen


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
    signer: Signer,
) -> Iterator[Signed]:
    """Build and sign one transfer a payout, each with a timestamp this wallet never used."""
    start_ms = max(wallet.last_timestamp_ms + 1, reference.chain_time_ms)
    wallet.last_timestamp_ms = start_ms + len(chosen) - 1
    wallet.save(update_fields=["last_timestamp_ms"])
    for index, payout in enumerate(chosen):
        transfer = Transfer(
            sender=str(wallet.address),
            recipient=payout.recipient_address,
            contract=network().usdt_contract,
            amount=payout.amount_micro,
            fee_limit_sun=quotes[payout.pk].fee_limit_sun,
            ref_block_id=reference.block_id,
            expiration_ms=reference.expiration_ms,
            timestamp_ms=start_ms + index,
        )
        yield sign(transfer, signer)


def _store(signed: dict[Payout, Signed], reference: Reference, now: datetime) -> None:
    rows = ChainTransaction.objects.bulk_create(
        ChainTransaction(
            txid=one.txid,
            subject=payout.pk,
            sender=one.transfer.sender,
            recipient=one.transfer.recipient,
            contract=one.transfer.contract,
            amount_micro=one.transfer.amount,
            fee_limit_sun=one.transfer.fee_limit_sun,
            ref_block_number=reference.block_number,
            ref_block_id=one.transfer.ref_block_id,
            expiration_ms=one.transfer.expiration_ms,
            timestamp_ms=one.transfer.timestamp_ms,
            signed_hex=one.signed_hex,
            status=TxStatus.SIGNED,
            next_send_at=now,
            created_at=now,
        )
        for payout, one in signed.items()
    )
    for payout, row in zip(signed, rows, strict=True):
        ensure(
            (row.recipient, row.amount_micro) == (payout.recipient_address, payout.amount_micro),
            "a transaction for another payout",
        )
        payout.transaction, payout.wait_reason = row, ""
        payout.tries += 1
