"""The forms behind the admin's pages of users and keys."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UserChangeForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from access.models import ApiKey, User
from access.scopes import SCOPES
from access.services.keys import OVERLAP_MAX
from lucidpay.clock import utc_now

ANY_OTHER = "*"
CALLS_MAX = 1_000_000


class UserForm(UserChangeForm):
    """A user without the field that would show parts of the password's hash."""

    password = None  # type: ignore[assignment]  # how Django drops an inherited field

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "groups")
        help_texts = {
            "is_staff": "May enter this admin, if a role of theirs shows them something here.",
            "is_active": "Untick instead of deleting: their keys and logins stop at once.",
        }


def rate_limits_clean(limits: Any) -> dict[str, int]:
    """Return calls a minute by endpoint, or raise ``ValidationError`` with what is wrong."""
    if limits in (None, ""):
        return {}
    known = {*settings.RATE_LIMITS, ANY_OTHER}
    if not isinstance(limits, dict) or set(limits) - known:
        raise forms.ValidationError(f"An object with keys of: {', '.join(sorted(known))}.")
    for name, calls in limits.items():
        if type(calls) is not int or not 1 <= calls <= CALLS_MAX:
            raise forms.ValidationError(f"{name}: a whole number of 1 … {CALLS_MAX:,} calls.")
    return limits


class RateLimitsForm(forms.ModelForm):
    """The one thing of a key that can be changed."""

    class Meta:
        model = ApiKey
        fields = ("rate_limits",)

    def clean_rate_limits(self) -> dict[str, int]:
        """Refuse endpoints that do not exist and limits that are no numbers."""
        return rate_limits_clean(self.cleaned_data["rate_limits"])


class ApiKeyForm(forms.Form):
    """What ``api_key_create`` wants to know."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        label="Owner",
        widget=UnfoldAdminSelectWidget,
        help_text="The key never opens more than its owner's roles do.",
    )
    name = forms.CharField(
        max_length=100, widget=UnfoldAdminTextInputWidget, help_text="What the key is for."
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in sorted(SCOPES)],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None ticked: all that the owner's roles give today.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires at (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2030-01-31 00:00"}),
        help_text="Empty: never.",
    )
    allowed_ips = forms.CharField(
        required=False,
        label="Allowed addresses",
        widget=UnfoldAdminTextInputWidget,
        help_text="Addresses and networks (10.0.0.7, 10.1.0.0/16, 2001:db8::/48), separated by "
        "commas. Empty: any.",
    )
    rate_limits = forms.JSONField(
        required=False,
        label="Rate limits",
        initial=dict,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text='Calls a minute by endpoint, such as {"payouts.create": 600, "*": 120}.',
    )

    def clean_scopes(self) -> list[str] | None:
        """Return ``None`` for none: the service then takes all of the owner's."""
        return self.cleaned_data["scopes"] or None

    def clean_expires_at(self) -> Any:
        """Refuse a time that is over."""
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= utc_now():
            raise forms.ValidationError("This time is over.")
        return expires_at

    def clean_allowed_ips(self) -> list[str]:
        """Return what was given; the service says whether each is an address or a network."""
        words = self.cleaned_data["allowed_ips"].split(",")
        return [word.strip() for word in words if word.strip()]

    def clean_rate_limits(self) -> dict[str, int]:
        """Refuse endpoints that do not exist and limits that are no numbers."""
        return rate_limits_clean(self.cleaned_data["rate_limits"])


class ResetForm(forms.Form):
    """Why a second factor is reset."""

    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text="How you know that it is them. Kept in the audit trail with your name, for good.",
    )


class RotateForm(forms.Form):
    """What ``api_key_rotate`` wants to know."""

    overlap = forms.IntegerField(
        min_value=0,
        max_value=OVERLAP_MAX.days * 24,
        initial=24,
        label="Overlap in hours",
        widget=UnfoldAdminTextInputWidget,
        help_text="How long the old key still works. 0: it ends at once.",
    )

    def clean_overlap(self) -> timedelta:
        """Return the span."""
        return timedelta(hours=self.cleaned_data["overlap"])
