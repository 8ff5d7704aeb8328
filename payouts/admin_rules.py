"""What decides about review, in the admin: set by admins, seen by everybody who sees payouts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from access.console import (
    ConsoleAdmin,
    ReadOnlyAdmin,
    amount_text,
    manages_access,
    payout_link,
    time_text,
)
from access.step_up import StepUpAdmin
from payouts.models_review import Approval, ApprovalTier, ReviewExemption, ReviewRule, RuleCode
from payouts.policy.review import UNITS


class SetByAdmins(StepUpAdmin, ConsoleAdmin):
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
    list_display_links = ("given",)  # the first column leads to the payout
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
