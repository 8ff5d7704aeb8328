"""Paying after all: a failed payout is asked for again, as a payout of its own.

A failed payout never leaves its status. Its retry is a new payout that names it, with an id, a
story, a hold and tries of its own. The ``reference_id`` stays with the original: it is the
caller's key for the request they made, and answers with what became of that request.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lucidpay.errors import Conflict
from lucidpay.ids import new_id
from payouts.kinds import OF_PAYMENTS
from payouts.models import BatchType, Origin, Payout, Review
from payouts.policy.limits import claim_for, store_within_limits
from payouts.policy.review import review_of
from payouts.policy.router import refuse_unqualified
from payouts.services.draft import checks_of
from payouts.services.request import paying_wallet
from payouts.services.transfer import funds_of, refuse_unready
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import begin, tell
from tron.models import ChainTransaction, TxStatus
from tron.receipts import FAILURES
from tron.words import end_in_words

CARRIED_OVER = (
    "owner_id",
    "api_key_id",
    "key_origin_id",
    "recipient_address",
    "amount_micro",
    "reason",
    "metadata",
    "custom_data",
    "memo",
    "router_type",
    "origin",
    "priority",
    "session_id",
    "node_id",
    "body_hash",
    "request_id",
)


class NotFailed(Conflict):
    """Only a failed payout can be retried: this one has not failed."""


class AskedAnew(Conflict):
    """A top-up is asked for anew by itself, as long as its wallet needs it."""


class OfAPayment(Conflict):
    """This payout belongs to a payment. What becomes of it is decided there."""


class RetriedBefore(Conflict):
    """This payout was retried before. Look at its retry: only the newest failed one is retried."""


class NotSafe(Conflict):
    """Not every attempt is proven to have paid nothing. A person must look at the chain first."""


def payout_retry(*, payout_id: UUID, by: str, reason: str, now: datetime) -> Payout:
    """Ask again for a failed payout, due at once, and return the new one.

    Raises ``NotFailed``, ``AskedAnew``, ``OfAPayment``, ``RetriedBefore``, ``NotSafe``, or what a
    request for a payout raises: ``InvalidRouter``, ``BreakerOpen``, ``LimitExceeded``,
    ``InsufficientBalance``, and ``WalletNotReady`` of a wallet that was named. Nothing is written
    then. It counts against the limits of today: the original gave back what it took.

    The original's row lock makes two clicks one retry: the second sees the first's.
    """
    with transaction.atomic():
        original = Payout.objects.select_for_update(of=("self",)).get(pk=payout_id)
        refuse_retried(original)
        evidence = why_safe(original, now=now)
        retry = _retry_of(original, now)
        claim = claim_for([retry], now=now)
        claim.refuse()
        funds = funds_of(retry, now=now)
        facts = {"reason": reason, "why_safe": evidence}
        reviewed = _review(retry, original, now)
        checks = checks_of(retry, funds)
        begun = {"checks": checks, "retry_of": original.public_id, **facts, **reviewed}
        store_within_limits(claim, lambda: begin(retry, by=by, details=begun))
        told = {original.pk: {"retried_as": retry.public_id, **facts}}
        tell([original], by=by, now=now, note="asked for again", details=told)
    return retry


def refuse_retried(payout: Payout) -> None:
    """Raise one of the four named above, when this is not the one to retry.

    A retry that was cancelled does not count. Any other is newer: an open one may still pay, a
    confirmed one has paid, and a failed one is the one to retry.
    """
    if payout.status != Status.FAILED:
        raise NotFailed({"status": payout.status})
    if payout.origin == Origin.TOP_UP:
        raise AskedAnew({"status": payout.status})
    if payout.origin in OF_PAYMENTS or payout.origin == Origin.ROUTE:
        raise OfAPayment({"status": payout.status})
    retries = Payout.objects.filter(retry_of=payout).exclude(status=Status.CANCELLED)
    newest = retries.order_by("-pk").first()
    if newest is not None:
        raise RetriedBefore({"payout_id": newest.public_id, "status": newest.status})


def why_safe(payout: Payout, *, now: datetime) -> list[str]:
    """Return why nothing of this payout has paid or can pay any more: one sentence an attempt.

    Raises ``NotSafe`` when that does not hold of every transaction ever signed for it.
    """
    txs = list(ChainTransaction.objects.filter(subject=payout.pk).order_by("pk"))
    unsafe = [tx for tx in txs if not _paid_nothing(tx)]
    if unsafe:
        raise NotSafe({"txids": [tx.txid for tx in unsafe], "status": unsafe[0].status})
    if not txs:
        return ["No transaction was ever signed for it."]
    return [
        f"Attempt {number}: {end_in_words(tx, now=now)}" for number, tx in enumerate(txs, start=1)
    ]


def _paid_nothing(tx: ChainTransaction) -> bool:
    """Return whether the end of a transaction, with its evidence, rules out a payment."""
    if tx.status == TxStatus.FAILED:
        return tx.result in FAILURES and tx.block_number is not None
    if tx.status != TxStatus.DEAD:
        return False
    proof = tx.proof or {}
    facts = (proof.get("expiration_ms"), proof.get("reference_block"))
    if facts != (tx.expiration_ms, tx.ref_block_number):
        return False
    passed = int(proof.get("solid_block", 0)) - tx.ref_block_number
    in_time = int(proof.get("solid_block_time_ms", 0)) >= tx.expiration_ms
    return in_time and 0 < passed == proof.get("blocks_scanned")


def _retry_of(original: Payout, now: datetime) -> Payout:
    """Return the new payout: who, whom, how much and why as before, from the present wallet.

    What was to come from a wallet that somebody named comes from that one.
    """
    if original.origin == Origin.TRANSFER:
        wallet = original.wallet
        refuse_unready(wallet)
    else:
        refuse_unqualified(original.router_type, original.recipient_address, now=now)
        wallet = paying_wallet(original.router_type)
    carried = {name: getattr(original, name) for name in CARRIED_OVER}
    return Payout(
        id=new_id(now),
        **carried,
        retry_of=original,
        wallet=wallet,
        batch_type=BatchType.IMMEDIATE,
        due_at=now,
        sign_after=now,
        created_at=now,
        updated_at=now,
    )


def _review(retry: Payout, original: Payout, now: datetime) -> dict[str, Any]:
    """Decide about review as for every payout; return what the first event tells of it.

    What a person had to agree to once, a person has to agree to again.
    """
    reviewed = review_of([retry], now=now)[retry.pk]
    if original.review != Review.NOT_REQUIRED and retry.review == Review.NOT_REQUIRED:
        retry.review, retry.wait_reason = Review.REQUIRED, WAITS_FOR_APPROVAL
        return {"hits": {"retry": "The payout that it retries needed an approval."}}
    return reviewed
