"""Limits, their windows and the breaker in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from access.console import (
    ConsoleAdmin,
    ReadOnly,
    ReadOnlyAdmin,
    amount_text,
    console_roles,
    manages_access,
    time_text,
)
from access.step_up import StepUpAdmin, stepped_up
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from payouts.admin_limit_form import NO_LIMIT, LimitForm
from payouts.models import RouterType
from payouts.models_limits import BreakerTrip, Limit, LimitWindow
from payouts.services.limits import limit_breaker_reset, limit_breaker_trip, limit_set
from wallets.admin_books import say

STOPPERS = {"operator", "approver", "admin"}


def may_stop(request: HttpRequest) -> bool:
    """Whether this person may trip and reset breakers."""
    return bool(console_roles(request) & STOPPERS)


@admin.register(Limit)
class LimitAdmin(StepUpAdmin, ConsoleAdmin):
    """What may be promised in an hour and a day. Set by those who manage the service."""

    empty_text = "There is no limit: anybody may promise anything. Add one."
    form = LimitForm
    ordering = ("kind", "subject")  # type: ignore[assignment]
    list_display = ("kind", "whose", "hourly", "daily", "lifts_router", "changed_by", "changed")
    list_filter = ("kind",)
    search_fields = ("subject",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether this person manages the service."""
        return manages_access(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this person manages the service."""
        return manages_access(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody's: a limit that is empty says that there is none, and who said so."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep whose limit it is."""
        return ("kind", "subject") if obj else ()

    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        """Set it under this person's name."""
        obj.pk = limit_set(
            kind=obj.kind,
            subject=obj.subject,
            hourly_micro=obj.hourly_micro,
            daily_micro=obj.daily_micro,
            lifts_router=obj.lifts_router,
            by=request.user.get_username(),
            now=utc_now(),
        ).pk

    @display(description="whose")
    def whose(self, limit: Limit) -> str:
        """Return the subject."""
        return limit.subject or "everyone without one of their own"

    @display(description="USDT an hour")
    def hourly(self, limit: Limit) -> str:
        """Return the hourly limit."""
        return NO_LIMIT if limit.hourly_micro is None else amount_text(limit.hourly_micro)

    @display(description="USDT a day")
    def daily(self, limit: Limit) -> str:
        """Return the daily limit."""
        return NO_LIMIT if limit.daily_micro is None else amount_text(limit.daily_micro)

    @display(description="changed (UTC)")
    def changed(self, limit: Limit) -> str:
        """Return when it was last set."""
        return time_text(limit.changed_at)


@admin.register(LimitWindow)
class LimitWindowAdmin(ReadOnlyAdmin):
    """What has been promised, by hour and day."""

    empty_text = "Nothing was promised yet."
    list_display = ("starts", "period", "kind", "subject", "used", "limit")
    list_filter = ("kind", "period")
    search_fields = ("subject",)
    fields = readonly_fields = list_display

    @display(description="from (UTC)")
    def starts(self, window: LimitWindow) -> str:
        """Return when it began."""
        return time_text(window.starts_at)

    @display(description="used USDT")
    def used(self, window: LimitWindow) -> str:
        """Return what has been promised in it."""
        return amount_text(window.used_micro)

    @display(description="limit when last used")
    def limit(self, window: LimitWindow) -> str:
        """Return the limit that held when something was last promised."""
        return NO_LIMIT if window.limit_micro is None else amount_text(window.limit_micro)


class TripForm(forms.ModelForm):
    """What is stopped, and why."""

    class Meta:
        model = BreakerTrip
        fields = ("router_type", "reason")
        widgets = {
            "router_type": UnfoldAdminSelectWidget(
                choices=[("", "all routers"), *[(one.value, one.value) for one in RouterType]]
            ),
            "reason": UnfoldAdminTextInputWidget,
        }

    def clean_router_type(self) -> str:
        """Refuse a router that is stopped already."""
        router: str = self.cleaned_data["router_type"]
        if BreakerTrip.objects.filter(router_type=router, reset_at=None).exists():
            raise forms.ValidationError("It is stopped already.")
        if router and router not in RouterType.values:
            raise forms.ValidationError("There is no such router.")
        return router


class ResetForm(forms.Form):
    """Why it goes on."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)


@admin.register(BreakerTrip)
class BreakerTripAdmin(ReadOnly, ConsoleAdmin):
    """Routers that people have stopped. Added by tripping, ended by a reset."""

    empty_text = (
        "No breaker was ever tripped. Add one to refuse new payouts; to stop what is "
        "signed and sent, use the kill switch."
    )
    form = TripForm
    list_display = ("router", "reason", "by", "since", "until", "reset_by", "reset_reason")
    fields = ("router_type", "reason")
    actions_detail = ("reset",)

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Operators trip it."""
        return may_stop(request)

    def save_model(self, request: HttpRequest, obj: BreakerTrip, form: Any, change: bool) -> None:
        """Trip it under this person's name."""
        obj.pk = limit_breaker_trip(
            router_type=obj.router_type,
            reason=obj.reason,
            by=request.user.get_username(),
            now=utc_now(),
        ).pk

    def has_reset_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it while it is tripped."""
        text = str(object_id)
        rows = BreakerTrip.objects.filter(reset_at=None)
        is_open = text.isascii() and text.isdecimal() and rows.filter(pk=text).exists()
        return may_stop(request) and is_open

    @action(description="Reset", url_path="reset", permissions=["reset"])
    def reset(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then let new payouts be asked for again."""
        trip = get_object_or_404(BreakerTrip, pk=object_id)
        back = reverse("admin:payouts_breakertrip_changelist")
        form = stepped_up(ResetForm, request)(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            text = f"New payouts will be accepted again: {trip.router_type or 'all routers'}."
            return say(self, request, title="Reset the breaker", text=text, form=form,
                       button="Reset", back=back)  # fmt: skip
        try:
            limit_breaker_reset(
                router_type=trip.router_type,
                reason=form.cleaned_data["reason"],
                by=request.user.get_username(),
                now=utc_now(),
            )
        except LucidError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(back)

    @display(description="router")
    def router(self, trip: BreakerTrip) -> str:
        """Return what is stopped."""
        return trip.router_type or "all routers"

    @display(description="since (UTC)")
    def since(self, trip: BreakerTrip) -> str:
        """Return when it was tripped."""
        return time_text(trip.at)

    @display(description="reset (UTC)")
    def until(self, trip: BreakerTrip) -> str:
        """Return when it went on."""
        return time_text(trip.reset_at)
