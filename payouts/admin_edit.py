"""Editing a pending payout in the admin: everything but whom and how much."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from rest_framework.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from access.console import amount_text
from lucidpay.api.json import dumps, loads
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from payouts.admin_review import may_edit, person_of
from payouts.api.serializers import METADATA_BYTES_MAX, ObjectField
from payouts.models import BatchType, Payout, Priority
from payouts.services.edit import EDITABLE, DueByRelease, NotEditable, payout_edit
from payouts.states import Status


class EditForm(forms.Form):
    """What may be changed, and why it is."""

    reason = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)
    priority = forms.TypedChoiceField(
        choices=Priority.choices, coerce=int, widget=UnfoldAdminSelectWidget
    )
    due_at = forms.DateTimeField(label="Due at (UTC)", widget=UnfoldAdminTextInputWidget)
    metadata = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=f"A JSON object of at most {METADATA_BYTES_MAX} bytes, or nothing.",
    )
    why = forms.CharField(
        max_length=200,
        label="Why it is changed",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Kept in the payout's story with your name, for good. What was approved of it "
        "is void then, and you cannot approve it yourself.",
    )

    def __init__(self, payout: Payout, data: Any = None) -> None:
        self.payout = payout
        initial = {
            "reason": payout.reason,
            "priority": payout.priority,
            "due_at": payout.due_at.replace(microsecond=0),
            "metadata": "" if payout.metadata is None else dumps(payout.metadata),
        }
        super().__init__(data, initial=initial)
        if payout.batch_type != BatchType.IMMEDIATE:
            self.fields["due_at"].disabled = True
            self.fields["due_at"].help_text = DueByRelease().message

    def clean_reason(self) -> str:
        """Refuse to leave a payout without anything that says what it is for."""
        reason: str = self.cleaned_data["reason"]
        if not reason and self.payout.reference_id is None:
            raise forms.ValidationError("It has no reference: say what it is for.")
        return reason

    def clean_due_at(self) -> Any:
        """Refuse a time before it was asked for."""
        due_at = self.cleaned_data["due_at"]
        if "due_at" in self.changed_data and due_at < self.payout.created_at:
            raise forms.ValidationError("It was not even asked for then.")
        return due_at

    def clean_metadata(self) -> Any:
        """Return the object, or ``None``."""
        text = self.cleaned_data["metadata"]
        if not text:
            return None
        try:
            return ObjectField(bytes_max=METADATA_BYTES_MAX).to_internal_value(loads(text))
        except ValidationError as error:
            raise forms.ValidationError([str(item) for item in error.detail]) from error
        except ValueError as error:
            raise forms.ValidationError(f"Not JSON: {error}") from error

    @property
    def changes(self) -> dict[str, Any]:
        """Return the fields that somebody changed; a time that is only shown shorter is not."""
        return {name: self.cleaned_data[name] for name in EDITABLE if name in self.changed_data}


def edit_view(request: HttpRequest, payout_id: UUID, *, site: AdminSite, opts: Any) -> HttpResponse:
    """Show what may be changed, and change it."""
    if not may_edit(request):
        raise PermissionDenied
    payout = get_object_or_404(Payout, pk=payout_id)
    page = HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout.pk]))
    if payout.status != Status.PENDING:
        messages.error(request, f"Not edited. {NotEditable().message}")
        return page
    form = EditForm(payout, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {
            **site.each_context(request),
            "opts": opts,
            "title": "Edit a payout",
            "payout": payout,
            "amount": amount_text(payout.amount_micro, "USDT"),
            "form": form,
        }
        return TemplateResponse(request, "payouts/admin/edit.html", context)
    by, why = person_of(request), form.cleaned_data["why"]
    try:
        payout_edit(payout_id=payout_id, by=by, changes=form.changes, why=why, now=utc_now())
    except LucidError as error:
        messages.error(request, f"Not edited. {error.message}")
    else:
        messages.success(request, "Edited. What was approved of it is void.")
    return page
