"""Review in the admin: one payout at a time, as it stands, by somebody who did not ask for it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget

from access.console import amount_text, console_roles
from access.models import User
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.console_review import hits_told, order_facts, review_facts
from payouts.models import Payout, Review
from payouts.person import APPROVERS, EDITORS, Person
from payouts.policy.approval import content_hash
from payouts.services.review import payout_approve, payout_reject, refuse_approval
from payouts.states import Status

ROLE = "Your role may not approve or reject payouts."


class DecisionForm(forms.Form):
    """Why a person agrees, or does not."""

    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
        help_text="Kept in the payout's story with your name, for good.",
    )


def person_of(request: HttpRequest) -> Person:
    """Return who acts: somebody with a session here. No key and no token ever has one."""
    if not console_roles(request) or not isinstance(request.user, User):
        raise PermissionDenied
    return Person(request.user.pk)


def may_review(request: HttpRequest) -> bool:
    """Whether this person's roles let them approve and reject payouts."""
    return bool(console_roles(request) & APPROVERS)


def may_edit(request: HttpRequest) -> bool:
    """Whether this person's roles let them edit pending payouts."""
    return bool(console_roles(request) & EDITORS)


def review_actions(request: HttpRequest, payout: Payout) -> dict[str, Any]:
    """Return what this person may do about a review, and why not what they might look for."""
    is_open = payout.status == Status.PENDING
    in_review = is_open and payout.review in (Review.REQUIRED, Review.APPROVED)
    why_not = ""
    if is_open and payout.review == Review.REQUIRED:
        why_not = _why_not(request, payout) if may_review(request) else ROLE
    waits = is_open and payout.review == Review.REQUIRED
    return {
        "may_approve": waits and not why_not,
        "may_reject": in_review and may_review(request),
        "may_edit": is_open and may_edit(request),
        "why_no_approval": why_not,
    }


def _why_not(request: HttpRequest, payout: Payout) -> str:
    if not isinstance(request.user, User):
        return ROLE
    try:
        refuse_approval(payout, request.user, now=utc_now())
    except LucidError as error:
        return error.message
    return ""


def approve_view(
    request: HttpRequest, payout_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show whom and how much, and all that speaks against it; then record the approval."""
    payout = _reviewed(request, payout_id)
    if why_not := _why_not(request, payout):
        return _refused(request, payout, "Not approved.", why_not)
    form = stepped_up(DecisionForm, request)(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, payout, form, "approve", {**site.each_context(request), "opts": opts})
    try:
        approved = payout_approve(
            payout_id=payout_id,
            by=person_of(request),
            seen_hash=request.POST.get("seen_hash", ""),
            reason=form.cleaned_data["reason"],
            now=utc_now(),
        )
    except LucidError as error:
        return _refused(request, payout, "Not approved.", error.message)
    ring_on_commit(tasks.sign)
    is_enough = approved.review == Review.APPROVED
    signed = "Approved. It is signed as soon as it is due."
    messages.success(request, signed if is_enough else f"Recorded. {approved.wait_reason}")
    return _page_of(payout)


def reject_view(
    request: HttpRequest, payout_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Ask for a reason; then end the payout."""
    payout = _reviewed(request, payout_id)
    if payout.status != Status.PENDING or payout.review == Review.NOT_REQUIRED:
        return _refused(request, payout, "Not rejected.", "It does not wait for an approval.")
    form = stepped_up(DecisionForm, request)(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, payout, form, "reject", {**site.each_context(request), "opts": opts})
    reason = form.cleaned_data["reason"]
    try:
        payout_reject(payout_id=payout_id, by=person_of(request), reason=reason, now=utc_now())
    except LucidError as error:
        return _refused(request, payout, "Not rejected.", error.message)
    messages.success(request, "Rejected. Nothing was paid and nothing will be.")
    return _page_of(payout)


def _reviewed(request: HttpRequest, payout_id: UUID) -> Payout:
    if not may_review(request):
        raise PermissionDenied
    rows = Payout.objects.select_related("owner", "wallet").defer("wallet__sealed_key")
    return get_object_or_404(rows, pk=payout_id)


def _page_of(payout: Payout) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout.pk]))


def _refused(request: HttpRequest, payout: Payout, what: str, why: str) -> HttpResponse:
    messages.error(request, f"{what} {why}")
    return _page_of(payout)


def _ask(
    request: HttpRequest, payout: Payout, form: forms.Form, verb: str, context: dict[str, Any]
) -> HttpResponse:
    context |= {
        "title": f"{verb.capitalize()} a payout",
        "payout": payout,
        "amount": amount_text(payout.amount_micro, "USDT"),
        "hits": hits_told(payout),
        "facts": [*order_facts(payout), *review_facts(payout, now=utc_now())],
        # What is agreed to is what this page shows, not what the payout says a minute later.
        "seen_hash": content_hash(payout),
        "form": form,
    }
    return TemplateResponse(request, f"payouts/admin/{verb}.html", context)
