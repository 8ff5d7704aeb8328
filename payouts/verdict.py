"""Where a payout stands and what to do about it, for an operator who was just woken up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from access.console import amount_text, time_text
from lucidpay.clock import NEVER
from payouts.models import Payout, Review
from payouts.models_batch import Batch
from payouts.services.wait import (
    CANNOT_SIGN,
    FEE_ABOVE_CHAIN,
    FEE_TOO_HIGH,
    HALTED,
    LIVE_ELSEWHERE,
    NO_ANSWER,
    NO_CHAIN,
    NO_KEY,
    NO_TRX,
    NO_USDT,
    OUTFLOW_UNJUDGED,
    RECIPIENT_BLACKLISTED,
    SENDER_BLACKLISTED,
    USDT_DEPRECATED,
    USDT_PAUSED,
    USDT_TAKES_FEE,
    WAITS_FOR_APPROVAL,
    WAITS_FOR_ENERGY,
    WAITS_FOR_SIGNATURES,
    WOULD_REVERT,
)
from payouts.states import Status
from tron.models import ChainTransaction, TxStatus
from tron.words import cause_in_words, end_in_words

# A due payout is signed within seconds; after this something stands still.
SIGNING_LATE = timedelta(minutes=2)
ALIVE = "Look at /api/payment/health: it tells whether workers, node and scanner are alive."
FAILED_PREFIX = "Transaction failed: "
GOES_ON = "Nothing is signed, so it can still be cancelled."
# By what a reason begins with.
ADVICE = {
    NO_USDT: "It goes on by itself as soon as enough solid USDT is in {wallet}. " + GOES_ON,
    NO_TRX: (
        "It goes on by itself as soon as {wallet} has enough solid TRX, or staked energy that is "
        "not used up. What transfers under way may still burn does not count. " + GOES_ON
    ),
    WAITS_FOR_ENERGY: (
        "PACE_TO_ENERGY lets batches wait for the staked energy of {wallet} rather than burn TRX. "
        "To pay at once, stake or delegate energy to it, or switch that off. " + GOES_ON
    ),
    OUTFLOW_UNJUDGED: (
        f"Usually for seconds: either it was ordered here, or the kill switch is pulled. {GOES_ON}"
    ),
    NO_CHAIN: f"It goes on by itself when the node is back. {ALIVE} {GOES_ON}",
    NO_ANSWER: f"It is asked again by itself; the others go on. {ALIVE} {GOES_ON}",
    NO_KEY: f"See the worker's log for signing_stopped: it names the cause. {GOES_ON}",
    HALTED: (
        "The kill switch stops all wallets. `manage.py kill_switch` tells why; when the cause is "
        "gone, lift it there. Everything then goes on by itself. " + GOES_ON
    ),
    USDT_PAUSED: (
        "Only the issuer of USDT can lift it. It goes on by itself then; watch the issuer's "
        "announcements. " + GOES_ON
    ),
    USDT_DEPRECATED: (
        "Check with the issuer of USDT which contract is the right one before anything is paid. "
        + GOES_ON
    ),
    USDT_TAKES_FEE: (
        "Nothing is sent while basisPointsRate or maximumFee of the contract is not 0. It goes on "
        "by itself when both are. " + GOES_ON
    ),
    SENDER_BLACKLISTED: (
        "Nothing of {wallet} can move. Ask the issuer of USDT, and let another wallet pay: cancel "
        "these payouts and ask for them again. " + GOES_ON
    ),
    RECIPIENT_BLACKLISTED: (
        "What is sent there is frozen. Ask the recipient for another address, cancel this payout "
        "and ask for a new one. " + GOES_ON
    ),
    WAITS_FOR_SIGNATURES: (
        "The key of {wallet} is not here. Have its transaction built "
        "(`POST /tron/wallets/…/unsigned`), sign it with the wallet's key, and attach the "
        "signature. " + GOES_ON
    ),
    WOULD_REVERT: (
        "Running the transfer without effect fails. Compare the USDT of {wallet} on the chain "
        "with the books. It is tried again by itself. " + GOES_ON
    ),
    FEE_TOO_HIGH: (
        "Energy is dearer than you allow. Raise TRON_FEE_LIMIT_MAX_SUN, or wait. " + GOES_ON
    ),
    FEE_ABOVE_CHAIN: f"The network's getMaxFeeLimit is in the way; it is tried again. {GOES_ON}",
    CANNOT_SIGN: (
        "See the worker's log for this payout's id: it names the cause. The others go on. "
        + GOES_ON
    ),
    LIVE_ELSEWHERE: (
        "It is not signed again, so that nobody is paid twice. Find that transaction below and "
        "on the chain before anything else is done."
    ),
}
# A person must act before anything else happens.
ALARMING = (LIVE_ELSEWHERE, SENDER_BLACKLISTED, CANNOT_SIGN, HALTED)
CALM = (WAITS_FOR_ENERGY,)  # as it was set


@dataclass(frozen=True)
class Verdict:
    """The banner of a payout's page."""

    level: str
    title: str
    text: str


def verdict_of(payout: Payout, last: str, *, by: str = "", now: datetime) -> Verdict:
    """Return the verdict; ``last`` is the newest change's note, ``by`` who caused it."""
    match payout.status:
        case Status.PENDING:
            return _pending(payout, now)
        case Status.PROCESSING:
            return _processing(payout, now)
        case Status.CONFIRMED:
            return _confirmed(payout)
        case Status.FAILED:
            title = payout.error_message or "Failed"
            text = (
                f"Code {payout.error_code or 'none'}. This is final: no transaction of it can pay "
                "any more. To pay after all, retry it: that makes a new payout."
            )
            return Verdict("danger", title, text)
    return _cancelled(last, by, "Rejected" if payout.review == Review.REJECTED else "Cancelled")


def _pending(payout: Payout, now: datetime) -> Verdict:
    wallet = f"{payout.wallet.name} ({payout.wallet.address})"
    if payout.review == Review.REQUIRED:
        waits = payout.wait_reason or WAITS_FOR_APPROVAL
        text = f"{waits} Nothing is signed before. {GOES_ON}"
        return Verdict("warning", "Waits for approval", text)
    if payout.batch is not None and (held := _held(payout.batch)):
        return held
    if payout.wait_reason:
        advice = _advice(payout.wait_reason).format(wallet=wallet)
        level = "danger" if payout.wait_reason.startswith(ALARMING) else "warning"
        level = "info" if payout.wait_reason.startswith(CALM) else level
        return Verdict(level, f"Waiting: {payout.wait_reason}", advice)
    if payout.due_at >= NEVER:
        title = "Waits to be released by hand"
        text = (
            f"The schedule {payout.batch_type} is switched off (Releases in the admin). {GOES_ON}"
        )
        return Verdict("warning", title, text)
    if payout.due_at > now:
        title = f"Scheduled for {time_text(payout.due_at)} UTC"
        return Verdict("info", title, f"It is signed then. {GOES_ON}")
    if now - max(payout.sign_after, payout.updated_at) > SIGNING_LATE:
        text = f"It has been due since {time_text(payout.due_at)} UTC. {ALIVE} {GOES_ON}"
        return Verdict("warning", "Should have been signed by now", text)
    if payout.tries:
        text = f"{_last_attempt(payout)} and paid nothing; the next one follows."
        return Verdict("info", "Waits for its next attempt", f"{text} {GOES_ON}")
    return Verdict("info", "Waits for the signer", f"Usually for seconds. {GOES_ON}")


def _held(batch: Batch) -> Verdict | None:
    """Return why nothing of its batch is signed, if that is so."""
    if batch.filled_at is None:
        text = f"Import it again: that goes on with the next row; or cancel the batch. {GOES_ON}"
        return Verdict("warning", f"Waits until the file of {batch} is all in", text)
    if batch.paused_at is not None:
        text = f"Somebody paused it at {time_text(batch.paused_at)} UTC; resume it. {GOES_ON}"
        return Verdict("warning", f"{batch} is paused", text)
    return None


def _advice(reason: str) -> str:
    """Return what to do about a wait; amounts and causes may follow what it begins with."""
    known = (advice for begin, advice in ADVICE.items() if reason.startswith(begin))
    return next(known, f"It is tried again by itself. {GOES_ON}")


def _last_attempt(payout: Payout) -> str:
    tx = _tx(payout)
    if tx.status == TxStatus.FAILED:
        return f"Attempt {payout.tries} was undone ({cause_in_words(tx.result)})"
    return f"Attempt {payout.tries} is proven dead"


def _processing(payout: Payout, now: datetime) -> Verdict:
    tx = _tx(payout)
    if tx.status == TxStatus.CONTRADICTED or payout.wait_reason:
        text = (
            f"{end_in_words(tx, now=now)} It is not signed again and its money stays held. "
            f"Compare transaction {tx.txid} on the chain with this order."
        )
        return Verdict("danger", payout.wait_reason or "A person must look", text)
    text = f"{end_in_words(tx, now=now)} It cannot be cancelled any more."
    return Verdict("info", "Signed: the chain decides", text)


def _confirmed(payout: Payout) -> Verdict:
    tx = _tx(payout)
    amount = amount_text(payout.amount_micro, "USDT")
    title = f"Paid: {amount} to {payout.recipient_address}"
    fee = amount_text(tx.fee_sun, "TRX")
    text = (
        f"Solid block {tx.block_number or 0:,}, {tx.confirmations or 0} confirmations, fee {fee}."
    )
    return Verdict("success", title, text)


def _cancelled(last: str, by: str, how: str) -> Verdict:
    reason = last.partition(": ")[2]
    text = f"{reason or 'No reason was given'}. Nothing was paid and nothing can be."
    return Verdict("default", f"{how} by {by}" if by else how, _one_stop(text))


def _one_stop(text: str) -> str:
    return text.replace("..", ".")


def _tx(payout: Payout) -> ChainTransaction:
    # The database refuses a payout under way without one (payout_under_way_has_transaction).
    if payout.transaction is None:
        raise LookupError(f"{payout} has no transaction")
    return payout.transaction


def short_note(payout: Payout) -> str:
    """Return the few words that belong beside the status in a list."""
    if payout.status == Status.PENDING and payout.review == Review.REQUIRED:
        return "waits for approval"
    if payout.status == Status.FAILED:
        return payout.error_message.removeprefix(FAILED_PREFIX).partition(". ")[0]
    return payout.wait_reason
