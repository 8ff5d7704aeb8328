"""Batches in the admin: what each is, how far it is, and what may be done about it."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    NOTHING,
    ReadOnlyAdmin,
    amount_text,
    code,
    key_of,
    sees_payouts,
    time_text,
)
from lucidpay.clock import NEVER, utc_now
from payouts.admin_batch_progress import progress_of_batch, progress_view, result_view
from payouts.admin_batch_verbs import batch_actions, batch_urls
from payouts.admin_upload import may_upload, upload_address, upload_urls
from payouts.models_batch import Batch
from payouts.standing import standing_of

COLOURS = {
    "scheduled": "info",
    "processing": "info",
    "completed": "success",
    "failed": "danger",
    "cancelled": "default",
    "partial": "warning",
}


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """All batches, newest first. Their payouts are found by the batch's id."""

    empty_text = "No batch yet. One is asked for over the API, or made of a file."
    sees = staticmethod(sees_payouts)
    list_display = (
        "ident", "called", "owner", "batch_type", "payouts", "amount", "due", "notes", "created",
    )  # fmt: skip
    list_filter = ("batch_type",)
    list_select_related = ("owner",)
    search_fields = ("id",)
    search_help_text = "batch id"
    change_form_template = "payouts/admin/batch.html"
    change_list_template = "payouts/admin/batch_list.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "ident",
                    "called",
                    "state",
                    "owner",
                    "payouts",
                    "amount",
                )
            },
        ),
        ("Release", {"fields": ("batch_type", "due", "notes", "priority", "router_type")}),
        ("Story", {"fields": ("story", "created", "request_id")}),
    )
    readonly_fields = (
        "ident", "called", "state", "owner", "payouts", "amount",
        "batch_type", "due", "notes", "priority", "router_type", "story", "created", "request_id",
    )  # fmt: skip

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the id alone."""
        key = key_of(term)
        return queryset.filter(pk=key) if key else queryset.none()

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """Return the batch; an odd id is none's."""
        key = key_of(object_id)
        return Batch.objects.select_related("owner").filter(pk=key).first() if key else None

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something to a batch."""
        site, name = self.admin_site, "payouts_batch"
        looks = [
            path(f"<uuid:batch_id>/{address}", site.admin_view(view), name=f"{name}_{verb}")
            for verb, address, view in (
                ("progress", "progress/", progress_view),
                ("result", "result.<slug:kind>", result_view),
            )
        ]
        return [
            *upload_urls(site, self.opts),
            *looks,
            *batch_urls(site, self.opts),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add whether this person may make a batch of a file."""
        may = {"may_upload": may_upload(request)}
        return super().changelist_view(request, (extra_context or {}) | may)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what this person may do, and how far it is."""
        batch = context["original"]
        context |= batch_actions(request, batch) | progress_of_batch(batch)
        context["upload_address"] = upload_address(request, context["upload"])
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="batch")
    def ident(self, batch: Batch) -> SafeString | str:
        """Return its id."""
        return code(batch.public_id)

    @display(description="name")
    def called(self, batch: Batch) -> str:
        """Return what people call it."""
        return batch.name or NOTHING

    @display(description="status", label=COLOURS)
    def state(self, batch: Batch) -> str:
        """Return where it stands; on its own page only, as it is counted."""
        return standing_of(batch).status(utc_now())

    @display(description="payouts")
    def payouts(self, batch: Batch) -> str:
        """Return how many payouts it has."""
        if batch.filled_at is None:
            return f"{batch.total_payouts:,}, of which {batch.rows_stored:,} are in"
        return f"{batch.total_payouts:,}"

    @display(description="amount USDT")
    def amount(self, batch: Batch) -> str:
        """Return what it pays in all."""
        return amount_text(batch.total_amount_micro)

    @display(description="due (UTC)")
    def due(self, batch: Batch) -> str:
        """Return when it is released."""
        return "switched off" if batch.due_at >= NEVER else time_text(batch.due_at)

    @display(description="notes")
    def notes(self, batch: Batch) -> str:
        """Return what somebody should know."""
        found = {
            "paused": batch.paused_at,
            "released by hand": batch.released_at,
            "cancelled": batch.cancelled_at,
            "its file is not read to its end": not (batch.filled_at or batch.cancelled_at),
        }
        return ", ".join(name for name, is_so in found.items() if is_so) or NOTHING

    @display(description="story")
    def story(self, batch: Batch) -> SafeString:
        """Return what was done to it as a whole, the oldest first."""
        lines = (
            (time_text(one.at), one.get_kind_display(), one.by, one.details.get("reason") or "")
            for one in batch.events.order_by("pk")
        )
        return format_html_join("", "<div>{} · {} · {} {}</div>", lines)

    @display(description="created (UTC)")
    def created(self, batch: Batch) -> str:
        """Return when it was asked for."""
        return time_text(batch.created_at)
