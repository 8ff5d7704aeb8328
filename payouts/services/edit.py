"""Editing a pending payout: why, how urgent, when. Never whom, how much or from which wallet."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lucidpay.api.json import dumps
from lucidpay.clock import iso
from lucidpay.errors import Conflict, ensure
from payouts.models import BatchType, Payout, Priority, Review
from payouts.person import EDITORS, Person, allowed
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import EDITED, tell

EDITABLE = ("reason", "priority", "metadata", "due_at")
WITH_IT = ("sign_after", "review", "review_round", "wait_reason", "updated_at")
TOLD_MAX = 300  # of a changed value, in the story


class NotEditable(Conflict):
    """Only a pending payout can be edited: this one is signed already, or has ended."""


class DueByRelease(Conflict):
    """This payout is due with its release. Edit the schedule, or release it."""


class NothingChanged(Conflict):
    """This is what the payout says already."""


def payout_edit(
    *, payout_id: UUID, by: Person, changes: dict[str, Any], why: str, now: datetime
) -> Payout:
    """Change a pending payout (``EDITABLE`` fields) and void what was approved of it.

    Who edits a payout can never approve it. Raises ``NotAllowed``, ``NotEditable``,
    ``DueByRelease`` or ``NothingChanged``.
    """
    ensure(set(changes) <= set(EDITABLE), "a field that nobody may edit")
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        allowed(by, roles=EDITORS)
        if payout.status != Status.PENDING:
            raise NotEditable({"status": payout.status})
        changed = {name: new for name, new in changes.items() if getattr(payout, name) != new}
        if "due_at" in changed and payout.batch_type != BatchType.IMMEDIATE:
            raise DueByRelease({"batch_type": payout.batch_type})
        if not changed:
            raise NothingChanged({"status": payout.status})
        before = {name: _told(payout, name) for name in changed}
        _apply(payout, changed, now)
        told = {name: f"{old} → {_told(payout, name)}" for name, old in before.items()}
        payout.save(update_fields=[*changed, *WITH_IT])
        details = {payout.pk: {"review": EDITED, "why": why, "changed": told}}
        tell([payout], by=str(by), now=now, note=f"edited: {why}", details=details)
    return payout


def _apply(payout: Payout, changed: dict[str, Any], now: datetime) -> None:
    for name, new in changed.items():
        setattr(payout, name, new)
    if "due_at" in changed:
        payout.sign_after = payout.due_at
    # Also when nothing was approved yet: who looks at the old content must not approve the new.
    payout.review_round += 1
    if payout.review == Review.APPROVED:
        payout.review = Review.REQUIRED
    if payout.review == Review.REQUIRED:
        payout.wait_reason = WAITS_FOR_APPROVAL
    payout.updated_at = now


def _told(payout: Payout, name: str) -> str:
    value = getattr(payout, name)
    if name == "priority":
        return Priority(value).label
    if isinstance(value, datetime):
        return iso(value)
    text = value if isinstance(value, str) else dumps(value)
    return text[:TOLD_MAX] or "nothing"
