"""The outbox in the admin."""

import simplejson as json
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import FixedFilter, ReadOnlyAdmin, key_of, short, time_text
from webhooks.models import Event


class TypeFilter(FixedFilter):
    """The types of events."""

    title = "type"
    parameter_name = "type"
    choices_known = (
        "payout.created",
        "payout.processing",
        "payout.confirmed",
        "payout.failed",
        "payout.cancelled",
    )


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What was announced, and the very words."""

    list_display = ("event_id", "type", "about", "when")
    list_filter = (TypeFilter,)
    search_fields = ("id",)
    search_help_text = "event id, or the id of what it is about"
    fields = readonly_fields = ("id", "type", "subject", "when", "body_text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Load bodies on the page of one event only."""
        rows: QuerySet[Event] = super().get_queryset(request)
        return rows.defer("body")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find by its id, or by what it is about."""
        term = search_term.strip()
        if not term:
            return queryset, False
        key = key_of(term)
        return queryset.filter(pk=key) | queryset.filter(subject=key), False

    @display(description="event")
    def event_id(self, event: Event) -> SafeString | str:
        """Return the ends of the id."""
        return short(f"evt_{event.pk.hex}", head=8, tail=8)

    @display(description="about")
    def about(self, event: Event) -> SafeString | str:
        """Return the ends of what it is about."""
        return short(event.subject.hex, head=0, tail=12)

    @display(description="at (UTC)")
    def when(self, event: Event) -> str:
        """Return when it was recorded."""
        return time_text(event.created_at)

    @display(description="body")
    def body_text(self, event: Event) -> SafeString:
        """Return the body, indented for reading."""
        body = json.loads(event.body, use_decimal=True)
        text = json.dumps(body, indent=2, ensure_ascii=False, use_decimal=True)
        return format_html('<pre class="lp-pre">{}</pre>', text)
