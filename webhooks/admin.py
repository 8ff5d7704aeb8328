"""The outbox in the admin. Webhooks and deliveries have modules of their own."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, FixedFilter, ReadOnlyAdmin, key_of, short, time_text
from webhooks import admin_endpoints  # noqa: F401  (its page)
from webhooks.admin_body import indented
from webhooks.admin_deliveries import DeliveryInline
from webhooks.kinds import KINDS, TEST
from webhooks.models import Event
from webhooks.stream import place_of


class TypeFilter(FixedFilter):
    """The types of events."""

    title = "type"
    parameter_name = "type"
    choices_known = (*KINDS, TEST)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What was announced, and the very words."""

    empty_text = "Nothing has happened yet that could be announced."
    list_display = ("event_id", "type", "about", "when")
    list_filter = (TypeFilter,)
    search_fields = ("id",)
    search_help_text = "event id, or the id of what it is about"
    fields = readonly_fields = ("id", "type", "subject", "number", "when", "body_text")
    inlines = (DeliveryInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Load bodies on the page of one event only."""
        rows: QuerySet[Event] = super().get_queryset(request)
        return rows.defer("body")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by its id, or by what it is about."""
        key = key_of(term)
        return queryset.filter(pk=key) | queryset.filter(subject=key)

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
        return indented(event.body)

    @display(description="sequence")
    def number(self, event: Event) -> str:
        """Return its number in everybody's stream; a test has none, nor what is new."""
        place = place_of(event)
        return f"{place.sequence:,}" if place else NOTHING
