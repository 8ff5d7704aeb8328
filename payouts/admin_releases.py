"""The schedules by which batches are released, in the admin."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from access.console import ConsoleAdmin, console_scopes, sees_payouts, time_text
from access.scopes import PAYOUTS_CANCEL
from lucidpay.clock import NEVER, utc_now
from lucidpay.doorbell import ring_on_commit
from payouts import tasks
from payouts.models_batch import ReleaseSchedule
from payouts.releases import DEFAULTS, NeverComes, next_due, next_time
from payouts.services.edit_schedule import release_schedule_edit
from payouts.services.follow_schedules import FIELDS, crontab_text, task_name

KINDS = {task_name(kind): str(kind) for kind in DEFAULTS}

# Beat's rows could ring any task at any time; only the releases have a page, and a narrow one.
for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class ReleaseForm(forms.ModelForm):
    """When one kind of batch is released: cron's five fields."""

    minute = forms.CharField(max_length=240, widget=UnfoldAdminTextInputWidget())
    hour = forms.CharField(max_length=96, widget=UnfoldAdminTextInputWidget())
    day_of_month = forms.CharField(max_length=124, widget=UnfoldAdminTextInputWidget())
    month_of_year = forms.CharField(max_length=64, widget=UnfoldAdminTextInputWidget())
    day_of_week = forms.CharField(
        max_length=64, widget=UnfoldAdminTextInputWidget(), help_text="0 or sun … 6 or sat"
    )
    timezone = forms.ChoiceField(
        choices=[(name, name) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget(),
    )

    class Meta:
        model = PeriodicTask
        fields = ("enabled",)
        widgets = {"enabled": UnfoldBooleanSwitchWidget()}
        help_texts = {"enabled": "Switched off, it is released by hand only."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        crontab = self.instance.crontab
        for name in (*FIELDS, "timezone"):
            self.fields[name].initial = str(getattr(crontab, name, "")) or None

    def clean(self) -> dict[str, Any]:
        """Refuse a schedule that never comes."""
        given: dict[str, Any] = super().clean() or {}
        if set(FIELDS) <= set(given) and "timezone" in given:
            try:
                next_time(self.crontab, given["timezone"], after=utc_now())
            except NeverComes as error:
                raise forms.ValidationError(f"This never comes: {error}.") from error
        return given

    @property
    def crontab(self) -> str:
        """Return the five fields in cron's order."""
        return " ".join(self.cleaned_data[name].replace(" ", "") for name in FIELDS)


@admin.register(PeriodicTask)
class ReleaseAdmin(ConsoleAdmin):
    """When batches are released; edited by those who may cancel payouts."""

    empty_text = "The schedules are not stored yet: beat does it when it starts."
    sees = staticmethod(sees_payouts)
    form = ReleaseForm
    ordering = ("pk",)
    list_display = ("kind", "crontab_words", "enabled", "next_release")
    fields = ("enabled", *FIELDS, "timezone")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        """Show the releases; no other task of beat is a row."""
        rows: QuerySet[PeriodicTask] = super().get_queryset(request)
        return rows.filter(name__in=KINDS).select_related("crontab")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There are three kinds."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A kind is switched off and not deleted."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether this person may say when payouts go out."""
        return PAYOUTS_CANCEL in console_scopes(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Edit the schedule through its service, which moves what waits."""
        kind = KINDS[obj.name]
        given = form.cleaned_data
        release_schedule_edit(
            batch_type=kind,
            crontab=form.crontab,
            timezone=given["timezone"],
            enabled=given["enabled"],
            now=utc_now(),
        )
        ring_on_commit(tasks.sign)
        messages.info(request, f"What waits for {kind} has the next time of this schedule.")

    @display(description="kind")
    def kind(self, task: PeriodicTask) -> str:
        """Return the kind of batch."""
        return KINDS[task.name]

    @display(description="minute hour day month weekday")
    def crontab_words(self, task: PeriodicTask) -> SafeString:
        """Return the schedule."""
        text = crontab_text(task.crontab)
        return format_html('<span class="lp-code">{}</span> {}', text, str(task.crontab.timezone))

    @display(description="next (UTC)")
    def next_release(self, task: PeriodicTask) -> str:
        """Return when it is released next."""
        schedule = ReleaseSchedule.objects.filter(pk=KINDS[task.name]).first()
        due = next_due(schedule, utc_now()) if schedule else NEVER
        return "switched off" if due >= NEVER else time_text(due)
