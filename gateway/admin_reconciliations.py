"""Comparisons of payments with the chain and the books, in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, ReadOnlyAdmin, code, key_of, short, time_text
from gateway.console import payment_link, sees_payments
from gateway.models_after import Reconciliation
from gateway.states import CheckStatus

COLOURS: dict[str, str] = {
    CheckStatus.PENDING: "info",
    CheckStatus.PROCESSING: "info",
    CheckStatus.COMPLETED: "success",
    CheckStatus.FAILED: "warning",
    CheckStatus.DISPUTED: "danger",
}


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """All comparisons that have left a row, newest first."""

    empty_text = "No payment was compared with the chain yet; a worker does it by itself."
    sees = staticmethod(sees_payments)
    list_display = ("ident", "state", "payment_page", "differing", "asked_by", "when")
    list_filter = ("status",)
    list_select_related = ("payment", "owner")
    search_fields = ("id",)
    search_help_text = "payment id or comparison id"
    change_form_template = "gateway/admin/reconciliation.html"
    fields = readonly_fields = (
        "ident_full", "state", "payment_page", "asked_by", "transaction", "said", "solid_block",
        "when", "verified_when",
    )  # fmt: skip

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Reconciliation | None:
        """Return the comparison; an odd id is none's."""
        key = key_of(object_id)
        rows = Reconciliation.objects.select_related("payment", "owner")
        return rows.filter(pk=key).first() if key else None

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find those of a payment, or the one of an id, each through an index."""
        key = key_of(term)
        return queryset.filter(pk=key) | queryset.filter(payment=key)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what differs."""
        context |= {"differences": context["original"].differences}
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="comparison")
    def ident(self, row: Reconciliation) -> SafeString | str:
        """Return the ends of the id."""
        return short(row.public_id, head=9, tail=8)

    @display(description="comparison")
    def ident_full(self, row: Reconciliation) -> SafeString | str:
        """Return the id."""
        return code(row.public_id)

    @display(description="status", label=COLOURS)
    def state(self, row: Reconciliation) -> str:
        """Return what came of it."""
        return row.status

    @display(description="payment")
    def payment_page(self, row: Reconciliation) -> SafeString:
        """Return a link to the payment."""
        return payment_link(row.payment)

    @display(description="differs")
    def differing(self, row: Reconciliation) -> str:
        """Return how much differs."""
        return str(len(row.differences)) if row.differences else NOTHING

    @display(description="asked by")
    def asked_by(self, row: Reconciliation) -> str:
        """Return who has asked."""
        return row.owner.username if row.owner else row.notes or "the schedule"

    @display(description="transaction named")
    def transaction(self, row: Reconciliation) -> SafeString | str:
        """Return the transaction that was to be looked for."""
        return code(row.external_transaction_id)

    @display(description="notes")
    def said(self, row: Reconciliation) -> str:
        """Return what who asked has noted."""
        return row.notes or NOTHING

    @display(description="asked for (UTC)")
    def when(self, row: Reconciliation) -> str:
        """Return when it was asked for."""
        return time_text(row.created_at)

    @display(description="verified (UTC)")
    def verified_when(self, row: Reconciliation) -> str:
        """Return when everything agreed."""
        return time_text(row.verified_at)
