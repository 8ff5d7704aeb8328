"""Retrying a failed payout in the admin: the evidence is shown, a reason is asked for."""

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

from access.console import amount_text, console_scopes, payout_link
from access.console_fields import ReasonField
from access.scopes import PAYOUTS_CREATE
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from lucidpay.ids import parse_public_id
from payouts import tasks
from payouts.models import Payout
from payouts.services.retry import payout_retry, refuse_retried, why_safe


class RetryForm(forms.Form):
    """Why a payout is asked for again."""

    reason = ReasonField(max_length=200, kept="in the story of both payouts")


def may_retry(request: HttpRequest) -> bool:
    """Whether this person's roles let them ask for payouts."""
    return PAYOUTS_CREATE in console_scopes(request)


def retry_refusal(payout: Payout) -> LucidError | None:
    """Return why this payout cannot be retried now, ``None`` when it can."""
    try:
        refuse_retried(payout)
        why_safe(payout, now=utc_now())
    except LucidError as error:
        return error
    return None


def retry_view(
    request: HttpRequest, payout_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show why it is safe and ask for a reason; then ask for the payout again."""
    if not may_retry(request):
        raise PermissionDenied
    payout = get_object_or_404(Payout, pk=payout_id)
    refusal = retry_refusal(payout)
    if refusal is not None:
        return _refused(request, payout, refusal)
    form = stepped_up(RetryForm, request)(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, payout, form, {**site.each_context(request), "opts": opts})
    by, reason = f"user {request.user.pk}", form.cleaned_data["reason"]
    try:
        retry = payout_retry(payout_id=payout_id, by=by, reason=reason, now=utc_now())
    except LucidError as error:
        return _refused(request, payout, error)
    ring_on_commit(tasks.sign)
    link = payout_link(payout.pk)
    messages.success(request, format_html("This payout is the retry of {}.", link))
    return _page_of(retry)


def _page_of(payout: Payout) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout.pk]))


def _refused(request: HttpRequest, payout: Payout, error: LucidError) -> HttpResponse:
    template = "Not retried. {} {}"
    messages.error(request, format_html(template, error.message, _named(error)))
    return _page_of(payout)


def _named(error: LucidError) -> str:
    """Return what the error's details add: a link to the other payout, or the advice."""
    key = parse_public_id("payout", str(error.details.get("payout_id", "")))
    if key is not None:
        return payout_link(key)
    lists = [value for value in error.details.values() if isinstance(value, list)]
    return " ".join(str(item) for value in lists for item in value)


def _ask(
    request: HttpRequest, payout: Payout, form: RetryForm, context: dict[str, Any]
) -> HttpResponse:
    context |= {
        "title": "Retry a payout",
        "payout": payout,
        "amount": amount_text(payout.amount_micro, "USDT"),
        "evidence": why_safe(payout, now=utc_now()),
        "form": form,
    }
    return TemplateResponse(request, "payouts/admin/retry.html", context)
