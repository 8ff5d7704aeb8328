"""Settlements of collected fees in the admin: each with the payments whose fees it moves."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from access.console import (
    NOTHING,
    ReadOnlyAdmin,
    ReadOnlyInline,
    amount_text,
    code,
    key_of,
    payout_link,
    short,
    time_text,
)
from gateway.console import payment_link, sees_payments
from gateway.models import Payment
from gateway.models_after import Settlement
from gateway.settlements import statement_rows
from gateway.states import SettlementStatus

COLOURS: dict[str, str] = {
    SettlementStatus.INITIATED: "info",
    SettlementStatus.PROCESSING: "info",
    SettlementStatus.COMPLETED: "success",
    SettlementStatus.FAILED: "danger",
}


class SettledInline(ReadOnlyInline):
    """The payments whose fees a settlement moves."""

    model = Payment
    sees = staticmethod(sees_payments)
    verbose_name_plural = "payments"
    hide_title = True  # it is the id, which links to the page
    fields = readonly_fields = ("payment", "completed", "how", "amount", "fee", "state")
    ordering = ("completed_at", "pk")

    @display(description="payment")
    def payment(self, payment: Payment) -> SafeString:
        """Return a link to its page."""
        return payment_link(payment)

    @display(description="completed (UTC)")
    def completed(self, payment: Payment) -> str:
        """Return when its payee was paid."""
        return time_text(payment.completed_at)

    @display(description="method")
    def how(self, payment: Payment) -> str:
        """Return how it was paid, in the word of the API."""
        return payment.method

    @display(description="status")
    def state(self, payment: Payment) -> str:
        """Return where it stands."""
        return payment.status

    @display(description="amount USDT")
    def amount(self, payment: Payment) -> str:
        """Return what it was about."""
        return amount_text(payment.amount_micro)

    @display(description="fee USDT")
    def fee(self, payment: Payment) -> str:
        """Return what it cost."""
        return amount_text(payment.fee_micro)


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    """All settlements, newest first."""

    empty_text = "No merchant was settled with yet."
    sees = staticmethod(sees_payments)
    list_display = ("ident", "state", "amount", "payments", "covers", "asked_by", "began")
    list_filter = ("status",)
    fields = readonly_fields = (
        "ident_full", "state", "amount", "payments", "covers", "to", "payout_page", "asked_by",
        "error", "began", "ended",
    )  # fmt: skip
    inlines = (SettledInline,)
    actions_detail = ("statement",)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Settlement | None:
        """Return the settlement; an odd id is none's."""
        key = key_of(object_id)
        return Settlement.objects.filter(pk=key).first() if key else None

    def has_statement_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it to those who see the settlement."""
        return bool(self.sees(request))

    @action(description="Statement (CSV)", url_path="statement", permissions=["statement"])
    def statement(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Return every payment of a settlement with its fee, and the sum."""
        key = key_of(str(object_id))
        settlement = Settlement.objects.filter(pk=key).first() if key else None
        if settlement is None:
            raise Http404
        answer = StreamingHttpResponse(_lines(settlement), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{settlement.public_id}.csv"'
        return answer

    @display(description="settlement")
    def ident(self, settlement: Settlement) -> SafeString | str:
        """Return the ends of the id."""
        return short(settlement.public_id, head=14, tail=8)

    @display(description="settlement")
    def ident_full(self, settlement: Settlement) -> SafeString | str:
        """Return the id."""
        return code(settlement.public_id)

    @display(description="status", label=COLOURS)
    def state(self, settlement: Settlement) -> str:
        """Return where it stands."""
        return settlement.status

    @display(description="amount USDT")
    def amount(self, settlement: Settlement) -> str:
        """Return the sum of the fees."""
        return amount_text(settlement.amount_micro)

    @display(description="completed (UTC)")
    def covers(self, settlement: Settlement) -> str:
        """Return when its payments were completed."""
        return f"{time_text(settlement.covers_from)} – {time_text(settlement.covers_until)}"

    @display(description="to")
    def to(self, settlement: Settlement) -> SafeString | str:
        """Return where it goes."""
        return code(settlement.recipient)

    @display(description="payout")
    def payout_page(self, settlement: Settlement) -> SafeString | str:
        """Return a link to the payout that moves it."""
        return payout_link(settlement.payout_id) if settlement.payout_id else NOTHING

    @display(description="by")
    def asked_by(self, settlement: Settlement) -> str:
        """Return who has begun it: the schedule, or a person."""
        return settlement.by

    @display(description="why it failed")
    def error(self, settlement: Settlement) -> str:
        """Return what its payout says."""
        return settlement.error_message or NOTHING

    @display(description="began (UTC)")
    def began(self, settlement: Settlement) -> str:
        """Return when it was made."""
        return time_text(settlement.created_at)

    @display(description="ended (UTC)")
    def ended(self, settlement: Settlement) -> str:
        """Return when it was paid, or failed."""
        return time_text(settlement.ended_at)


class _Echo:
    """A file that keeps nothing: what the writer of CSV makes of a row comes back at once."""

    def write(self, line: str) -> str:
        return line


def _lines(settlement: Settlement) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in statement_rows(settlement):
        yield writer.writerow(row)
