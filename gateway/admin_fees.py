"""Fees in the admin: every version, and the form that adds one."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console import ConsoleAdmin, ReadOnly, amount_text, manages_access, time_text
from access.step_up import StepUpAdmin
from gateway.kinds import Priority
from gateway.models_fees import FeeSchedule
from gateway.policy.fees import DISCOUNTS, PRIORITIES
from gateway.services.fees import NOTE_MAX, TARGET_S_MAX, TRIES_MAX, fees_check, fees_set
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from lucidpay.money import InvalidAmount, tokens_of, units_of

PPM_PER_PERCENT = 10_000
STEP = re.compile(r"\s*(\d{1,10}(?:\.\d{1,6})?)\s*=\s*(\d{1,3})\s*", re.ASCII)
NAMES = [one.label for one in reversed(Priority)]  # from low to urgent


def percent_text(rate_ppm: int) -> str:
    """Return parts per million in percent, exact."""
    return f"{Decimal(rate_ppm) / PPM_PER_PERCENT:f}"


class StepsField(forms.CharField):
    """Discounts as people write them: ``10000=5, 100000=10``; as the schedule keeps them inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextInputWidget, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the steps, or raise for what is none."""
        text = super().clean(value)
        return [_step(part) for part in text.split(",")] if text else []

    def prepare_value(self, value: Any) -> Any:
        """Show steps as people write them."""
        return steps_text(value) if isinstance(value, list) else value


def steps_text(steps: list[dict[str, int]]) -> str:
    """Return the steps of a schedule as people write them."""
    return ", ".join(f"{tokens_of(one['above_micro']):f}={one['percent']}" for one in steps)


def _step(text: str) -> dict[str, int]:
    found = STEP.fullmatch(text)
    try:
        above_micro = units_of(Decimal(found[1])) if found else None
    except InvalidAmount:
        above_micro = None
    if found is None or above_micro is None:
        raise forms.ValidationError("Write each step as USDT=percent: 10000=5, 100000=10.")
    return {"above_micro": above_micro, "percent": int(found[2])}


def _percent(name: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{name}: fee in percent", min_value=Decimal(0), max_value=Decimal(100),
        decimal_places=4, widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip


def _number(label: str, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=1, max_value=most, widget=UnfoldAdminTextInputWidget
    )


def _terms(name: str) -> tuple[forms.Field, forms.Field, forms.Field]:
    target = _number(f"{name}: target in seconds", TARGET_S_MAX)
    return _percent(name), target, _number(f"{name}: tries", TRIES_MAX)


class FeesForm(forms.ModelForm):
    """A new version; three fields a priority."""

    discounts = StepsField(
        label="Discounts",
        help_text="Of the fee, in percent, for amounts above so many USDT: 10000=5, 100000=10.",
    )
    note = forms.CharField(
        label="Reason", max_length=NOTE_MAX, widget=UnfoldAdminTextInputWidget,
        help_text="Why the fees change.",
    )  # fmt: skip
    low_percent, low_target_s, low_tries = _terms("low")
    normal_percent, normal_target_s, normal_tries = _terms("normal")
    high_percent, high_target_s, high_tries = _terms("high")
    urgent_percent, urgent_target_s, urgent_tries = _terms("urgent")

    class Meta:
        model = FeeSchedule
        fields = ("note",)

    def clean(self) -> dict[str, Any]:
        """Refuse what the service would refuse."""
        fields = super().clean() or {}
        if self.errors:
            return fields
        try:
            fees_check(
                priorities=self.priorities(), discounts=fields["discounts"], note=fields["note"]
            )
        except ValidationFailed as error:
            raise forms.ValidationError(
                [f"{where}: {' '.join(said)}" for where, said in error.details.items()]
            ) from error
        return fields

    def priorities(self) -> dict[str, dict[str, int]]:
        """Return the terms as the schedule keeps them."""
        given = self.cleaned_data
        return {
            name: {
                "rate_ppm": int(given[f"{name}_percent"] * PPM_PER_PERCENT),
                "target_s": given[f"{name}_target_s"],
                "tries": given[f"{name}_tries"],
            }
            for name in NAMES
        }


def _field_names() -> Iterator[str]:
    for name in NAMES:
        yield from (f"{name}_percent", f"{name}_target_s", f"{name}_tries")


@admin.register(FeeSchedule)
class FeeScheduleAdmin(StepUpAdmin, ReadOnly, ConsoleAdmin):
    """What payments cost, version by version. Added, never changed."""

    empty_text = "Payments cost nothing yet. Add what they shall cost."
    form = FeesForm
    ordering = ("-version",)
    list_display = ("version", "since", "terms", "steps", "by", "note")
    readonly_fields = ("since", "terms", "steps")

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Those who manage the service."""
        return manages_access(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show a version as it is, or the form of a new one."""
        return self.list_display if obj else (*_field_names(), "discounts", "note")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the newest version."""
        newest = FeeSchedule.objects.order_by("-version").first()
        priorities = newest.priorities if newest else PRIORITIES
        first: dict[str, Any] = {"discounts": newest.discounts if newest else DISCOUNTS}
        for name in NAMES:
            terms = priorities[name]
            first[f"{name}_percent"] = percent_text(terms["rate_ppm"])
            first[f"{name}_target_s"], first[f"{name}_tries"] = terms["target_s"], terms["tries"]
        return first

    def save_model(
        self, request: HttpRequest, obj: FeeSchedule, form: FeesForm, change: bool
    ) -> None:
        """Add it under this person's name."""
        obj.pk = fees_set(
            priorities=form.priorities(),
            discounts=form.cleaned_data["discounts"],
            by=request.user.get_username(),
            note=form.cleaned_data["note"],
            now=utc_now(),
        ).pk

    @display(description="fees")
    def terms(self, schedule: FeeSchedule) -> str:
        """Return the fee, the target and the tries of each priority."""
        return " · ".join(
            f"{name} {percent_text(one['rate_ppm'])} %, {one['target_s']} s, {one['tries']} tries"
            for name, one in ((name, schedule.priorities[name]) for name in NAMES)
        )

    @display(description="discounts")
    def steps(self, schedule: FeeSchedule) -> str:
        """Return the discounts."""
        told = [
            f"{one['percent']} % above {amount_text(one['above_micro'], 'USDT')}"
            for one in schedule.discounts
        ]
        return " · ".join(told) or "none"

    @display(description="from (UTC)")
    def since(self, schedule: FeeSchedule) -> str:
        """Return from when on it holds."""
        return time_text(schedule.valid_from)
