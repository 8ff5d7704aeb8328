"""What people do to a batch in the admin: each verb on a page of its own, with a reason."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from access.console import amount_text, console_scopes, time_text
from access.models import User
from access.scopes import PAYOUTS_CANCEL
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.admin_batch_retry import retry_batch_view
from payouts.admin_retry import may_retry
from payouts.admin_review import ROLE, DecisionForm, may_review, person_of
from payouts.console_review import hits_by_payout
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.policy.approval import agreed_of
from payouts.services.batch import batch_cancel, batch_pause, batch_release, batch_resume
from payouts.services.retry_batch import failed_in
from payouts.services.review_batch import (
    OwnBatch,
    batch_approve,
    batch_reject,
    needed_together,
    refuse_batch_approval,
    waiting_hash,
    waiting_in,
)
from payouts.standing import Standing, standing_of
from payouts.states import Status

NO_RETRY = "Your role may not ask for payouts."
SHOWN_MAX = 100  # of the payouts that wait, the largest


@dataclass(frozen=True)
class Verb:
    """One thing that may be done to a batch."""

    name: str
    label: str
    means: str  # what it does, before it is done
    done: str
    may: Callable[[HttpRequest], bool]
    act: Callable[..., Any]
    is_danger: bool = False


def may_move(request: HttpRequest) -> bool:
    """Whether this person's roles let them pause, release and cancel payouts."""
    return PAYOUTS_CANCEL in console_scopes(request)


def _moved(service: Callable[..., Any], request: HttpRequest, batch_id: UUID, reason: str) -> None:
    service(batch_id=batch_id, by=str(person_of(request)), reason=reason, now=utc_now())


def _approved(request: HttpRequest, batch_id: UUID, reason: str) -> None:
    seen_hash = request.POST.get("seen_hash", "")
    done = batch_approve(
        batch_id=batch_id,
        by=person_of(request),
        seen_hash=seen_hash,
        reason=reason,
        now=utc_now(),
    )
    if done.approved < done.payouts:
        messages.info(request, f"{done.needed} people must agree to this sum; not all have yet.")


def _rejected(request: HttpRequest, batch_id: UUID, reason: str) -> None:
    batch_reject(batch_id=batch_id, by=person_of(request), reason=reason, now=utc_now())


VERBS = {
    verb.name: verb
    for verb in (
        Verb("approve", "Approve what waits", "You agree to every payout of this batch that waits "
             "for people. Once they are signed they cannot be taken back.",
             "Recorded for every payout that waited.", may_review, _approved),
        Verb("reject", "Reject what waits", "Every payout of this batch that waits for people "
             "ends unpaid. This is final. The others go on.",
             "Rejected. Nothing of it was paid and nothing will be.", may_review, _rejected,
             is_danger=True),
        Verb("pause", "Pause", "Nothing more of this batch is signed until it is resumed. What is "
             "signed goes its way.", "Paused.", may_move, partial(_moved, batch_pause)),
        Verb("resume", "Resume", "What is left of this batch is signed as soon as it is due.",
             "Resumed.", may_move, partial(_moved, batch_resume)),
        Verb("release", "Release now", "What waits for its schedule is due at once.",
             "Released.", may_move, partial(_moved, batch_release)),
        Verb("cancel", "Cancel the rest", "Every payout of this batch that is not signed ends "
             "unpaid. This is final.", "Cancelled. Nothing of the rest was paid and nothing will "
             "be.", may_move, partial(_moved, batch_cancel), is_danger=True),
    )
}  # fmt: skip


def batch_urls(site: AdminSite, opts: Any) -> list[URLPattern]:
    """Return the pages of all verbs."""
    views = {name: partial(verb_view, verb=verb) for name, verb in VERBS.items()}
    views["retry"] = partial(retry_batch_view)
    return [
        path(
            f"<uuid:batch_id>/{name}/",
            site.admin_view(partial(view, site=site, opts=opts)),
            name=f"payouts_batch_{name}",
        )
        for name, view in views.items()
    ]


def _verbs_for(
    request: HttpRequest, batch: Batch, standing: Standing, *, waits: bool
) -> list[Verb]:
    is_open = standing.open > 0
    makes_sense = {
        "approve": waits,
        "reject": waits,
        "pause": is_open and batch.paused_at is None,
        "resume": is_open and batch.paused_at is not None,
        "release": is_open and batch.due_at > utc_now() and batch.filled_at is not None,
        "cancel": is_open and batch.cancelled_at is None,
    }
    return [verb for name, verb in VERBS.items() if makes_sense[name] and verb.may(request)]


def batch_actions(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    """Return what this person may do to a batch, with the pages, and what only others may."""
    standing = standing_of(batch)
    waits = standing.open > 0 and waiting_in(batch).exists()
    failed = standing.count(Status.FAILED) > 0 and failed_in(batch).exists()
    return {
        "verbs": [
            (verb, reverse(f"admin:payouts_batch_{verb.name}", args=[batch.pk]))
            for verb in _verbs_for(request, batch, standing, waits=waits)
        ],
        "may_retry": failed and may_retry(request),
        "why_no_approval": _no_approval(request, batch) if waits else "",
        "why_no_retry": NO_RETRY if failed and not may_retry(request) else "",
    }


def _no_approval(request: HttpRequest, batch: Batch) -> str:
    if not may_review(request):
        return ROLE
    return OwnBatch().message if request.user.pk == batch.owner_id else ""


def verb_view(
    request: HttpRequest, batch_id: UUID, *, verb: Verb, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show what it would do and ask for a reason; then do it."""
    if not verb.may(request):
        raise PermissionDenied
    batch = get_object_or_404(Batch.objects.select_related("owner"), pk=batch_id)
    page = HttpResponseRedirect(reverse("admin:payouts_batch_change", args=[batch.pk]))
    payouts = list(waiting_in(batch)) if verb.may is may_review else []
    if verb.name == "approve" and (why_not := _why_not(request, batch, payouts)):
        messages.error(request, f"Not done. {why_not}")
        return page
    kind = stepped_up(DecisionForm, request) if verb.may is may_review else DecisionForm
    form = kind(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {**site.each_context(request), "opts": opts, "form": form}
        return TemplateResponse(
            request, "payouts/admin/batch_verb.html", context | _told(batch, verb, payouts)
        )
    try:
        verb.act(request, batch_id, form.cleaned_data["reason"])
    except LucidError as error:
        messages.error(request, f"Not done. {error.message}")
        return page
    ring_on_commit(tasks.sign)
    messages.success(request, verb.done)
    return page


def _why_not(request: HttpRequest, batch: Batch, payouts: list[Payout]) -> str:
    if not isinstance(request.user, User):
        return ROLE
    try:
        refuse_batch_approval(batch, payouts, request.user, agreed_of(payouts, now=utc_now()))
    except LucidError as error:
        return error.message
    return ""


def _told(batch: Batch, verb: Verb, payouts: list[Payout]) -> dict[str, Any]:
    """Return what the page shows: the batch, and of a review all that waits with its reasons."""
    standing = standing_of(batch)
    facts = [
        ("batch", batch.public_id),
        ("asked by", batch.owner.username),
        ("payouts", f"{batch.total_payouts:,}, of which {standing.open:,} have not ended"),
        ("pays in all", amount_text(batch.total_amount_micro, "USDT")),
        ("due", time_text(batch.due_at)),
    ]
    if payouts:
        total = sum(payout.amount_micro for payout in payouts)
        facts += [
            ("waits for people", f"{len(payouts):,} payouts, {amount_text(total, 'USDT')}"),
            ("approvals needed", f"{needed_together(payouts)}, for this sum"),
        ]
    largest = sorted(payouts, key=lambda one: (-one.amount_micro, one.pk))[:SHOWN_MAX]
    hits = hits_by_payout(payouts)
    rows = [
        (one.pk, one.recipient_address, amount_text(one.amount_micro), hits.get(one.pk, []))
        for one in largest
    ]
    return {
        "title": f"{verb.label}: {batch.public_id}",
        "batch": batch,
        "verb": verb,
        "facts": facts,
        "rows": rows,
        "left_out": len(payouts) - len(rows),
        "rules": Counter(code for found in hits.values() for code, _ in found).most_common(),
        "seen_hash": waiting_hash(batch, payouts) if payouts else "",
    }
