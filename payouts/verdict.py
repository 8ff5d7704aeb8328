"""Where a payout stands and what to do about it, for an operator who was just woken up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from access.console import amount_text, time_text
from payouts.models import Payout, PayoutEvent, Review
from payouts.services.wait import LIVE_ELSEWHERE, NO_CHAIN, NO_KEY, NO_TRX, NO_USDT
from payouts.states import Status
from tron.models import ChainTransaction, TxStatus
from tron.words import end_in_words

# A due payout is signed within seconds; after this something stands still.
SIGNING_LATE = timedelta(minutes=2)
ALIVE = "Look at /api/payment/health: it tells whether workers, node and scanner are alive."
FAILED_PREFIX = "Transaction failed: "
GOES_ON = "Nothing is signed, so it can still be cancelled."
ADVICE = {
    NO_USDT: "It goes on by itself as soon as enough solid USDT is in {wallet}. " + GOES_ON,
    NO_TRX: "It goes on by itself as soon as enough solid TRX for fees is in {wallet}. " + GOES_ON,
    NO_CHAIN: f"It goes on by itself when the node is back. {ALIVE} {GOES_ON}",
    NO_KEY: f"See the worker's log for signing_stopped: it names the cause. {GOES_ON}",
    LIVE_ELSEWHERE: (
        "It is not signed again, so that nobody is paid twice. Find that transaction below and "
        "on the chain before anything else is done."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """The banner of a payout's page."""

    level: str
    title: str
    text: str


def verdict_of(payout: Payout, last: PayoutEvent | None, *, by: str = "", now: datetime) -> Verdict:
    """Return the verdict; ``last`` is the newest event, ``by`` the name of who caused it."""
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
                "any more. To pay after all, ask for a new payout."
            )
            return Verdict("danger", title, text)
    return _cancelled(last, by)


def _pending(payout: Payout, now: datetime) -> Verdict:
    wallet = f"{payout.wallet.name} ({payout.wallet.address})"
    if payout.review == Review.REQUIRED:
        text = f"Nothing is signed before a person has approved it. {GOES_ON}"
        return Verdict("warning", "Waits for approval", text)
    if payout.wait_reason:
        advice = ADVICE.get(payout.wait_reason, f"It is tried again by itself. {GOES_ON}")
        level = "danger" if payout.wait_reason == LIVE_ELSEWHERE else "warning"
        return Verdict(level, f"Waiting: {payout.wait_reason}", advice.format(wallet=wallet))
    if payout.due_at > now:
        title = f"Scheduled for {time_text(payout.due_at)} UTC"
        return Verdict("info", title, f"It is signed then. {GOES_ON}")
    if now - max(payout.sign_after, payout.updated_at) > SIGNING_LATE:
        text = f"It has been due since {time_text(payout.due_at)} UTC. {ALIVE} {GOES_ON}"
        return Verdict("warning", "Should have been signed by now", text)
    if payout.tries:
        text = f"Attempt {payout.tries} is proven dead and paid nothing; the next one follows."
        return Verdict("info", "Waits for its next attempt", f"{text} {GOES_ON}")
    return Verdict("info", "Waits for the signer", f"Usually for seconds. {GOES_ON}")


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


def _cancelled(last: PayoutEvent | None, by: str) -> Verdict:
    reason = last.note.partition(": ")[2] if last else ""
    text = f"{reason or 'No reason was given'}. Nothing was paid and nothing can be."
    return Verdict("default", f"Cancelled by {by}" if by else "Cancelled", _one_stop(text))


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
