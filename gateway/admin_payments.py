"""Payments in the admin: looked at, searched, and decided about."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import ReadOnlyAdmin, amount_text, key_of, short, time_text
from gateway.admin_dispute_verbs import may_dispute
from gateway.admin_verbs import VERBS, verb_view, verbs_for
from gateway.console import LEVELS, dossier_of, sees_payments
from gateway.models import Payment, PaymentBatch
from gateway.states import PaymentStatus
from tron.words import TXID_LENGTH

ADDRESS_LENGTH = 34


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """All payments, newest first."""

    empty_text = "Nobody has asked to be paid yet: POST /api/v1/payments/create."
    sees = staticmethod(sees_payments)
    list_display = ("ident", "state", "amount", "fee", "method", "payer", "payee", "reference",
                    "created")  # fmt: skip
    list_filter = ("status", "method")
    search_fields = ("reference_id",)
    search_help_text = "payment id, txid, deposit, payer or payee address, or reference"
    change_form_template = "gateway/admin/payment.html"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Load what a page shows."""
        rows = super().get_queryset(request)
        return rows.select_related("deposit", "fee_schedule", "owner")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by what the term looks like, through an index."""
        if (key := key_of(term)) is not None:
            return queryset.filter(pk=key)
        if len(term) == TXID_LENGTH:
            return queryset.filter(incoming__txid=term.lower())
        if len(term) == ADDRESS_LENGTH:
            found = queryset.filter(deposit__address=term)
            return found if found.exists() else queryset.filter(payer_address=term)
        return queryset.filter(reference_id=term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something about a payment."""
        return [
            *[
                path(
                    f"<uuid:payment_id>/{verb.name}/",
                    self.admin_site.admin_view(
                        partial(verb_view, verb=verb, site=self.admin_site, opts=self.opts)
                    ),
                    name=f"gateway_payment_{verb.name}",
                )
                for verb in VERBS
            ],
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the payment's story to its page."""
        payment: Payment = context["original"]
        context |= {
            "title": payment.public_id,
            "subtitle": None,
            "colour": LEVELS[PaymentStatus(payment.status)],
            "dossier": dossier_of(payment),
            **verbs_for(request, payment),
            "may_dispute": may_dispute(request, payment),
            "disputes": payment.disputes.order_by("-pk"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="payment")
    def ident(self, payment: Payment) -> SafeString:
        """Return the end of the id; its beginning is the time, alike in neighbours."""
        template = '<span class="lp-code" title="{}">…{}</span>'
        return format_html(template, payment.public_id, payment.pk.hex[-8:])

    @display(description="status")
    def state(self, payment: Payment) -> SafeString:
        """Return the status as a label, with why it failed."""
        note = payment.error_message
        return format_html(
            '<span class="lp-label lp-label-{}">{}</span>{}',
            LEVELS[PaymentStatus(payment.status)],
            payment.status,
            format_html('<span class="lp-note" title="{0}">{0}</span>', note) if note else "",
        )

    @display(description="amount USDT")
    def amount(self, payment: Payment) -> SafeString:
        """Return what it is about."""
        return format_html('<span class="lp-amount">{}</span>', amount_text(payment.amount_micro))

    @display(description="fee USDT")
    def fee(self, payment: Payment) -> SafeString:
        """Return what it costs."""
        return format_html('<span class="lp-amount">{}</span>', amount_text(payment.fee_micro))

    @display(description="payer")
    def payer(self, payment: Payment) -> SafeString | str:
        """Return the ends of the address."""
        return short(payment.payer_address)

    @display(description="payee")
    def payee(self, payment: Payment) -> SafeString | str:
        """Return the ends of the address."""
        return short(payment.payee_address)

    @display(description="reference", empty_value="—")
    def reference(self, payment: Payment) -> SafeString | str | None:
        """Return the caller's own name for it."""
        return short(payment.reference_id, head=12, tail=8) if payment.reference_id else None

    @display(description="created (UTC)")
    def created(self, payment: Payment) -> SafeString:
        """Return when it was asked for."""
        full = time_text(payment.created_at)
        return format_html('<span class="lp-time" title="{}">{}</span>', full, full[:-3])


@admin.register(PaymentBatch)
class PaymentBatchAdmin(ReadOnlyAdmin):
    """Payments that were asked for together."""

    empty_text = "No payments were asked for together yet."
    sees = staticmethod(sees_payments)
    list_display = ("public_id", "reference", "total", "accepted", "asked", "completed")
    fields = readonly_fields = (
        "public_id", "owner", "reference", "total", "accepted", "asked", "completed",
        "request_id",
    )  # fmt: skip

    @display(description="asked for at (UTC)")
    def asked(self, batch: PaymentBatch) -> str:
        """Return when it was asked for."""
        return time_text(batch.created_at)

    @display(description="completed at (UTC)")
    def completed(self, batch: PaymentBatch) -> str:
        """Return when all of it had ended."""
        return time_text(batch.completed_at)
