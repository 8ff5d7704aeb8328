"""Deliveries in the admin: what was sent, what came back, and sending it again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import ReadOnlyAdmin, ReadOnlyInline, code, key_of, short, time_text
from webhooks.admin_body import indented
from webhooks.admin_verbs import verb_urls, verbs_for
from webhooks.models import Delivery
from webhooks.models_endpoint import SEALED
from webhooks.queries import attempts_of

Status = Delivery.Status
COLOURS: dict[str, str] = {
    Status.PENDING: "info",
    Status.DELIVERED: "success",
    Status.EXHAUSTED: "danger",
    Status.CANCELLED: "default",
}
BOXES = tuple(f"endpoint__{name}" for name in SEALED)


class Shown:
    """What lists and pages show of a delivery."""

    @display(description="status", label=COLOURS)
    def state(self, delivery: Delivery) -> str:
        """Return where it stands."""
        return delivery.status

    @display(description="due (UTC)")
    def due(self, delivery: Delivery) -> str:
        """Return when it is sent next."""
        return time_text(delivery.due_at if delivery.status == Status.PENDING else None)

    @display(description="ended (UTC)")
    def ended(self, delivery: Delivery) -> str:
        """Return when it was taken or given up."""
        return time_text(delivery.ended_at)

    @display(description="webhook")
    def webhook(self, delivery: Delivery) -> SafeString:
        """Return a link to where it goes."""
        url = reverse("admin:webhooks_endpoint_change", args=[delivery.endpoint_id])
        where = short(delivery.endpoint.url, head=30, tail=8)
        return format_html('<a class="lp-link" href="{}">{}</a>', url, where)


@admin.register(Delivery)
class DeliveryAdmin(Shown, ReadOnlyAdmin):
    """All deliveries, newest first; those of one webhook are found by its id."""

    empty_text = (
        "Nothing is on its way. Deliveries are made of events for which a webhook is registered."
    )
    list_display = ("ident", "state", "kind", "webhook", "attempts", "due", "created")
    list_filter = ("status",)
    list_select_related = ("event", "endpoint")
    search_fields = ("id",)
    search_help_text = "webhook id, event id or delivery id"
    change_form_template = "webhooks/admin/delivery.html"
    fields = readonly_fields = (
        "ident_full", "state", "event_link", "kind", "webhook", "attempts", "tries", "due",
        "ended", "created", "body_text",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Load neither bodies nor boxes."""
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.select_related("event", "endpoint").defer("event__body", *BOXES)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Delivery | None:
        """Return the delivery; an odd id is none's."""
        key = key_of(object_id)
        return self.get_queryset(request).filter(pk=key).first() if key else None

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by what the id begins with, each through an index of its own."""
        key = key_of(term)
        if term.lower().startswith("webhook_"):
            return queryset.filter(endpoint=key)
        return queryset.filter(pk=key) | queryset.filter(event=key)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that sends it again."""
        return [*verb_urls(Delivery, self.admin_site, self.opts), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add its attempts, and what this person may do."""
        delivery: Delivery = context["original"]
        attempts = [
            (one, sorted(one.request_headers.items()), sorted((one.response_headers or {}).items()))
            for one in attempts_of(delivery)
        ]
        context |= {"attempts": attempts, **verbs_for(request, delivery)}
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="delivery")
    def ident(self, delivery: Delivery) -> SafeString | str:
        """Return the ends of the id."""
        return short(delivery.public_id, head=9, tail=8)

    @display(description="delivery")
    def ident_full(self, delivery: Delivery) -> SafeString | str:
        """Return the id."""
        return code(delivery.public_id)

    @display(description="type")
    def kind(self, delivery: Delivery) -> str:
        """Return the type of its event."""
        return delivery.event.type

    @display(description="event")
    def event_link(self, delivery: Delivery) -> SafeString:
        """Return a link to what it tells of."""
        url = reverse("admin:webhooks_event_change", args=[delivery.event_id])
        ident = f"evt_{delivery.event_id.hex}"
        return format_html('<a class="lp-link" href="{}">{}</a>', url, ident)

    @display(description="created (UTC)")
    def created(self, delivery: Delivery) -> str:
        """Return when it was first due."""
        return time_text(delivery.created_at)

    @display(description="body")
    def body_text(self, delivery: Delivery) -> SafeString:
        """Return the body, indented for reading."""
        return indented(delivery.event.body)


class DeliveryInline(Shown, ReadOnlyInline):
    """To whom an event was told, on the event's page."""

    model = Delivery
    verbose_name_plural = "deliveries"
    fields = readonly_fields = ("webhook", "state", "attempts", "due", "ended", "page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Load no boxes."""
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.select_related("endpoint").defer(*BOXES).order_by("-pk")

    @display(description="attempts")
    def page(self, delivery: Delivery) -> SafeString:
        """Return a link to its own page."""
        url = reverse("admin:webhooks_delivery_change", args=[delivery.pk])
        return format_html('<a class="lp-link" href="{}">how it went</a>', url)
