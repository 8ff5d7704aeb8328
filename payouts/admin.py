"""Payouts in the admin: looked at, searched and, while nothing is signed, cancelled."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import ReadOnlyAdmin, amount_text, key_of, short, time_text
from access.console_fields import ReasonField
from lucidpay.clock import utc_now
from payouts import (  # noqa: F401  (they register their pages)
    admin_batches,
    admin_limits,
    admin_queue,
    admin_recipients,
    admin_releases,
    admin_top_up,
)
from payouts.admin_actions import actions_of, may_cancel
from payouts.admin_edit import edit_view
from payouts.admin_retry import retry_view
from payouts.admin_review import decide_view
from payouts.admin_rules import ReviewRuleAdmin as ReviewRuleAdmin  # registers the pages of review
from payouts.admin_search import CreatedFilter, payouts_found
from payouts.console import STATUS_LEVELS, dossier_of
from payouts.console_webhooks import told_of
from payouts.models import Payout, Priority, Router
from payouts.services.cancel import NotCancellable, payout_cancel
from payouts.states import Status
from payouts.verdict import short_note


class CancelForm(forms.Form):
    """Why a payout is cancelled."""

    reason = ReasonField(max_length=200, kept="in the payout's story")


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """All payouts, newest first."""

    empty_text = (
        "Nobody was paid yet. Payouts are asked for over the API, or with a file as a batch."
    )
    list_display = (
        "ident", "state", "amount", "recipient", "reference", "router", "urgency", "txid",
        "created",
    )  # fmt: skip
    list_filter = ("status", "review", "router_type", "priority", "batch_type", CreatedFilter)
    list_select_related = ("transaction",)
    search_fields = ("reference_id",)
    search_help_text = "payout id, batch id, txid, recipient address, reference, or owner's name"
    change_form_template = "payouts/admin/payout.html"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        """Leave out of lists what only a payout's own page shows."""
        rows: QuerySet[Payout] = super().get_queryset(request)
        return rows.defer("metadata", "custom_data", "transaction__signed_hex")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Payout | None:
        """Return the payout with all that its page needs."""
        key = key_of(object_id)
        if key is None:
            return None
        return (
            Payout.objects.select_related("owner", "api_key", "wallet", "transaction", "batch")
            .defer("api_key__digest", "wallet__sealed_key", "transaction__signed_hex")
            .filter(pk=key)
            .first()
        )

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by what the term looks like, through an index."""
        return payouts_found(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something about a payout."""
        views = {
            "cancel": self.cancel_view,
            "retry": partial(retry_view, site=self.admin_site, opts=self.opts),
            "approve": partial(decide_view, verb="approve", site=self.admin_site, opts=self.opts),
            "reject": partial(decide_view, verb="reject", site=self.admin_site, opts=self.opts),
            "edit": partial(edit_view, site=self.admin_site, opts=self.opts),
        }
        return [
            *[
                path(
                    f"<uuid:payout_id>/{verb}/",
                    self.admin_site.admin_view(view),
                    name=f"payouts_payout_{verb}",
                )
                for verb, view in views.items()
            ],
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the payout's story to its page."""
        payout: Payout = context["original"]
        context |= {
            "title": payout.public_id,
            "subtitle": None,
            "colour": STATUS_LEVELS[Status(payout.status)],
            "dossier": dossier_of(payout, now=utc_now()),
            "actions": actions_of(request, payout),
            "told": told_of(request, payout),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def cancel_view(self, request: HttpRequest, payout_id: UUID) -> HttpResponse:
        """Ask for a reason, then cancel; a payout that is signed or over is left as it is."""
        if not may_cancel(request):
            raise PermissionDenied
        payout = get_object_or_404(Payout, pk=payout_id)
        page = HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout_id]))
        if payout.status != Status.PENDING:
            self._refused(request, payout.status)
            return page
        form = CancelForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._ask(request, payout, form)
        reason = form.cleaned_data["reason"]
        try:
            payout_cancel(
                payout_id=payout_id, by=f"user {request.user.pk}", reason=reason, now=utc_now()
            )
        except NotCancellable as error:
            self._refused(request, error.details["status"])
        else:
            messages.success(request, "Cancelled. Nothing was paid and nothing will be.")
        return page

    def _refused(self, request: HttpRequest, status: str) -> None:
        text = f"Not cancelled: this payout is {status}. {NotCancellable().message}"
        messages.error(request, text)

    def _ask(self, request: HttpRequest, payout: Payout, form: CancelForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Cancel a payout",
            "payout": payout,
            "amount": amount_text(payout.amount_micro, "USDT"),
            "form": form,
        }
        return TemplateResponse(request, "payouts/admin/cancel.html", context)

    @display(description="payout")
    def ident(self, payout: Payout) -> SafeString:
        """Return the end of the id; its beginning is the time, alike in neighbours."""
        template = '<span class="lp-code" title="{}">…{}</span>'
        return format_html(template, payout.public_id, payout.pk.hex[-8:])

    @display(description="status")
    def state(self, payout: Payout) -> SafeString:
        """Return the status as a label, with the reason it waits or failed."""
        note = short_note(payout)
        return format_html(
            '<span class="lp-label lp-label-{}">{}</span>{}',
            STATUS_LEVELS[Status(payout.status)],
            payout.status,
            format_html('<span class="lp-note" title="{0}">{0}</span>', note) if note else "",
        )

    @display(description="amount USDT")
    def amount(self, payout: Payout) -> SafeString:
        """Return what it pays."""
        return format_html('<span class="lp-amount">{}</span>', amount_text(payout.amount_micro))

    @display(description="recipient")
    def recipient(self, payout: Payout) -> SafeString | str:
        """Return the ends of the address."""
        return short(payout.recipient_address)

    @display(description="reference", empty_value="—")
    def reference(self, payout: Payout) -> SafeString | str | None:
        """Return the caller's own name for it."""
        return short(payout.reference_id, head=12, tail=8) if payout.reference_id else None

    @display(description="router")
    def router(self, payout: Payout) -> str:
        """Return the road it takes."""
        return payout.get_router_type_display()

    @display(description="priority")
    def urgency(self, payout: Payout) -> str:
        """Return the priority."""
        return Priority(payout.priority).label.lower()

    @display(description="txid")
    def txid(self, payout: Payout) -> SafeString | str:
        """Return the ends of its newest transaction's id."""
        return short(payout.transaction.txid if payout.transaction else None)

    @display(description="created (UTC)")
    def created(self, payout: Payout) -> SafeString:
        """Return when it was asked for."""
        full = time_text(payout.created_at)
        return format_html('<span class="lp-time" title="{}">{}</span>', full, full[:-3])


@admin.register(Router)
class RouterAdmin(ReadOnlyAdmin):
    """Which wallet pays for which router."""

    empty_text = "No router is here: run the migrations."
    ordering = ("type",)
    list_display = ("type", "paid_from")
    fields = readonly_fields = ("type", "paid_from")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Router]:
        """Load the wallets with the routers."""
        rows: QuerySet[Router] = super().get_queryset(request)
        return rows.select_related("wallet").defer("wallet__sealed_key")

    @display(description="paid from")
    def paid_from(self, router: Router) -> str | Model:
        """Return the wallet."""
        return str(router.wallet) if router.wallet else "no wallet yet: it takes no payouts"
