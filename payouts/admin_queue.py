"""The queue of payouts that wait for people, in the admin: the oldest first, decided from there."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, ReadOnlyAdmin, amount_text, key_of, short, time_text
from lucidpay.clock import utc_now
from payouts.admin_review import item_address, item_view, reviewer_of
from payouts.admin_review_many import many_view
from payouts.console_queue import places_of
from payouts.console_review import reasons_in
from payouts.models import Payout, PayoutEvent, Review
from payouts.models_review import AwaitingReview
from payouts.states import Status


def age_text(since: datetime, *, now: datetime) -> str:
    """Return how long ago something was, in its largest unit: ``3 h``; for people in a hurry."""
    span = now - since
    for unit, size in (("d", timedelta(days=1)), ("h", timedelta(hours=1))):
        if span >= size:
            return f"{span // size} {unit}"
    return f"{max(span, timedelta()) // timedelta(minutes=1)} min"


@admin.register(AwaitingReview)
class AwaitingReviewAdmin(ReadOnlyAdmin):
    """What waits for people: each has a page of its own, and several are decided together."""

    ordering = ("pk",)
    empty_text = "Nothing waits for a person."
    list_display = (
        "item", "age", "amount", "recipient", "owner", "why", "approvals_so_far", "you",
    )  # fmt: skip
    list_display_links = None
    list_select_related = ("owner",)
    list_before_template = "payouts/admin/queue_many.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        """Return what waits, with the reasons."""
        rows: QuerySet[Payout] = super().get_queryset(request)
        hits = PayoutEvent.objects.filter(details__has_key="hits").order_by("pk")
        return rows.filter(status=Status.PENDING, review=Review.REQUIRED).prefetch_related(
            Prefetch("events", hits, "hits")
        )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Let those who may decide tick several."""
        return ("tick", *self.list_display) if reviewer_of(request) else self.list_display

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Add to each row of the page how it stands for whoever looks."""
        found = super().get_changelist_instance(request)
        now = utc_now()
        found.result_list = list(found.result_list)
        places = places_of(found.result_list, reviewer_of(request), now=now)
        for payout in found.result_list:
            payout.place, payout.age_text = places[payout.pk], age_text(payout.created_at, now=now)
        return found

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say to the page whether several may be decided."""
        context = {"may_decide": reviewer_of(request) is not None, **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that decide about several."""
        return [
            *[
                path(
                    f"{verb}/",
                    self.admin_site.admin_view(
                        partial(many_view, verb=verb, site=self.admin_site, opts=self.opts)
                    ),
                    name=f"payouts_awaitingreview_{verb}",
                )
                for verb in ("approve", "reject")
            ],
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show one of them with all that helps to decide."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])  # each decision has its own address
        key = key_of(object_id)
        if key is None:
            return HttpResponseRedirect(reverse("admin:payouts_awaitingreview_changelist"))
        return item_view(request, key, site=self.admin_site, opts=self.opts)

    @display(description="tick")
    def tick(self, payout: AwaitingReview) -> SafeString:
        """Return a box that belongs to the form above the list."""
        template = (
            '<input type="checkbox" name="payout" value="{}" form="lp-many"{} class="lp-tick"'
            ' aria-label="Decide about {} to {}">'
        )
        mine = "" if _place(payout).why_not else format_html(" data-mine{}", "")
        amount = amount_text(payout.amount_micro, "USDT")
        return format_html(template, payout.pk, mine, amount, payout.recipient_address)

    @display(description="payout")
    def item(self, payout: AwaitingReview) -> SafeString:
        """Return a link to where it is decided, and one to its batch, decided as a whole."""
        template = '<a class="lp-link lp-code" href="{}" title="{}">Review …{}</a>{}'
        tail = payout.pk.hex[-8:]
        return format_html(
            template, item_address(payout.pk), payout.public_id, tail, _batch(payout.batch_id)
        )

    @display(description="waits for")
    def age(self, payout: AwaitingReview) -> SafeString:
        """Return how long it has waited."""
        asked, due = time_text(payout.created_at), time_text(payout.due_at)
        text = payout.age_text  # type: ignore[attr-defined]  # added to the page's rows
        template = '<span class="lp-time" title="Asked {} UTC, due {} UTC">{}</span>'
        return format_html(template, asked, due, text)

    @display(description="amount USDT")
    def amount(self, payout: AwaitingReview) -> SafeString:
        """Return what it pays."""
        return format_html('<span class="lp-amount">{}</span>', amount_text(payout.amount_micro))

    @display(description="recipient")
    def recipient(self, payout: AwaitingReview) -> SafeString | str:
        """Return the ends of the address."""
        return short(payout.recipient_address)

    @display(description="why")
    def why(self, payout: AwaitingReview) -> SafeString:
        """Return all reasons."""
        found: list[PayoutEvent] = payout.hits  # type: ignore[attr-defined]  # prefetched
        reasons = format_html_join("", "<div>{}</div>", ((text,) for text in reasons_in(found)))
        return format_html('<div class="lp-reasons">{}</div>', reasons or NOTHING)

    @display(description="approvals")
    def approvals_so_far(self, payout: AwaitingReview) -> str:
        """Return how many have agreed, of how many."""
        return f"{_place(payout).given} of {_place(payout).needed}"

    @display(description="you")
    def you(self, payout: AwaitingReview) -> SafeString | str:
        """Return whether whoever looks may approve it, and why not."""
        why_not = _place(payout).why_not
        if not why_not:
            return "may approve it"
        return format_html('<span class="lp-note">{}</span>', why_not)


def _place(payout: AwaitingReview) -> Any:
    return payout.place  # type: ignore[attr-defined]  # added to the page's rows


def _batch(key: UUID | None) -> SafeString | str:
    if key is None:
        return ""
    url = reverse("admin:payouts_batch_change", args=[key])
    template = '<div><a class="lp-link lp-note" href="{}">batch …{}</a></div>'
    return format_html(template, url, key.hex[-8:])
