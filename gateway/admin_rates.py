"""Rates of TRX in the admin, set with a reason; and what limits have counted."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from access.console import (
    NOTHING,
    ConsoleAdmin,
    ReadOnly,
    ReadOnlyAdmin,
    amount_text,
    manages_access,
    time_text,
)
from access.step_up import StepUpAdmin
from gateway.models_fees import Rate
from gateway.models_limits import GatewayWindow, WindowKind
from gateway.services.rates import REASON_MAX, rate_check, rate_set
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from lucidpay.money import UNITS_PER_TOKEN

FIELDS = {"micro_per_trx": "usdt_per_trx"}  # what the service names → what the form does


class RateForm(forms.ModelForm):
    """What one TRX is worth, and why."""

    usdt_per_trx = forms.DecimalField(
        label="USDT a TRX", min_value=Decimal(0), max_digits=10, decimal_places=6,
        widget=UnfoldAdminTextInputWidget, help_text="Such as 0.31.",
    )  # fmt: skip
    reason = forms.CharField(
        max_length=REASON_MAX, widget=UnfoldAdminTextInputWidget, help_text="Where it is from."
    )
    is_sure = forms.BooleanField(
        label="I am sure", required=False, widget=UnfoldBooleanWidget,
        help_text="Needed when it is far from the last one.",
    )  # fmt: skip

    class Meta:
        model = Rate
        fields = ()

    def clean(self) -> dict[str, Any]:
        """Refuse what the service would refuse, field by field."""
        fields = super().clean() or {}
        if not self.errors:
            try:
                rate_check(**self.asked())
            except ValidationFailed as error:
                found = {FIELDS.get(name, name): said for name, said in error.details.items()}
                raise forms.ValidationError(found) from error
        return fields

    def asked(self) -> dict[str, Any]:
        """Return what was filled in, as the service takes it."""
        given = self.cleaned_data
        return {
            "micro_per_trx": int(given["usdt_per_trx"] * UNITS_PER_TOKEN),
            "reason": given["reason"],
            "is_sure": given["is_sure"],
        }


@admin.register(Rate)
class RateAdmin(StepUpAdmin, ReadOnly, ConsoleAdmin):
    """What TRX was worth when payments were quoted. Set here, or read on chain; never changed."""

    empty_text = "No rate is known, so nothing is quoted in TRX. Add one."
    form = RateForm
    list_display = ("worth", "source", "since", "until", "by", "why")
    list_filter = ("source",)
    readonly_fields = ("worth", "since", "until", "why")

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Those who manage the service."""
        return manages_access(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show a rate as it is, or the form of a new one."""
        return self.list_display if obj else ("usdt_per_trx", "reason", "is_sure")

    def save_model(self, request: HttpRequest, obj: Rate, form: RateForm, change: bool) -> None:
        """Set it under this person's name."""
        by = request.user.get_username()
        obj.pk = rate_set(**form.asked(), by=by, now=utc_now()).pk

    @display(description="USDT a TRX")
    def worth(self, rate: Rate) -> str:
        """Return the rate."""
        return amount_text(rate.micro_per_trx)

    @display(description="from (UTC)")
    def since(self, rate: Rate) -> str:
        """Return since when it holds."""
        return time_text(rate.at)

    @display(description="until (UTC)")
    def until(self, rate: Rate) -> str:
        """Return until when it is quoted by."""
        return time_text(rate.expires_at)

    @display(description="reason")
    def why(self, rate: Rate) -> str:
        """Return why it was set, or what the pair held."""
        told = rate.details or {}
        if "pair" not in told:
            return str(told.get("reason", NOTHING))
        held = f"{amount_text(told['sun'], 'TRX')} and {amount_text(told['usdt_micro'], 'USDT')}"
        return f"{told['pair']} held {held} in block {told['block_number']}"


@admin.register(GatewayWindow)
class GatewayWindowAdmin(ReadOnlyAdmin):
    """What payments have taken of days and minutes; two days back."""

    empty_text = "No payment was asked for within two days."
    list_display = ("starts", "kind", "subject", "taken", "limit")
    list_filter = ("kind",)
    fields = readonly_fields = list_display

    @display(description="from (UTC)")
    def starts(self, window: GatewayWindow) -> str:
        """Return when it began."""
        return time_text(window.starts_at)

    @display(description="used")
    def taken(self, window: GatewayWindow) -> str:
        """Return what was asked for in it."""
        return _told(window, window.used)

    @display(description="limit when last used")
    def limit(self, window: GatewayWindow) -> str:
        """Return the limit that held when something was last asked for."""
        return NOTHING if window.most is None else _told(window, window.most)


def _told(window: GatewayWindow, units: int) -> str:
    return amount_text(units, "USDT") if window.kind == WindowKind.DAY else f"{units:,} payments"
