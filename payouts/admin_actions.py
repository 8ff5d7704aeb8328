"""What may be done about a payout on its page, by whoever looks, and why not what may not."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from access.console import console_scopes
from access.scopes import PAYOUTS_CANCEL
from lucidpay.clock import utc_now
from payouts.admin_retry import may_retry, retry_refusal
from payouts.admin_review import ROLE, item_address, may_edit, may_review, reviewer_of
from payouts.models import BatchType, Payout, Review
from payouts.services.batch import NotFilled
from payouts.services.cancel import NotCancellable
from payouts.services.edit import NotEditable
from payouts.services.review import NotWaiting, refusals_of
from payouts.states import Status

DUE = "It is due already."
GONE = "Only a pending payout can be released: this one is signed already, or has ended."
ALONE = "It belongs to no batch: it is released with all that wait for its schedule."


@dataclass(frozen=True)
class Action:
    """Something that may be done: a button, or the reason why there is none."""

    noun: str
    label: str
    address: str
    look: str = ""  # of the button: primary, danger or plain
    why_not: str = ""


def may_cancel(request: HttpRequest) -> bool:
    """Whether this person's roles let them cancel payouts."""
    return PAYOUTS_CANCEL in console_scopes(request)


def actions_of(request: HttpRequest, payout: Payout) -> list[Action]:
    """Return all that can be done about payouts, each as it stands for this one and this person.

    The batch of the payout should be loaded.
    """
    now = utc_now()
    item = item_address(payout.pk)
    batch = payout.batch_id
    release = reverse("admin:payouts_batch_release", args=[batch]) if batch else ""
    no_approval, no_rejection = _no_approval(request, payout, now), _no_rejection(request, payout)
    return [
        Action("approval", "Approve", f"{item}#approve", "primary", no_approval),
        Action("rejection", "Reject", f"{item}#reject", "danger", no_rejection),
        Action("edit", "Edit", _page("edit", payout), "", _no_edit(request, payout)),
        Action("release", "Release its batch", release, "", _no_release(request, payout, now)),
        Action("cancel", "Cancel", _page("cancel", payout), "danger", _no_cancel(request, payout)),
        Action("retry", "Retry", _page("retry", payout), "primary", _no_retry(request, payout)),
    ]


def _page(verb: str, payout: Payout) -> str:
    return reverse(f"admin:payouts_payout_{verb}", args=[payout.pk])


def _no_approval(request: HttpRequest, payout: Payout, now: datetime) -> str:
    reviewer = reviewer_of(request)
    if payout.status != Status.PENDING or payout.review != Review.REQUIRED:
        return NotWaiting().message
    if reviewer is None:
        return ROLE
    refusal = refusals_of([payout], reviewer, now=now)[payout.pk]
    return refusal.message if refusal else ""


def _no_rejection(request: HttpRequest, payout: Payout) -> str:
    if payout.status != Status.PENDING or payout.review == Review.NOT_REQUIRED:
        return NotWaiting().message
    return "" if may_review(request) else ROLE


def _no_edit(request: HttpRequest, payout: Payout) -> str:
    if payout.status != Status.PENDING:
        return NotEditable().message
    return "" if may_edit(request) else "Your role may not edit payouts."


def _no_release(request: HttpRequest, payout: Payout, now: datetime) -> str:
    if payout.status != Status.PENDING:
        return GONE
    if payout.due_at <= now:
        return DUE
    if payout.batch_type == BatchType.IMMEDIATE:
        return "It waits for no schedule: its time can be edited."
    if payout.batch is None:
        return ALONE
    if payout.batch.filled_at is None:
        return NotFilled().message
    return "" if may_cancel(request) else "Your role may not release payouts."


def _no_cancel(request: HttpRequest, payout: Payout) -> str:
    if payout.status != Status.PENDING:
        return NotCancellable().message
    return "" if may_cancel(request) else "Your role may not cancel payouts."


def _no_retry(request: HttpRequest, payout: Payout) -> str:
    refusal = retry_refusal(payout)
    if refusal is not None:
        return refusal.message
    return "" if may_retry(request) else "Your role may not retry payouts."
