"""What people do to webhooks in the admin: each verb on a page that says what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console import console_scopes
from access.scopes import WEBHOOKS_MANAGE
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from webhooks import tasks
from webhooks.models import Delivery, Endpoint
from webhooks.services.change import endpoint_change
from webhooks.services.redeliver import (
    REDELIVERED_MAX,
    delivery_redeliver,
    endpoint_redeliver,
)

Row = Endpoint | Delivery


class SinceForm(forms.Form):
    """From when on."""

    since = forms.DateTimeField(
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text="UTC, such as 2026-01-31 09:00.",
    )


@dataclass(frozen=True)
class Verb:
    """One thing that may be done to a row."""

    name: str
    label: str
    means: str  # what it does, before it is done
    act: Callable[[UUID, dict[str, Any]], str]  # returns what was done
    makes_sense: Callable[[Any], bool]
    form: type[forms.Form] = forms.Form
    is_danger: bool = False


def _switch(key: UUID, _: dict[str, Any], *, on: bool) -> str:
    endpoint_change(endpoint_id=key, changes={"is_active": on}, now=utc_now())
    return "Switched on." if on else "Switched off. Nothing is sent to it any more."


def _redeliver_since(key: UUID, given: dict[str, Any]) -> str:
    count, after, has_more = 0, 0, True
    # A step may look through many events and find none that is for this endpoint.
    while has_more and count < REDELIVERED_MAX:
        done = endpoint_redeliver(endpoint_id=key, since=given["since"], after=after, now=utc_now())
        count, after, has_more = count + done.count, done.after or 0, done.has_more
    more = " There is more: do it again." if has_more else ""
    return f"{count:,} deliveries are due now.{more}"


def _redeliver(key: UUID, _: dict[str, Any]) -> str:
    delivery_redeliver(delivery_id=key, now=utc_now())
    return "It is due now."


def _is_kept(endpoint: Endpoint) -> bool:
    return endpoint.deleted_at is None


def _can_be_sent(delivery: Delivery) -> bool:
    return delivery.status != Delivery.Status.CANCELLED and delivery.endpoint.is_active


VERBS: dict[type[Row], tuple[Verb, ...]] = {
    Endpoint: (
        Verb("on", "Switch on", "It is taken for well again, and what is due by now is sent at "
             "once. What happened while it was off is sent by “Send again”.",
             partial(_switch, on=True), lambda one: _is_kept(one) and not one.is_active),
        Verb("off", "Switch off", "Nothing is sent to it until somebody switches it on. What "
             "waits for it keeps waiting.",
             partial(_switch, on=False), lambda one: one.is_active, is_danger=True),
        Verb("redeliver", "Send again", "All that was given up since this time is sent again, and "
             "what happened since then and never was on its way: 10,000 at most in one go.",
             _redeliver_since, lambda one: one.is_active, SinceForm),
    ),
    Delivery: (
        Verb("redeliver", "Send again", "The same event is sent again under the same webhook-id, "
             "also if its receiver has taken it already.", _redeliver, _can_be_sent),
    ),
}  # fmt: skip


def may_manage(request: HttpRequest) -> bool:
    """Whether this person's roles let them manage webhooks."""
    return WEBHOOKS_MANAGE in console_scopes(request)


def verb_urls(model: type[Row], site: AdminSite, opts: Any) -> list[URLPattern]:
    """Return the pages of all verbs of a model."""
    return [
        path(
            f"<uuid:key>/{verb.name}/",
            site.admin_view(partial(verb_view, model=model, verb=verb, site=site, opts=opts)),
            name=f"{opts.app_label}_{opts.model_name}_{verb.name}",
        )
        for verb in VERBS[model]
    ]


def verbs_for(request: HttpRequest, row: Row) -> dict[str, Any]:
    """Return what this person may do to a row, with the pages."""
    name = f"admin:webhooks_{row._meta.model_name}"
    verbs = [verb for verb in VERBS[type(row)] if may_manage(request) and verb.makes_sense(row)]
    return {"verbs": [(verb, reverse(f"{name}_{verb.name}", args=[row.pk])) for verb in verbs]}


def verb_view(
    request: HttpRequest, key: UUID, *, model: type[Row], verb: Verb, site: AdminSite, opts: Any
) -> HttpResponse:
    """Say what it would do; then do it."""
    if not may_manage(request):
        raise PermissionDenied
    row: Any = get_object_or_404(model, pk=key)
    back = reverse(f"admin:webhooks_{opts.model_name}_change", args=[key])
    form = verb.form(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        context = {"title": f"{verb.label}: {row.public_id}", "verb": verb, "form": form}
        page = {**site.each_context(request), "opts": opts, "back": back, **context}
        return TemplateResponse(request, "webhooks/admin/verb.html", page)
    try:
        messages.success(request, verb.act(key, form.cleaned_data))
    except LucidError as error:
        messages.error(request, f"Not done. {error.message}")
    ring_on_commit(tasks.deliver)
    return HttpResponseRedirect(back)
