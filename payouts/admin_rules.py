"""What decides about review, in the admin: set by admins, seen by everybody who sees payouts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from access.console import (
    NOTHING,
    ConsoleAdmin,
    ReadOnlyAdmin,
    amount_text,
    console_scopes,
    key_of,
    manages_access,
    payout_link,
    short,
    time_text,
)
from payouts.console_review import reasons_in
from payouts.models import Payout, PayoutEvent, Review
from payouts.models_review import (
    Approval,
    ApprovalTier,
    AwaitingReview,
    ReviewExemption,
    ReviewRule,
    RuleCode,
)
from payouts.policy.review import UNITS
from payouts.states import Status


class SetByAdmins(ConsoleAdmin):
    """Changed by those who manage the service; a note of each change is kept by Django's log."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those who manage the service add one."""
        return manages_access(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those who manage the service change one."""
        return manages_access(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those who manage the service take one back."""
        return manages_access(request)


class RuleForm(forms.ModelForm):
    """A rule, and its bound if it has one."""

    class Meta:
        model = ReviewRule
        fields = ("enabled", "parameter")
        widgets = {"parameter": UnfoldAdminIntegerFieldWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = UNITS.get(RuleCode(self.instance.code))
        if "parameter" in self.fields and unit:
            self.fields["parameter"].help_text = unit
            self.fields["parameter"].required = True
        elif "parameter" in self.fields:
            self.fields["parameter"].disabled = True
            self.fields["parameter"].help_text = "This rule has none."


@admin.register(ReviewRule)
class ReviewRuleAdmin(SetByAdmins):
    """Which payouts a person must look at. All rules exist; they are switched on and off."""

    empty_text = "No rule is here: run the migrations."
    form = RuleForm
    ordering = ("code",)
    list_display = ("what", "enabled", "bound")
    fields = ("enabled", "parameter")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """All there are exist."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """They are switched off instead."""
        return False

    @display(description="a person looks at")
    def what(self, rule: ReviewRule) -> str:
        """Return what it is about."""
        return rule.get_code_display()

    @display(description="bound")
    def bound(self, rule: ReviewRule) -> str:
        """Return its parameter with the unit."""
        unit = UNITS.get(RuleCode(rule.code))
        return f"{rule.parameter:,} {unit}" if unit and rule.parameter is not None else "—"


@admin.register(ApprovalTier)
class ApprovalTierAdmin(SetByAdmins):
    """How many people must agree, by amount."""

    empty_text = (
        "One person's approval is enough for any amount. Add an amount from which more are needed."
    )
    ordering = ("from_amount_micro",)
    list_display = ("start", "approvals_needed")
    fields = ("from_amount_micro", "approvals_needed")

    @display(description="from")
    def start(self, tier: ApprovalTier) -> str:
        """Return the amount."""
        return amount_text(tier.from_amount_micro, "USDT")


@admin.register(ReviewExemption)
class ReviewExemptionAdmin(SetByAdmins):
    """Callers whose payouts nobody reviews."""

    empty_text = "The payouts of all callers are reviewed by the same rules."
    list_display = ("__str__", "user", "api_key", "note")
    list_select_related = ("user", "api_key")
    fields = ("user", "api_key", "note")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Made and taken back, never turned into another's."""
        return False


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """Who has agreed to what, and until when that held."""

    empty_text = "Nobody has approved anything yet."
    list_display = ("payout_page", "approver", "given", "expires", "reason")
    list_select_related = ("approver",)
    fields = readonly_fields = (
        "payout_page", "approver", "given", "expires", "needed", "reason", "content_hash",
    )  # fmt: skip

    @display(description="payout")
    def payout_page(self, approval: Approval) -> SafeString:
        """Return a link to the payout."""
        return payout_link(approval.payout_id)

    @display(description="given (UTC)")
    def given(self, approval: Approval) -> str:
        """Return when it was given."""
        return time_text(approval.at)

    @display(description="held until (UTC)")
    def expires(self, approval: Approval) -> str:
        """Return until when something could be signed on it."""
        return time_text(approval.expires_at)


@admin.register(AwaitingReview)
class AwaitingReviewAdmin(ReadOnlyAdmin):
    """What waits for people, the oldest first. Each is decided on its own page, or its batch's."""

    empty_text = "Nothing waits for a person."
    ordering = ("pk",)
    list_display = (
        "payout_page", "batch_page", "amount", "recipient", "owner", "why", "given", "created",
        "due",
    )  # fmt: skip
    list_display_links = None
    list_select_related = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        """Return what waits, with the reasons and the approvals given so far."""
        rows: QuerySet[Payout] = super().get_queryset(request)
        hits = PayoutEvent.objects.filter(details__has_key="hits").order_by("pk")
        return (
            rows.filter(status=Status.PENDING, review=Review.REQUIRED)
            .defer("metadata", "custom_data")
            .prefetch_related(Prefetch("events", hits, "hits"), "approvals__approver")
        )

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Lead to the payout's own page."""
        key = key_of(object_id)
        if key is None or "payouts:read" not in console_scopes(request):
            return HttpResponseRedirect(reverse("admin:payouts_awaitingreview_changelist"))
        return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[key]))

    @display(description="payout")
    def payout_page(self, payout: AwaitingReview) -> SafeString:
        """Return a link to the payout's page, where it is decided."""
        return payout_link(payout.pk)

    @display(description="batch", empty_value=NOTHING)
    def batch_page(self, payout: AwaitingReview) -> SafeString | None:
        """Return a link to its batch's page, where all of it that waits is decided."""
        if payout.batch_id is None:
            return None
        url = reverse("admin:payouts_batch_change", args=[payout.batch_id])
        return format_html('<a class="lp-link" href="{}">…{}</a>', url, payout.batch_id.hex[-8:])

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
        return format_html_join("", "<div>{}</div>", ((text,) for text in reasons_in(found)))

    @display(description="approved by", empty_value="nobody yet")
    def given(self, payout: AwaitingReview) -> str | None:
        """Return who has agreed already."""
        given = [one for one in payout.approvals.all() if one.round == payout.review_round]
        return ", ".join(one.approver.username for one in given) or None

    @display(description="asked (UTC)")
    def created(self, payout: AwaitingReview) -> str:
        """Return when it was asked for."""
        return time_text(payout.created_at)

    @display(description="due (UTC)")
    def due(self, payout: AwaitingReview) -> str:
        """Return when it should be paid."""
        return time_text(payout.due_at)
