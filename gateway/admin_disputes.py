"""Disputes in the admin: what is in question, what was answered, and what people decide."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    NOTHING,
    FixedFilter,
    ReadOnlyAdmin,
    amount_text,
    code,
    key_of,
    time_text,
)
from access.models import User
from gateway.admin_dispute_verbs import dispute_urls, verbs_for
from gateway.console import payment_link, sees_payments
from gateway.models_back import Dispute

OPEN, CLOSED = "open", "closed"


class StateFilter(FixedFilter):
    """Whether it waits for a decision."""

    title = "state"
    parameter_name = "state"
    choices_known = (OPEN, CLOSED)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return those that are open, or those that are not."""
        if not self.value():
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == OPEN)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """All disputes: the open ones first, then the newest."""

    empty_text = "Nothing is in dispute. One is opened on a payment's page."
    sees = staticmethod(sees_payments)
    list_display = ("ident", "state", "payment_page", "cause_text", "money", "opened")
    list_filter = (StateFilter,)
    list_select_related = ("payment", "incoming")
    search_fields = ("payment__id",)
    search_help_text = "payment id"
    change_form_template = "gateway/admin/dispute.html"
    fields = readonly_fields = (
        "payment_page", "state", "cause_text", "text", "money", "sender", "txid", "was", "opened",
        "opener", "answer_text", "answered", "outcome_text", "closed",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        """Load what a page shows."""
        rows: QuerySet[Dispute] = super().get_queryset(request)
        return rows.select_related("payment", "incoming")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """Put what waits for a decision first."""
        return (F("closed_at").desc(nulls_first=True), "-pk")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find those of a payment."""
        return queryset.filter(payment=key_of(term))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that open a dispute and that do something about one."""
        return [*dispute_urls(self.admin_site, self.opts), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what this person may do, and who the people are."""
        dispute: Dispute = context["original"]
        context |= {"title": f"Dispute {dispute.pk}", **verbs_for(request, dispute)}
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="dispute")
    def ident(self, dispute: Dispute) -> str:
        """Return its number."""
        return str(dispute.pk)

    @display(description="state", label={OPEN: "danger", CLOSED: "default"})
    def state(self, dispute: Dispute) -> str:
        """Return whether it waits for a decision."""
        return CLOSED if dispute.closed_at else OPEN

    @display(description="payment")
    def payment_page(self, dispute: Dispute) -> SafeString:
        """Return a link to the payment."""
        return payment_link(dispute.payment)

    @display(description="why")
    def cause_text(self, dispute: Dispute) -> str:
        """Return why a person must decide."""
        return dispute.get_cause_display()

    @display(description="in question")
    def money(self, dispute: Dispute) -> str:
        """Return the money that is in question, if it is about some that came in."""
        came = dispute.incoming
        return amount_text(came.units, came.asset) if came else NOTHING

    @display(description="sent by")
    def sender(self, dispute: Dispute) -> SafeString | str:
        """Return who has sent it."""
        return code(dispute.incoming.sender if dispute.incoming else None)

    @display(description="by transaction")
    def txid(self, dispute: Dispute) -> SafeString | str:
        """Return the transaction that brought it."""
        return code(dispute.incoming.txid if dispute.incoming else None)

    @display(description="payment was")
    def was(self, dispute: Dispute) -> str:
        """Return where the payment was before."""
        return dispute.from_status

    @display(description="opened (UTC)")
    def opened(self, dispute: Dispute) -> str:
        """Return since when it is one."""
        return time_text(dispute.opened_at)

    @display(description="opened by")
    def opener(self, dispute: Dispute) -> str:
        """Return who has opened it."""
        return _who(dispute.opened_by)

    @display(description="answer")
    def answer_text(self, dispute: Dispute) -> str:
        """Return the newest answer; earlier ones stand in the payment's story."""
        return dispute.answer or NOTHING

    @display(description="answered")
    def answered(self, dispute: Dispute) -> str:
        """Return when and by whom."""
        if dispute.answered_at is None:
            return NOTHING
        return f"{time_text(dispute.answered_at)} UTC, {_who(dispute.answered_by)}"

    @display(description="decision")
    def outcome_text(self, dispute: Dispute) -> str:
        """Return what was decided, and why."""
        if dispute.closed_at is None:
            return NOTHING
        return f"{dispute.get_outcome_display()}: {dispute.closed_note}"

    @display(description="closed")
    def closed(self, dispute: Dispute) -> str:
        """Return when and by whom."""
        if dispute.closed_at is None:
            return NOTHING
        return f"{time_text(dispute.closed_at)} UTC, {_who(dispute.closed_by)}"


def _who(by: str) -> str:
    """Return a person's name; what is no person has its own."""
    key = by.removeprefix("user ")
    person = User.objects.filter(pk=int(key)).first() if by != key and key.isdecimal() else None
    return person.username if person else by
