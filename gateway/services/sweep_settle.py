"""Acting on what the chain decided about sweeps: books and status in one transaction."""

from datetime import datetime, timedelta

import structlog

from gateway.models_sweep import Sweep
from gateway.services.sweep_want import REASON_MAX, sweeps_open, wallet_swept_to
from gateway.states import SweepStatus
from tron.halt import halt_once
from tron.models import ChainTransaction, HaltCause, Purpose, TxStatus
from tron.words import failure_in_words
from wallets import ledger
from wallets.ledger import Booking
from wallets.models import Account, Asset
from wallets.services.ends_settle import ends_settle

log = structlog.get_logger(__name__)

BY = "sweeps"
SWEEP = "sweep"  # the journal of what left a deposit address; whoever judges flows looks for it
NOT_IN_TIME = "It was not included in time, and it never can be any more. Nothing was moved."
CONTRADICTS = "The receipt contradicts what was signed. A person must look."
# After a transaction that moved nothing: twice as long after each further one, at most a day.
AGAIN_AFTER, AGAIN_AFTER_MAX = timedelta(minutes=5), timedelta(days=1)
DOUBLINGS_MAX = 10


def sweeps_settle(*, now: datetime) -> int:
    """Settle the next sweeps whose transaction became final; return how many were.

    One that cannot be booked, which takes a broken invariant, waits for a person and stops no
    other.
    """
    return ends_settle(Purpose.SWEEP, _settle, now=now)


def _settle(tx: ChainTransaction, now: datetime) -> bool:
    sweep = Sweep.objects.select_for_update(no_key=True).filter(transaction=tx).first()
    if sweep is None or sweep.status != SweepStatus.SIGNED:
        # Impossible by the constraints; were it possible, it must not stop the others.
        log.critical("final_transaction_without_sweep", txid=tx.txid, status=tx.status)
        reason = f"{tx.txid} ended as {tx.status}, and no sweep under way is done by it"
        halt_once(cause=HaltCause.BOOKS, subject=tx.txid, reason=reason, by=BY, now=now)
        return False
    _end(sweep, tx, now)
    return True


def _end(sweep: Sweep, tx: ChainTransaction, now: datetime) -> None:
    match tx.status:
        case TxStatus.SUCCEEDED:
            ledger.book([_moved(sweep, tx), *_fee(tx)], at=now)
            _ended(sweep, SweepStatus.SWEPT, "", now)
        case TxStatus.FAILED:
            ledger.book(_fee(tx), at=now)
            _ended(sweep, SweepStatus.FAILED, failure_in_words(tx), now)
        case TxStatus.DEAD:
            _ended(sweep, SweepStatus.FAILED, NOT_IN_TIME, now)
        case _:
            # Money may have moved otherwise than asked: nothing leaves this address any more.
            log.critical("sweep_needs_a_person", sweep=sweep.public_id, txid=tx.txid)
            sweep.wait_reason = CONTRADICTS
            sweep.save(update_fields=["wait_reason"])


def _moved(sweep: Sweep, tx: ChainTransaction) -> Booking:
    """Return the leaving. Its coming is booked with its flow, as whatever comes to a wallet."""
    asset = Asset(sweep.asset)
    source = ledger.other_account(Account.Kind.DEPOSITS, asset)
    target = ledger.other_account(Account.Kind.FUNDING, asset)
    sides = ((source, -tx.amount_micro), (target, tx.amount_micro))
    return Booking(SWEEP, tx.txid, sides, tx.block_number)


def _fee(tx: ChainTransaction) -> list[Booking]:
    payer = ledger.other_account(Account.Kind.DEPOSITS, Asset.TRX)
    return ledger.fee_bookings(tx, payer, ledger.other_account(Account.Kind.FEES, Asset.TRX))


def _ended(sweep: Sweep, status: SweepStatus, why: str, now: datetime) -> None:
    """End it, and want the next one of what lies there still: what came since, or all of it."""
    sweep.status, sweep.ended_at, sweep.wait_reason = status, now, why[:REASON_MAX]
    sweep.save(update_fields=["status", "ended_at", "wait_reason"])
    look_at = now if status == SweepStatus.SWEPT else now + _pause(sweep)
    wallet = wallet_swept_to() or sweep.wallet
    sweeps_open([sweep.address_id], wallet, look_at=look_at, now=now)


def _pause(sweep: Sweep) -> timedelta:
    """Return how long the address is left alone: each try may have burned a fee for nothing."""
    ended = Sweep.objects.filter(address=sweep.address_id, transaction__isnull=False)
    failures = ended.filter(status=SweepStatus.FAILED).count()
    return min(AGAIN_AFTER * 2 ** min(failures - 1, DOUBLINGS_MAX), AGAIN_AFTER_MAX)
