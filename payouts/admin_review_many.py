"""Review of several payouts in the admin: ticked in the queue, seen together, then decided."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from access.console import amount_text, key_of
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.admin_review import DecisionForm, person_of, reviewer_of
from payouts.console_many import many_of
from payouts.console_review import hits_by_payout
from payouts.models import Payout
from payouts.services.review_many import (
    MANY_MAX,
    Outcome,
    SomeChanged,
    TooMany,
    payouts_approve,
    payouts_reject,
)

SERVICES = {"approve": payouts_approve, "reject": payouts_reject}
DONE = {"approve": "Approved", "reject": "Rejected"}


def many_view(request: HttpRequest, *, verb: str, site: AdminSite, opts: Any) -> HttpResponse:
    """Show what was ticked in the queue and ask for a reason; then decide, and tell of each.

    ``verb``: ``approve`` or ``reject``. Nothing is decided before the second look has been sent,
    and nothing but what that showed.
    """
    if reviewer_of(request) is None:
        raise PermissionDenied
    queue = HttpResponseRedirect(reverse("admin:payouts_awaitingreview_changelist"))
    keys = _ticked(request)
    if not keys or len(keys) > MANY_MAX:
        messages.error(request, TooMany().message if keys else "Tick what you decide about first.")
        return queue
    context = {**site.each_context(request), "opts": opts, "verb": verb}
    is_second = "seen_hash" in request.POST
    form = stepped_up(DecisionForm, request)(request.POST if is_second else None)
    if not is_second or not form.is_valid():
        return _ask(request, keys, verb, form, context)
    try:
        outcomes = SERVICES[verb](
            payout_ids=keys,
            by=person_of(request),
            seen_hash=request.POST["seen_hash"],
            reason=form.cleaned_data["reason"],
            now=utc_now(),
        )
    except SomeChanged as error:
        form.add_error(None, error.message)
        return _ask(request, keys, verb, form, context)
    except LucidError as error:
        messages.error(request, f"Not done. {error.message}")
        return queue
    ring_on_commit(tasks.sign)
    return _tell(request, verb, outcomes, context)


def _ticked(request: HttpRequest) -> list[UUID]:
    """Return the keys that were sent, each once; what is none was not sent by our page."""
    found = (key_of(term) for term in request.POST.getlist("payout"))
    return list(dict.fromkeys(key for key in found if key is not None))


def _ask(
    request: HttpRequest, keys: list[UUID], verb: str, form: DecisionForm, context: dict[str, Any]
) -> HttpResponse:
    reviewer = reviewer_of(request)
    if reviewer is None:
        raise PermissionDenied
    rows = Payout.objects.filter(pk__in=keys).select_related("owner").order_by("pk")
    many = many_of(list(rows), reviewer, verb=verb, now=utc_now())
    hits = hits_by_payout(many.payouts)
    shown = [(one, amount_text(one.amount_micro), hits.get(one.pk, [])) for one in many.payouts]
    context |= {
        "title": f"{verb.capitalize()} {len(many.payouts):,} payouts",
        "many": many,
        "rows": shown,
        "left_out": [(one, amount_text(one.amount_micro), why) for one, why in many.left_out],
        "form": form,
    }
    return TemplateResponse(request, "payouts/admin/review_many.html", context)


def _tell(
    request: HttpRequest, verb: str, outcomes: list[Outcome], context: dict[str, Any]
) -> HttpResponse:
    done = [one.payout for one in outcomes if not one.refusal]
    total = amount_text(sum(one.amount_micro for one in done), "USDT")
    context |= {
        "title": f"{DONE[verb]}: {len(done):,} of {len(outcomes):,} payouts",
        "total": total,
        "done": len(done),
        "rows": [
            (one.payout, amount_text(one.payout.amount_micro), _came_to(verb, one))
            for one in outcomes
        ],
    }
    return TemplateResponse(request, "payouts/admin/review_done.html", context)


def _came_to(verb: str, outcome: Outcome) -> tuple[str, str]:
    """Return the colour and the words of what became of one."""
    if outcome.refusal:
        return "danger", f"Left out: {outcome.refusal}"
    if outcome.payout.wait_reason:
        return "warning", f"Recorded. {outcome.payout.wait_reason}"
    return "success", f"{DONE[verb]}."
