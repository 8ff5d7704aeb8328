"""What people do about disputes: each verb on a page that says what it does, with a reason."""

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

from access.console import amount_text, console_roles
from access.console_fields import ReasonField
from access.step_up import stepped_up
from gateway.console import refusal_text
from gateway.kinds import DisputeOutcome
from gateway.models import Payment
from gateway.models_back import Dispute, Leg
from gateway.services.dispute import TEXT_MAX
from gateway.services.dispute_decide import dispute_answer, dispute_close, dispute_raise
from gateway.services.dispute_refund import OPEN
from gateway.services.held import free_units
from gateway.states import PaymentStatus
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.admin_review import person_of
from payouts.person import APPROVERS, EDITORS

ROLE = "Your role may not close disputes: approvers and administrators do."


class ReasonForm(forms.Form):
    """What a person says."""

    reason = ReasonField(max_length=TEXT_MAX, kept="in the payment's story")


@dataclass(frozen=True)
class Verb:
    """One thing that may be done to an open dispute."""

    name: str
    label: str
    means: str  # what it does, before it is done
    done: str
    roles: frozenset[str]
    act: Callable[[HttpRequest, int, str], Any]
    is_danger: bool = False


def _answer(request: HttpRequest, dispute_id: int, reason: str) -> None:
    dispute_answer(dispute_id=dispute_id, by=person_of(request), text=reason, now=utc_now())


def _close(request: HttpRequest, dispute_id: int, reason: str, *, outcome: DisputeOutcome) -> None:
    dispute_close(
        dispute_id=dispute_id, outcome=outcome, by=person_of(request), note=reason, now=utc_now()
    )


VERBS = (
    Verb("answer", "Answer", "What you know about it is written down. The payment stays disputed.",
         "Written down.", EDITORS, _answer),
    Verb("accept", "Accept the money", "What came in counts as the payment: it goes on, and the "
         "payee is paid if they are not. What was paid to them cannot be taken back.",
         "Accepted. The payment goes on.", APPROVERS,
         partial(_close, outcome=DisputeOutcome.ACCEPTED)),
    Verb("refund", "Send the money back", "What came in and is not the payee's yet goes back to "
         "whoever has sent it, less what sending costs.",
         "Closed. The money goes back.", APPROVERS,
         partial(_close, outcome=DisputeOutcome.REFUNDED), is_danger=True),
    Verb("dismiss", "Dismiss", "Nothing is to be done: the payment is again what it was before. "
         "Money that is in question stays where it is.",
         "Dismissed. The payment is what it was.", APPROVERS,
         partial(_close, outcome=DisputeOutcome.DISMISSED)),
)  # fmt: skip


def dispute_urls(site: AdminSite, opts: Any) -> list[URLPattern]:
    """Return the pages of all verbs, and the one that opens a dispute about a payment."""
    pages = [
        path(
            f"<int:dispute_id>/{verb.name}/",
            site.admin_view(partial(verb_view, verb=verb, site=site, opts=opts)),
            name=f"gateway_dispute_{verb.name}",
        )
        for verb in VERBS
    ]
    raising = partial(raise_view, site=site, opts=opts)
    opening = path("open/<uuid:payment_id>/", site.admin_view(raising), name="gateway_dispute_open")
    return [opening, *pages]


def may_dispute(request: HttpRequest, payment: Payment) -> bool:
    """Whether this person may open a dispute about a payment now."""
    if payment.status == PaymentStatus.REFUNDED or not console_roles(request) & EDITORS:
        return False
    is_going_back = payment.status == PaymentStatus.DISPUTED and (
        payment.refunds.filter(status__in=OPEN).exists()
    )
    is_open = Dispute.objects.filter(payment=payment, closed_at=None).exists()
    return not is_open and not is_going_back


def verbs_for(request: HttpRequest, dispute: Dispute) -> dict[str, Any]:
    """Return what this person may do about a dispute, with the pages, and what only others may."""
    roles, is_open = console_roles(request), dispute.closed_at is None
    found = [verb for verb in VERBS if is_open and roles & verb.roles]
    return {
        "verbs": [
            (verb, reverse(f"admin:gateway_dispute_{verb.name}", args=[dispute.pk]))
            for verb in found
        ],
        "why_not": ROLE if is_open and not roles & APPROVERS else "",
    }


def verb_view(
    request: HttpRequest, dispute_id: int, *, verb: Verb, site: AdminSite, opts: Any
) -> HttpResponse:
    """Say what it would do and ask for a reason; then do it."""
    if not console_roles(request) & verb.roles:
        raise PermissionDenied
    rows = Dispute.objects.select_related("payment", "incoming")
    dispute = get_object_or_404(rows, pk=dispute_id)
    page = reverse("admin:gateway_dispute_change", args=[dispute_id])
    form = stepped_up(ReasonForm, request)(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {
            **site.each_context(request), "opts": opts, "form": form, "back": page,
            "title": f"{verb.label}: dispute {dispute.pk}", "verb": verb,
            "facts": [*_facts(dispute), *_money(dispute.payment)],
        }  # fmt: skip
        return TemplateResponse(request, "gateway/admin/dispute_verb.html", context)
    try:
        verb.act(request, dispute_id, form.cleaned_data["reason"])
    except LucidError as error:
        messages.error(request, refusal_text(error, dispute.payment))
    else:
        ring_on_commit(tasks.sign)
        messages.success(request, verb.done)
    return HttpResponseRedirect(page)


def raise_view(
    request: HttpRequest, payment_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Ask what is in question about a payment; then open a dispute."""
    if not console_roles(request) & EDITORS:
        raise PermissionDenied
    payment = get_object_or_404(Payment, pk=payment_id)
    back = reverse("admin:gateway_payment_change", args=[payment_id])
    form = ReasonForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {
            **site.each_context(request), "opts": opts, "form": form, "back": back,
            "title": "Dispute a payment", "verb": RAISE,
            "facts": [("payment", payment.public_id), ("status", payment.status),
                      *_money(payment)],
        }  # fmt: skip
        return TemplateResponse(request, "gateway/admin/dispute_verb.html", context)
    reason = form.cleaned_data["reason"]
    try:
        dispute = dispute_raise(
            payment_id=payment_id, by=person_of(request), text=reason, now=utc_now()
        )
    except LucidError as error:
        messages.error(request, refusal_text(error, payment))
        return HttpResponseRedirect(back)
    messages.success(request, RAISE.done)
    return HttpResponseRedirect(reverse("admin:gateway_dispute_change", args=[dispute.pk]))


RAISE = Verb(
    "open", "Open a dispute", "Until somebody has decided, nothing new is begun for this payment. "
    "A payout of its payee that is signed goes its way.", "Opened.", EDITORS, lambda *_: None,
)  # fmt: skip


def _facts(dispute: Dispute) -> list[tuple[str, str]]:
    came = dispute.incoming
    facts = [("payment", dispute.payment.public_id), ("why", dispute.get_cause_display()),
             ("was", dispute.from_status)]  # fmt: skip
    if dispute.text:
        facts.append(("told", dispute.text))
    if came is not None:
        facts += [("in question", amount_text(came.units, came.asset)), ("sent by", came.sender)]
    if dispute.answer:
        facts.append(("answer", dispute.answer))
    return facts


def _money(payment: Payment) -> list[tuple[str, str]]:
    asset = payment.pay_currency
    leg = Leg.objects.filter(payment=payment, failed=False).select_related("payout").first()
    return [
        ("asked for", amount_text(payment.pay_units, asset)),
        ("came in", amount_text(payment.received_units, asset)),
        ("of it the payee's", amount_text(payment.accepted_units, asset)),
        ("of it going back", amount_text(payment.refunding_units, asset)),
        ("of it free", amount_text(free_units(payment), asset)),
        ("payer", payment.payer_address),
        ("payee", payment.payee_address),
        ("payee's payout", f"{leg.payout.public_id}, {leg.payout.status}" if leg else "none"),
    ]
