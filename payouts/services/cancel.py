"""Cancelling: possible until the signer has taken the payout, and then never."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lucidpay.errors import Conflict
from payouts.models import Payout
from payouts.states import Status
from payouts.story import advance


class NotCancellable(Conflict):
    """Only a pending payout can be cancelled: this one is signed already, or has ended."""


def payout_cancel(*, payout_id: UUID, by: str, reason: str, now: datetime) -> Payout:
    """Cancel a pending payout, or raise ``NotCancellable`` with its present status.

    Also one that is pending again after an attempt that is proven to have paid nothing; the fee
    which that burned stays booked. The row's lock decides between this, the signer and the
    settlement: whoever has it first wins, and the other sees how it ended.
    """
    with transaction.atomic():
        # Without its transaction: that would be read as it was before the lock was waited for.
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        if payout.status != Status.PENDING:
            raise NotCancellable({"status": payout.status})
        cancel_locked([payout], by=by, reason=reason, now=now)
    return payout


def cancel_locked(
    payouts: list[Payout],
    *,
    by: str,
    reason: str,
    now: datetime,
    how: str = "cancelled",
    details: dict[UUID, dict[str, Any]] | None = None,
    changes: tuple[str, ...] = (),
) -> None:
    """End pending payouts that the caller has locked; ``how`` is the word in their story.

    ``details`` and ``changes`` as in ``story.advance``.
    """
    for payout in payouts:
        payout.wait_reason = ""
    advance(
        payouts,
        to=Status.CANCELLED,
        by=by,
        now=now,
        note=f"{how}: {reason}" if reason else how,
        details=details,
        changes=("wait_reason", *changes),
    )
