"""Review: people agree to a payout or reject it; what nobody signed in time is asked anew.

Only people do, in the admin. The payout's row lock decides between them, the signer and a cancel.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from access.models import User
from lucidpay.clock import iso
from lucidpay.errors import FORBIDDEN, Conflict, LucidError
from payouts.models import Payout, Review
from payouts.models_review import Approval
from payouts.person import APPROVERS, Person, allowed
from payouts.policy.approval import (
    agreed_of,
    approvals_needed,
    askers_of,
    content_hash,
    not_agreed,
)
from payouts.services.cancel import cancel_locked
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import APPROVAL_EXPIRED, APPROVED, REJECTED, fact_of, tell
from webhooks import outbox

log = structlog.get_logger(__name__)

CHUNK = 250
BY = "review"
CHANGES = ("review", "review_round", "wait_reason", "updated_at")


class NotWaiting(Conflict):
    """This payout does not wait for an approval."""


class NotScreened(Conflict):
    """Its recipient has not been screened yet. Wait for some seconds and look again."""


class ChangedMeanwhile(Conflict):
    """This payout was changed since you looked at it. Look at it again."""


class ApprovedBefore(Conflict):
    """You have approved this payout already. Another person must approve it, too."""


class OwnPayout(LucidError):
    """You asked for this payout, or changed it. Somebody else must approve it."""

    code = FORBIDDEN
    status_code = 403


def payout_approve(
    *, payout_id: UUID, by: Person, seen_hash: str, reason: str, now: datetime
) -> Payout:
    """Record that a person agrees to a payout as they saw it (``seen_hash``).

    With the last approval that is needed it may be signed, for ``APPROVAL_VALID_S``. Raises
    ``NotAllowed``, ``NotWaiting``, ``NotScreened``, ``OwnPayout``, ``ChangedMeanwhile`` or
    ``ApprovedBefore``; nothing is written then.
    """
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        approver = allowed(by, roles=APPROVERS)
        refuse_approval(payout, approver, now=now)
        if content_hash(payout) != seen_hash:
            raise ChangedMeanwhile({"status": payout.status})
        agreed = agreed_of([payout], now=now)[payout.pk]
        given = len(agreed.approvers) + 1
        needed = max(approvals_needed(payout.amount_micro), agreed.needed)
        approval = approval_of(payout, approver, seen_hash, needed, reason, now)
        approval.save(force_insert=True)
        is_enough = given >= needed
        payout.review = Review.APPROVED if is_enough else Review.REQUIRED
        payout.wait_reason = "" if is_enough else f"{WAITS_FOR_APPROVAL} {given} of {needed} did."
        payout.updated_at = now
        payout.save(update_fields=CHANGES)
        told = {
            "review": APPROVED,
            "approvals": f"{given} of {needed}",
            "valid_until": iso(approval.expires_at),
            "content_sha256": seen_hash,
        }
        tell([payout], by=str(by), now=now, note=f"approved: {reason}", details={payout.pk: told})
        if is_enough:
            outbox.record("payout.approved", [fact_of(payout)], at=now)
    return payout


def refuse_approval(payout: Payout, approver: User, *, now: datetime) -> None:
    """Raise why this person cannot approve this payout now; return when they can."""
    refusal = refusals_of([payout], approver, now=now)[payout.pk]
    if refusal is not None:
        raise refusal


def refusals_of(
    payouts: list[Payout], approver: User, *, now: datetime
) -> dict[UUID, LucidError | None]:
    """Return, by payout, why this person cannot approve it now, ``None`` where they can.

    Three statements, however many they are. Whether their role lets them is not asked.
    """
    askers, agreed = askers_of(payouts), agreed_of(payouts, now=now)
    return {
        payout.pk: _refusal(payout, approver.pk, askers[payout.pk], agreed[payout.pk].approvers)
        for payout in payouts
    }


def _refusal(
    payout: Payout, approver: int, askers: set[int], approvers: set[int]
) -> LucidError | None:
    if payout.status != Status.PENDING or payout.review != Review.REQUIRED:
        return NotWaiting({"status": payout.status, "review": payout.review})
    if approver in askers:
        return OwnPayout()
    if payout.screened_at is None:
        return NotScreened({"status": payout.status})
    if approver in approvers:
        return ApprovedBefore({"status": payout.status})
    return None


def approval_of(
    payout: Payout, approver: User, seen_hash: str, needed: int, reason: str, now: datetime
) -> Approval:
    """Return an approval that holds for ``APPROVAL_VALID_S``, not stored yet."""
    return Approval(
        payout=payout,
        approver=approver,
        round=payout.review_round,
        content_hash=seen_hash,
        needed=needed,
        reason=reason,
        at=now,
        expires_at=now + timedelta(seconds=settings.APPROVAL_VALID_S),
    )


def payout_reject(*, payout_id: UUID, by: Person, reason: str, now: datetime) -> Payout:
    """End a payout that needs review, also one that was approved and is not signed yet.

    It becomes ``cancelled`` with ``review`` rejected, as final as any cancel. Raises
    ``NotAllowed`` or ``NotWaiting``.
    """
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        allowed(by, roles=APPROVERS)
        if payout.status != Status.PENDING or payout.review == Review.NOT_REQUIRED:
            raise NotWaiting({"status": payout.status, "review": payout.review})
        rejected_locked([payout], by=str(by), reason=reason, now=now)
    return payout


def rejected_locked(payouts: list[Payout], *, by: str, reason: str, now: datetime) -> None:
    """End pending payouts, locked by the caller, that a person rejects."""
    for payout in payouts:
        payout.review = Review.REJECTED
    cancel_locked(
        payouts,
        by=by,
        reason=reason,
        now=now,
        how=REJECTED,
        details={payout.pk: {"review": REJECTED} for payout in payouts},
        changes=("review",),
    )
    outbox.record("payout.rejected", map(fact_of, payouts), at=now)


def approvals_expire(*, now: datetime) -> int:
    """Ask anew for the next payouts with an approval that was not used in time; count them.

    Also for one that says approved while nobody's approval holds: it would wait for ever.
    """
    of_this_round = Approval.objects.filter(payout=OuterRef("pk"), round=OuterRef("review_round"))
    too_old = Exists(of_this_round.filter(expires_at__lte=now))
    in_time = Exists(of_this_round.filter(expires_at__gt=now))
    reviewed = Payout.objects.filter(
        Q(too_old) | Q(~in_time, review=Review.APPROVED),
        status=Status.PENDING,
        review__in=(Review.REQUIRED, Review.APPROVED),
    )
    with transaction.atomic():
        rows = list(reviewed.select_for_update(skip_locked=True).order_by("pk")[:CHUNK])
        _expired(rows, now)
    return len(rows)


def unapproved_set_aside(payouts: list[Payout], *, now: datetime) -> list[Payout]:
    """Return those of these locked payouts that may be signed, and ask anew for the others.

    The signer's last look: an approval too old, of another content, or of too few people signs
    nothing. That happens between two sweeps, or when somebody wrote to the database by hand.
    """
    void = not_agreed(payouts, now=now)
    for payout in void:
        log.warning("approval_does_not_hold", payout=payout.public_id)
    _expired(void, now)
    return [payout for payout in payouts if payout not in void]


def _expired(payouts: list[Payout], now: datetime) -> None:
    details = {payout.pk: {"review": APPROVAL_EXPIRED} for payout in payouts}
    note = "the approvals do not hold any more; it needs them again"
    ask_anew(payouts, by=BY, note=note, details=details, now=now)


def ask_anew(
    payouts: list[Payout], *, by: str, note: str, details: dict[UUID, dict[str, Any]], now: datetime
) -> None:
    """Void what was approved of these locked payouts; the same people may approve again.

    ``by``, ``note`` and ``details``, by payout key, are what their story says of it.
    """
    if not payouts:
        return
    for payout in payouts:
        payout.review, payout.wait_reason = Review.REQUIRED, WAITS_FOR_APPROVAL
        payout.review_round += 1
        payout.updated_at = now
    Payout.objects.bulk_update(payouts, CHANGES)
    tell(payouts, by=by, now=now, note=note, details=details)
