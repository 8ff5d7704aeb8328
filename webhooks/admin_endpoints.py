"""Webhooks in the admin: looked at, switched off and on, sent again what they missed."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, FixedFilter, ReadOnlyAdmin, code, key_of, short, time_text
from webhooks.admin_verbs import verb_urls, verbs_for
from webhooks.models import Endpoint
from webhooks.models_endpoint import SEALED

COLOURS = {"active": "success", "failing": "warning", "off": "danger", "deleted": "default"}
STATES: dict[str, dict[str, Any]] = {
    "active": {"is_active": True, "failures": 0},
    "failing": {"is_active": True, "failures__gt": 0},
    "off": {"is_active": False, "deleted_at": None},
    "deleted": {"deleted_at__isnull": False},
}


def state_of(endpoint: Endpoint) -> str:
    """Return how it is doing, in a word."""
    if endpoint.deleted_at is not None:
        return "deleted"
    if not endpoint.is_active:
        return "off"
    return "failing" if endpoint.failures else "active"


class StateFilter(FixedFilter):
    """How they are doing."""

    title = "state"
    parameter_name = "state"
    choices_known = tuple(STATES)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return those that are doing so."""
        return queryset.filter(**STATES.get(str(self.value()), {}))


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """All endpoints, newest first; no page knows a secret."""

    empty_text = (
        "Nobody is told of anything. Applications register over the API: POST "
        "/api/payment/webhooks."
    )
    list_display = ("ident", "state", "target", "owner", "types", "health", "created")
    list_filter = (StateFilter,)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    search_help_text = "webhook id, or its owner's name"
    change_form_template = "webhooks/admin/endpoint.html"
    fieldsets = (
        (None, {"fields": ("ident_full", "state", "url", "owner", "type_list", "headers",
                           "deliveries")}),
        ("Health", {"fields": ("health", "failing", "failed", "paused", "disabled", "told")}),
        ("Times (UTC)", {"fields": ("created", "updated", "overlap", "deleted")}),
    )  # fmt: skip
    readonly_fields = (
        "ident_full", "state", "url", "owner", "type_list", "headers", "deliveries", "health",
        "failing", "failed", "paused", "disabled", "told", "created", "updated", "overlap",
        "deleted",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        """Load no boxes."""
        rows: QuerySet[Endpoint] = super().get_queryset(request)
        return rows.select_related("owner").defer(*SEALED)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Endpoint | None:
        """Return the endpoint; an odd id is none's."""
        key = key_of(object_id)
        return self.get_queryset(request).filter(pk=key).first() if key else None

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the id, or by the owner's whole name."""
        key = key_of(term)
        return queryset.filter(pk=key) if key else queryset.filter(owner__username=term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something to an endpoint."""
        return [*verb_urls(Endpoint, self.admin_site, self.opts), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what this person may do."""
        context |= verbs_for(request, context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="webhook")
    def ident(self, endpoint: Endpoint) -> SafeString | str:
        """Return the ends of the id."""
        return short(endpoint.public_id, head=8, tail=8)

    @display(description="webhook")
    def ident_full(self, endpoint: Endpoint) -> SafeString | str:
        """Return the id."""
        return code(endpoint.public_id)

    @display(description="state", label=COLOURS)
    def state(self, endpoint: Endpoint) -> str:
        """Return how it is doing."""
        return state_of(endpoint)

    @display(description="url")
    def target(self, endpoint: Endpoint) -> SafeString | str:
        """Return the beginning and the end of where to."""
        return short(endpoint.url, head=40, tail=10)

    @display(description="types")
    def types(self, endpoint: Endpoint) -> SafeString:
        """Return how many types it is told of, and which in the tooltip."""
        types = ", ".join(endpoint.events)
        return format_html('<span title="{}">{}</span>', types, len(endpoint.events))

    @display(description="types")
    def type_list(self, endpoint: Endpoint) -> SafeString:
        """Return what it is told of."""
        chips = ((kind,) for kind in endpoint.events)
        return format_html_join(" ", '<span class="lp-chip">{}</span>', chips)

    @display(description="headers")
    def headers(self, endpoint: Endpoint) -> str:
        """Return the names of the headers that are sent along."""
        return ", ".join(endpoint.header_names) or "none"

    @display(description="deliveries")
    def deliveries(self, endpoint: Endpoint) -> SafeString:
        """Return a link to what was sent to it."""
        url = reverse("admin:webhooks_delivery_changelist")
        query = urlencode({"q": endpoint.public_id})
        return format_html('<a class="lp-link" href="{}?{}">what was sent to it</a>', url, query)

    @display(description="failures")
    def health(self, endpoint: Endpoint) -> str:
        """Return how many attempts have failed in a row, and since when."""
        if not endpoint.failures:
            return "none"
        return f"{endpoint.failures:,} since {time_text(endpoint.failing_since)}"

    @display(description="failing since")
    def failing(self, endpoint: Endpoint) -> str:
        """Return since when it takes nothing."""
        return time_text(endpoint.failing_since)

    @display(description="failed last")
    def failed(self, endpoint: Endpoint) -> str:
        """Return when an attempt failed last."""
        return time_text(endpoint.failed_at)

    @display(description="asked to be left alone until")
    def paused(self, endpoint: Endpoint) -> str:
        """Return until when nothing is sent, as it asked."""
        return time_text(endpoint.paused_until)

    @display(description="switched off")
    def disabled(self, endpoint: Endpoint) -> str:
        """Return when it was switched off, and why."""
        if endpoint.disabled_at is None:
            return NOTHING
        return f"{time_text(endpoint.disabled_at)}: {endpoint.get_disabled_for_display()}"

    @display(description="owner told")
    def told(self, endpoint: Endpoint) -> str:
        """Return when its owner was told that it was switched off."""
        return time_text(endpoint.told_at)

    @display(description="created (UTC)")
    def created(self, endpoint: Endpoint) -> str:
        """Return when it was registered."""
        return time_text(endpoint.created_at)

    @display(description="changed")
    def updated(self, endpoint: Endpoint) -> str:
        """Return when somebody changed it last."""
        return time_text(endpoint.updated_at)

    @display(description="secret before signs until")
    def overlap(self, endpoint: Endpoint) -> str:
        """Return until when the secret before signs as well."""
        return time_text(endpoint.previous_until)

    @display(description="deleted")
    def deleted(self, endpoint: Endpoint) -> str:
        """Return when it was deleted."""
        return time_text(endpoint.deleted_at)
