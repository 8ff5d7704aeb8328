"""Review of a batch: one look, one decision about all of its payouts that wait for people.

What is written is the same as for single payouts, an approval of each: so an edit voids it, it
expires, and the signer and the database ask for it, payout by payout. The sum of what waits
decides how many people must agree, as if it were one payout.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from access.models import User
from lucidpay.clock import iso
from lucidpay.errors import FORBIDDEN, Conflict, LucidError
from lucidpay.rows import rows_insert, rows_update
from payouts.models import Payout, Review
from payouts.models_batch import Batch, BatchEvent
from payouts.person import APPROVERS, Person, allowed
from payouts.policy.approval import (
    Agreed,
    agreed_of,
    approvals_needed,
    asked_by,
    content_hash,
    contents_hash,
)
from payouts.services.batch import NotFilled, batch_locked, batch_tell, cancel_chunks
from payouts.services.review import approval_of, rejected_locked
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import APPROVED, fact_of, tell
from webhooks import outbox

CHUNK = 500  # rows that one statement writes


class NothingWaits(Conflict):
    """No payout of this batch waits for an approval."""


class SomeNotScreened(Conflict):
    """Not all recipients have been screened yet. Wait for some seconds and look again."""


class BatchChanged(Conflict):
    """What waits in this batch was changed since you looked at it. Look at it again."""


class BatchApprovedBefore(Conflict):
    """You have approved all that waits in this batch. Another person must approve it, too."""


class OwnBatch(LucidError):
    """You asked for one of these payouts, or changed it. Somebody else must approve them."""

    code = FORBIDDEN
    status_code = 403


@dataclass(frozen=True)
class BatchApproved:
    """How many payouts somebody agreed to, and how many of them may be signed."""

    payouts: int
    approved: int
    needed: int  # people


def waiting_in(batch: Batch) -> QuerySet[Payout]:
    """Return the payouts of a batch that wait for people, in the order of their keys."""
    rows = Payout.objects.filter(batch=batch, status=Status.PENDING, review=Review.REQUIRED)
    return rows.order_by("pk")


def waiting_hash(batch: Batch, payouts: list[Payout]) -> str:
    """Return the SHA-256, in hex, of what is agreed to: just these payouts, as they stand."""
    return contents_hash(payouts, of=batch.public_id)


def batch_approve(
    *, batch_id: UUID, by: Person, seen_hash: str, reason: str, now: datetime
) -> BatchApproved:
    """Record that a person agrees to all that waits in a batch, as they saw it (``seen_hash``).

    With the last approval that their sum needs they may be signed, for ``APPROVAL_VALID_S``.
    Raises ``NotAllowed``, ``NotFilled``, ``NothingWaits``, ``OwnBatch``, ``SomeNotScreened``,
    ``BatchApprovedBefore`` or ``BatchChanged``; nothing is written then.
    """
    with transaction.atomic():
        batch = batch_locked(batch_id)
        # Attempts are read apart, after the wait for the locks: one may have ended in it.
        payouts = list(waiting_in(batch).select_for_update().prefetch_related("transaction"))
        approver = allowed(by, roles=APPROVERS)
        agreed = agreed_of(payouts, now=now)
        refuse_batch_approval(batch, payouts, approver, agreed)
        if waiting_hash(batch, payouts) != seen_hash:
            raise BatchChanged({"waiting": len(payouts)})
        needed = needed_together(payouts)
        missing = [one for one in payouts if approver.pk not in agreed[one.pk].approvers]
        done = sum(
            _agree(missing[start : start + CHUNK], approver, agreed, needed, reason, now)
            for start in range(0, len(missing), CHUNK)
        )
        told = {"reason": reason, "payouts": len(missing), "needed": needed, "seen": seen_hash}
        batch_tell(batch, BatchEvent.Kind.APPROVED, str(by), "", now, told)
    return BatchApproved(len(missing), done, needed)


def refuse_batch_approval(
    batch: Batch, payouts: list[Payout], approver: User, agreed: dict[UUID, Agreed]
) -> None:
    """Raise why this person cannot approve what waits in this batch; return when they can."""
    if batch.filled_at is None:
        raise NotFilled({"rows_stored": batch.rows_stored})
    if not payouts:
        raise NothingWaits
    if approver.pk in asked_by(payouts):
        raise OwnBatch
    if any(payout.screened_at is None for payout in payouts):
        raise SomeNotScreened
    if all(approver.pk in agreed[payout.pk].approvers for payout in payouts):
        raise BatchApprovedBefore


def needed_together(payouts: list[Payout]) -> int:
    """Return how many people must agree to these payouts at once: their sum decides."""
    return approvals_needed(sum(payout.amount_micro for payout in payouts))


def _agree(
    payouts: list[Payout],
    approver: User,
    agreed: dict[UUID, Agreed],
    needed_at_least: int,
    reason: str,
    now: datetime,
) -> int:
    """Store an approval of each of these locked payouts; return how many may be signed."""
    approvals, told = [], {}
    for payout in payouts:
        before = agreed[payout.pk]
        given, needed = len(before.approvers) + 1, max(needed_at_least, before.needed)
        approval = approval_of(payout, approver, content_hash(payout), needed, reason, now)
        is_enough = given >= needed
        payout.review = Review.APPROVED if is_enough else Review.REQUIRED
        payout.wait_reason = "" if is_enough else f"{WAITS_FOR_APPROVAL} {given} of {needed} did."
        payout.updated_at = now
        approvals.append(approval)
        told[payout.pk] = {
            "review": APPROVED,
            "approvals": f"{given} of {needed}",
            "valid_until": iso(approval.expires_at),
            "content_sha256": approval.content_hash,
        }
    rows_insert(approvals)
    rows_update(payouts, ["review", "wait_reason", "updated_at"])
    note = f"approved with its batch: {reason}"
    tell(payouts, by=f"user {approver.pk}", now=now, note=note, details=told)
    done = [payout for payout in payouts if payout.review == Review.APPROVED]
    if done:
        outbox.record("payout.approved", map(fact_of, done), at=now)
    return len(done)


def batch_reject(*, batch_id: UUID, by: Person, reason: str, now: datetime) -> int:
    """End all payouts of a batch that wait for an approval; return how many. The others go on.

    Each becomes ``cancelled`` with ``review`` rejected, as final as any cancel. Raises
    ``NotAllowed`` or ``NothingWaits``.
    """
    with transaction.atomic():
        batch = batch_locked(batch_id)
        allowed(by, roles=APPROVERS)
        count = 0
        for payouts in cancel_chunks(waiting_in(batch)):
            rejected_locked(payouts, by=str(by), reason=reason, now=now)
            count += len(payouts)
        if not count:
            raise NothingWaits
        told = {"reason": reason, "payouts": count}
        batch_tell(batch, BatchEvent.Kind.REJECTED, str(by), "", now, told)
    return count
