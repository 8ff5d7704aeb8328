"""What people do about a payment: each asks for a reason, which is kept with their name."""

from collections.abc import Callable
from dataclasses import dataclass
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

from access.console import console_roles
from access.console_fields import ReasonField
from access.step_up import stepped_up
from gateway import tasks
from gateway.console import refusal_text
from gateway.kinds import Ruling
from gateway.models import Payment
from gateway.services.cancel import payment_cancel
from gateway.services.late import late_accept
from gateway.services.refund_again import refund_again, refund_to_repeat
from gateway.states import PaymentStatus
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts.person import APPROVERS, EDITORS, Person, allowed


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = ReasonField(max_length=200, kept="in the payment's story")


@dataclass(frozen=True)
class Verb:
    """One thing that people do about a payment."""

    name: str
    title: str
    button: str
    says: str
    done: str
    roles: frozenset[str]
    is_offered: Callable[[Payment], bool]
    do: Callable[..., Any]  # payment_id, by, reason, now
    is_danger: bool = False


def _is_late(payment: Payment) -> bool:
    return payment.status == PaymentStatus.FAILED and (
        payment.incoming.filter(ruling=Ruling.LATE, refunds=None).exists()
    )


VERBS = (
    Verb(
        name="cancel",
        title="Cancel a payment",
        button="Cancel…",
        says="Nobody is to pay it any more. What comes in all the same goes back to its sender.",
        done="Cancelled.",
        roles=EDITORS,
        is_offered=lambda one: one.status == PaymentStatus.PENDING and not one.received_units,
        do=payment_cancel,
        is_danger=True,
    ),
    Verb(
        name="accept",
        title="Accept a late payment",
        button="Accept the late money…",
        says="What came late counts as the payment: the payee will be paid, less the fee.",
        done="Accepted. The payee will be paid.",
        roles=APPROVERS,
        is_offered=_is_late,
        do=late_accept,
    ),
    Verb(
        name="refund-again",
        title="Refund again",
        button="Refund again…",
        says="The last refund failed: it is proven that nothing was paid. It is asked for anew.",
        done="The refund was asked for again.",
        roles=APPROVERS,
        is_offered=lambda one: refund_to_repeat(one) is not None,
        do=refund_again,
    ),
)


def verbs_for(request: HttpRequest, payment: Payment) -> dict[str, Any]:
    """Return what this person may do about a payment now, with the pages, and what others may."""
    roles = console_roles(request)
    offered = [verb for verb in VERBS if verb.is_offered(payment)]
    mine = [verb for verb in offered if roles & verb.roles]
    return {
        "verbs": [
            (verb, reverse(f"admin:gateway_payment_{verb.name}", args=[payment.pk]))
            for verb in mine
        ],
        "why_not": [f"{verb.title}. {_others(verb)}" for verb in offered if verb not in mine],
    }


def _others(verb: Verb) -> str:
    *most, last = sorted(verb.roles)
    return f"Your role may not do this; {', '.join(most)} and {last} may."


def verb_view(
    request: HttpRequest, payment_id: UUID, *, verb: Verb, site: AdminSite, opts: Any
) -> HttpResponse:
    """Ask for a reason, then do it; a payment that is elsewhere by now is left as it is."""
    if not console_roles(request) & verb.roles:
        raise PermissionDenied
    payment = get_object_or_404(Payment, pk=payment_id)
    page = HttpResponseRedirect(reverse("admin:gateway_payment_change", args=[payment_id]))
    # What ends a payment asks for none: it pays nobody.
    kind = stepped_up(ReasonForm, request) if verb.roles == APPROVERS else ReasonForm
    form = kind(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {
            **site.each_context(request), "opts": opts, "title": verb.title, "verb": verb,
            "payment": payment, "form": form,
        }  # fmt: skip
        return TemplateResponse(request, "gateway/admin/verb.html", context)
    try:
        person = Person(int(request.user.pk or 0))
        allowed(person, roles=verb.roles)
        verb.do(
            payment_id=payment_id, by=str(person), reason=form.cleaned_data["reason"],
            now=utc_now(),
        )  # fmt: skip
    except LucidError as error:
        messages.error(request, refusal_text(error, payment))
    else:
        ring_on_commit(tasks.watch)
        messages.success(request, verb.done)
    return page
