"""Cancelling: possible until the signer has taken the payout, and then never."""

from datetime import datetime
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

    The row's lock decides between this and the signer: whoever has it first wins, and the
    other sees how it ended.
    """
    with transaction.atomic():
        payout = (
            Payout.objects.select_for_update(of=("self",))
            .select_related("transaction")
            .get(pk=payout_id)
        )
        if payout.status != Status.PENDING:
            raise NotCancellable({"status": payout.status})
        payout.wait_reason = ""
        note = f"cancelled: {reason}" if reason else "cancelled"
        advance([payout], to=Status.CANCELLED, by=by, now=now, note=note, changes=("wait_reason",))
    return payout
