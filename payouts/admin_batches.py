"""Batches in the admin, and the schedules by which they are released."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html, format_html_join
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

from access.console import (
    NOTHING,
    ConsoleAdmin,
    ReadOnlyAdmin,
    amount_text,
    code,
    console_scopes,
    key_of,
    sees_payouts,
    time_text,
)
from access.scopes import PAYOUTS_CANCEL
from lucidpay.clock import NEVER, utc_now
from lucidpay.doorbell import ring_on_commit
from payouts import tasks
from payouts.admin_batch_verbs import batch_actions, batch_urls
from payouts.models_batch import Batch, ReleaseSchedule
from payouts.releases import DEFAULTS, NeverComes, next_due, next_time
from payouts.services.edit_schedule import release_schedule_edit
from payouts.services.follow_schedules import FIELDS, crontab_text, task_name
from payouts.standing import standing_of

COLOURS = {
    "scheduled": "info",
    "processing": "info",
    "completed": "success",
    "failed": "danger",
    "cancelled": "default",
    "partial": "warning",
}
KINDS = {task_name(kind): str(kind) for kind in DEFAULTS}

# Beat's rows could ring any task at any time; only the releases have a page, and a narrow one.
for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """All batches, newest first. Their payouts are found by the batch's id."""

    empty_text = "No batch yet. One is asked for over the API, or made of a file."
    sees = staticmethod(sees_payouts)
    list_display = ("ident", "owner", "batch_type", "payouts", "amount", "due", "notes", "created")
    list_filter = ("batch_type",)
    list_select_related = ("owner",)
    search_fields = ("id",)
    search_help_text = "batch id"
    change_form_template = "payouts/admin/batch.html"
    fieldsets = (
        (None, {"fields": ("ident", "state", "owner", "payouts", "amount", "paid", "open_ones")}),
        ("Release", {"fields": ("batch_type", "due", "notes", "priority", "router_type")}),
        ("Story", {"fields": ("story", "created", "request_id")}),
    )
    readonly_fields = (
        "ident", "state", "owner", "payouts", "amount", "paid", "open_ones", "batch_type", "due",
        "notes", "priority", "router_type", "story", "created", "request_id",
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
        return [*batch_urls(self.admin_site, self.opts), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what this person may do."""
        return super().render_change_form(
            request, context | batch_actions(request, context["original"]), *args, **kwargs
        )

    @display(description="batch")
    def ident(self, batch: Batch) -> SafeString | str:
        """Return its id."""
        return code(batch.public_id)

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

    @display(description="paid USDT")
    def paid(self, batch: Batch) -> str:
        """Return what is confirmed."""
        return amount_text(standing_of(batch).confirmed_micro)

    @display(description="not ended")
    def open_ones(self, batch: Batch) -> str:
        """Return how many payouts have not ended."""
        return f"{standing_of(batch).open:,}"

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

    empty_text = "No batch is ever released: add a release."
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
