"""Ending payouts of which it is proven that nothing was paid and nothing can be."""

from datetime import datetime
from typing import Any
from uuid import UUID

from lucidpay.errors import TRANSACTION_FAILED
from payouts.models import Payout
from payouts.states import Status
from payouts.story import advance

MESSAGE_MAX = 300


def payouts_give_up(
    causes: dict[Payout, str],
    *,
    by: str,
    now: datetime,
    note: str,
    details: dict[UUID, dict[str, Any]],
    changes: tuple[str, ...] = (),
) -> None:
    """Move these payouts, locked by the caller, to ``failed``, each with its cause in words.

    The caller answers for the proof: no transaction of theirs has paid or still can. ``changes``
    as in ``story.advance``.
    """
    if not causes:
        return
    for payout, cause in causes.items():
        payout.error_code = TRANSACTION_FAILED
        payout.error_message = f"Transaction failed: {cause}"[:MESSAGE_MAX]
        payout.wait_reason = ""
    advance(
        list(causes),
        to=Status.FAILED,
        by=by,
        now=now,
        note=note,
        details=details,
        changes=("error_code", "error_message", "wait_reason", *changes),
    )
