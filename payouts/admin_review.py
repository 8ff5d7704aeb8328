"""Review in the admin: one payout, as it stands, decided by somebody who did not ask for it."""

from collections.abc import Callable
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
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.console import amount_text, console_roles, payout_link
from access.console_fields import ReasonField
from access.models import User
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.console_item import item_of
from payouts.console_queue import ROLE as ROLE
from payouts.console_queue import next_for
from payouts.models import Payout, Review
from payouts.person import APPROVERS, EDITORS, Person
from payouts.policy.approval import content_hash
from payouts.services.review import payout_approve, payout_reject
from payouts.states import Status

IN_REVIEW = (Review.REQUIRED, Review.APPROVED)


class DecisionForm(forms.Form):
    """Why a person agrees, or does not. Every form that decides about payouts is one of these."""

    reason = ReasonField(max_length=200, kept="in the payout's story")


class ItemForm(DecisionForm):
    """A decision beside another one, on the page of one payout: it waits to be chosen."""

    def __init__(self, verb: str, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{verb}_%s")
        self.fields["reason"].widget.attrs.pop("autofocus")


def person_of(request: HttpRequest) -> Person:
    """Return who acts: somebody with a session here. No key and no token ever has one."""
    if not console_roles(request) or not isinstance(request.user, User):
        raise PermissionDenied
    return Person(request.user.pk)


def may_review(request: HttpRequest) -> bool:
    """Whether this person's roles let them approve and reject payouts."""
    return bool(console_roles(request) & APPROVERS)


def reviewer_of(request: HttpRequest) -> User | None:
    """Return who looks, if their role lets them decide about payouts."""
    return request.user if may_review(request) and isinstance(request.user, User) else None


def may_edit(request: HttpRequest) -> bool:
    """Whether this person's roles let them edit pending payouts."""
    return bool(console_roles(request) & EDITORS)


def item_address(key: UUID) -> str:
    """Return where a payout is looked at and decided."""
    return reverse("admin:payouts_awaitingreview_change", args=[key])


def item_view(request: HttpRequest, payout_id: UUID, *, site: AdminSite, opts: Any) -> HttpResponse:
    """Show all that helps to decide about a payout; one that is past that has its own page."""
    return _item_page(request, _payout(payout_id), {**site.each_context(request), "opts": opts})


def decide_view(
    request: HttpRequest, payout_id: UUID, *, verb: str, site: AdminSite, opts: Any
) -> HttpResponse:
    """Approve or reject a payout with a reason; then go on to the next that waits for them.

    ``verb``: ``approve`` or ``reject``.
    """
    if not may_review(request):
        raise PermissionDenied
    payout = _payout(payout_id)
    form = stepped_up(ItemForm, request)(verb, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {**site.each_context(request), "opts": opts, f"{verb}_form": form}
        return _item_page(request, payout, context)
    try:
        done = DECISIONS[verb](request, payout, form.cleaned_data["reason"])
    except LucidError as error:
        messages.error(request, format_html("{}: {}", _named("Not done", payout), error.message))
        return HttpResponseRedirect(item_address(payout.pk))
    messages.success(request, done)
    return HttpResponseRedirect(_next_address(request, payout))


def _approve(request: HttpRequest, payout: Payout, reason: str) -> SafeString:
    approved = payout_approve(
        payout_id=payout.pk,
        by=person_of(request),
        seen_hash=request.POST.get("seen_hash", ""),
        reason=reason,
        now=utc_now(),
    )
    ring_on_commit(tasks.sign)
    if approved.review == Review.APPROVED:
        follows = "It is signed as soon as it is due."
        return format_html("{}. {}", _named("Approved", payout), follows)
    return format_html("{}. {}", _named("Recorded", payout), approved.wait_reason)


def _reject(request: HttpRequest, payout: Payout, reason: str) -> SafeString:
    by = person_of(request)
    payout_reject(payout_id=payout.pk, by=by, reason=reason, now=utc_now())
    follows = "Nothing was paid and nothing will be."
    return format_html("{}. {}", _named("Rejected", payout), follows)


DECISIONS: dict[str, Callable[[HttpRequest, Payout, str], SafeString]] = {
    "approve": _approve,
    "reject": _reject,
}


def _named(what: str, payout: Payout) -> SafeString:
    """Return what was done with which payout: the next page shows another one."""
    amount = amount_text(payout.amount_micro, "USDT")
    return format_html("{}: {}, {}", what, amount, payout_link(payout.pk))


def _next_address(request: HttpRequest, payout: Payout) -> str:
    reviewer = reviewer_of(request)
    key = next_for(reviewer, after=payout.pk, now=utc_now()) if reviewer is not None else None
    return item_address(key) if key else reverse("admin:payouts_awaitingreview_changelist")


def _payout(payout_id: UUID) -> Payout:
    rows = Payout.objects.select_related("owner", "api_key", "wallet")
    rows = rows.defer("api_key__digest", "wallet__sealed_key")
    return get_object_or_404(rows, pk=payout_id)


def _item_page(request: HttpRequest, payout: Payout, context: dict[str, Any]) -> HttpResponse:
    if payout.status != Status.PENDING or payout.review not in IN_REVIEW:
        messages.info(request, "This payout does not wait for a decision.")
        page = reverse("admin:payouts_payout_change", args=[payout.pk])
        return HttpResponseRedirect(page)
    item = item_of(payout, reviewer_of(request), now=utc_now())
    form = stepped_up(ItemForm, request)
    forms_shown = {"approve_form": form("approve"), "reject_form": form("reject")}
    context = {
        "title": f"Review {amount_text(payout.amount_micro, 'USDT')}",
        "payout": payout,
        "amount": amount_text(payout.amount_micro, "USDT"),
        "item": item,
        # What is agreed to is what this page shows, not what the payout says a minute later.
        "seen_hash": content_hash(payout),
        "may_approve": not item.place.why_not,
        "may_reject": may_review(request),
        **forms_shown,
        **context,
    }
    return TemplateResponse(request, "payouts/admin/review.html", context)
