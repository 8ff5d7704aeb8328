"""KYC records and trusted recipients in the admin: added, looked at, taken back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console import (
    ConsoleAdmin,
    Label,
    ReadOnly,
    amount_text,
    console_scopes,
    short,
    time_text,
)
from access.step_up import StepUpAdmin, stepped_up
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError, ValidationFailed
from payouts.admin_limit_form import UsdtField
from payouts.admin_limits import ResetForm
from payouts.models_recipients import KycRecord, KycStatus, TrustedRecipient
from payouts.services.recipients import kyc_add, kyc_check, kyc_revoke, recipient_distrust
from payouts.services.recipients_approve import kyc_approve, recipient_approve, recipient_trust
from tron.address import InvalidAddress, address_parse
from wallets.admin_books import say

KYC_COLOURS = {
    KycStatus.PENDING: "warning",
    KycStatus.APPROVED: "success",
    KycStatus.REVOKED: "default",
}


def manages_kyc(request: HttpRequest) -> bool:
    """Whether this person may add and review KYC records."""
    return "kyc:manage" in console_scopes(request)


def manages_recipients(request: HttpRequest) -> bool:
    """Whether this person may trust an address."""
    return "service:manage" in console_scopes(request)


class KycForm(forms.ModelForm):
    """What was checked."""

    expires_at = forms.DateTimeField(
        widget=UnfoldAdminTextInputWidget, help_text="UTC, such as 2030-01-31 00:00."
    )

    class Meta:
        model = KycRecord
        fields = ("address", "kyc_hash", "level", "expires_at")
        widgets = dict.fromkeys(("address", "kyc_hash", "level"), UnfoldAdminTextInputWidget)
        help_texts = {"level": "1 … 10."}

    def clean(self) -> dict[str, Any]:
        """Refuse what the service would refuse, field by field."""
        fields = super().clean() or {}
        if not self.errors:
            try:
                kyc_check(**{name: fields[name] for name in self.Meta.fields}, now=utc_now())
            except ValidationFailed as error:
                raise forms.ValidationError(error.details) from error
        return fields


@admin.register(KycRecord)
class KycRecordAdmin(StepUpAdmin, ReadOnly, ConsoleAdmin):
    """Whose identity was checked: added as pending, approved or revoked by a person."""

    empty_text = "Nobody's identity is on record. Add one for whom the KYC router shall pay."
    form = KycForm
    list_display = ("recipient", "state", "level", "expires", "added_by", "approved_by",
                    "revoked_by", "revoked_reason")  # fmt: skip
    list_filter = ("status",)
    search_fields = ("address",)
    fields = ("address", "kyc_hash", "level", "expires_at")
    actions_detail = ("approve", "revoke")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show a time as all others are shown; it is typed in another form."""
        return ("address", "kyc_hash", "level", "expires") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show all of a record that is there."""
        return self.get_fields(request, obj) if obj else ()

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Those who manage KYC."""
        return manages_kyc(request)

    def save_model(self, request: HttpRequest, obj: KycRecord, form: Any, change: bool) -> None:
        """Add it under this person's name."""
        obj.pk = kyc_add(
            address=obj.address, kyc_hash=obj.kyc_hash, level=obj.level,
            expires_at=obj.expires_at, by=request.user.get_username(), now=utc_now(),
        ).pk  # fmt: skip

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it while the record waits."""
        return manages_kyc(request) and _in_status(object_id, KycStatus.PENDING)

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it while the record may still count."""
        is_open = _in_status(object_id, KycStatus.PENDING, KycStatus.APPROVED)
        return manages_kyc(request) and is_open

    @action(description="Approve", url_path="approve", permissions=["approve"])
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then let it count."""
        record = get_object_or_404(KycRecord, pk=object_id)
        text = f"{record.address} will be paid by the KYC router, level {record.level}."
        page = {"title": "Approve a KYC record", "text": text, "button": "Approve"}

        def act(_: forms.Form) -> None:
            kyc_approve(record_id=record.pk, by=request.user.get_username(), now=utc_now())

        return _asked(self, request, forms.Form, act, page)

    @action(description="Revoke", url_path="revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then let it count no more."""
        record = get_object_or_404(KycRecord, pk=object_id)
        text = f"{record.address} will not be paid by the KYC router any more. This is final."
        page = {"title": "Revoke a KYC record", "text": text, "button": "Revoke"}

        def act(form: forms.Form) -> None:
            by, reason = request.user.get_username(), form.cleaned_data["reason"]
            kyc_revoke(record_id=record.pk, reason=reason, by=by, now=utc_now())

        return _asked(self, request, ResetForm, act, page)

    @display(description="address")
    def recipient(self, record: KycRecord) -> str:
        """Return the ends of the address."""
        return short(record.address)

    @display(description="status", label=KYC_COLOURS)
    def state(self, record: KycRecord) -> Label:
        """Return the status, as a label."""
        return Label(record.status, record.status)

    @display(description="expires (UTC)")
    def expires(self, record: KycRecord) -> str:
        """Return until when it can count."""
        return time_text(record.expires_at)


def _in_status(object_id: Any, *statuses: str) -> bool:
    return _is_among(KycRecord.objects.filter(status__in=statuses), object_id)


def _is_among(rows: QuerySet[Any], object_id: Any) -> bool:
    text = str(object_id)
    return text.isascii() and text.isdecimal() and rows.filter(pk=text).exists()


def _asked(
    page: ConsoleAdmin,
    request: HttpRequest,
    kind: type[forms.Form],
    act: Callable[[forms.Form], None],
    said: dict[str, str],
) -> HttpResponse:
    """Ask with a form; once it is filled in, act, and say when that was refused."""
    data = request.POST if request.method == "POST" else None
    form = stepped_up(kind, request)(data)
    back = reverse(f"admin:payouts_{page.opts.model_name}_changelist")
    if request.method != "POST" or not form.is_valid():
        return say(page, request, form=form, back=back, **said)
    try:
        act(form)
    except LucidError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(back)


class TrustForm(forms.ModelForm):
    """An address, whose it is, and what it may get."""

    hourly_micro = UsdtField(label="USDT an hour", help_text="Empty: any.")
    daily_micro = UsdtField(label="USDT a day", help_text="Empty: any.")

    class Meta:
        model = TrustedRecipient
        fields = ("address", "note")
        widgets = dict.fromkeys(("address", "note"), UnfoldAdminTextInputWidget)

    def clean_address(self) -> str:
        """Refuse what is no address, or trusted already."""
        address: str = self.cleaned_data["address"].strip()
        try:
            address_parse(address)
        except InvalidAddress as error:
            raise forms.ValidationError("Not a TRON address.") from error
        if TrustedRecipient.objects.filter(address=address, removed_at=None).exists():
            raise forms.ValidationError("It is trusted already.")
        return address


@admin.register(TrustedRecipient)
class TrustedRecipientAdmin(StepUpAdmin, ReadOnly, ConsoleAdmin):
    """Addresses that may be paid directly. Added here, taken back, never changed."""

    empty_text = "Nobody is paid directly. Add an address for which the direct router shall pay."
    form = TrustForm
    list_display = ("address", "note", "added_by", "added", "approved_by", "approved", "removed")
    search_fields = ("address",)
    fields = ("address", "note", "hourly_micro", "daily_micro")
    actions_detail = ("approve", "take_back")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the limits where they are set; later they stand in the list of limits."""
        return ("address", "note") if obj else self.fields

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it while the address waits for a person."""
        rows = TrustedRecipient.objects.filter(removed_at=None, approved_at=None)
        return manages_recipients(request) and _is_among(rows, object_id)

    @action(description="Approve", url_path="approve", permissions=["approve"])
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then trust it."""
        row = get_object_or_404(TrustedRecipient, pk=object_id)
        hourly, daily = (
            "any amount" if micro is None else amount_text(micro, "USDT")
            for micro in (row.hourly_micro, row.daily_micro)
        )
        text = (
            f"{row.address} ({row.note or 'no note'}), asked for by {row.added_by}, will be paid "
            f"directly, outside the routers' limits: {hourly} an hour, {daily} a day."
        )
        page = {"title": "Trust an address", "text": text, "button": "Approve"}

        def act(_: forms.Form) -> None:
            by = request.user.get_username()
            recipient_approve(recipient_id=row.pk, by=by, now=utc_now())

        return _asked(self, request, forms.Form, act, page)

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Those who manage the service."""
        return manages_recipients(request)

    def save_model(
        self, request: HttpRequest, obj: TrustedRecipient, form: Any, change: bool
    ) -> None:
        """Trust it under this person's name."""
        given = form.cleaned_data
        obj.pk = recipient_trust(
            address=obj.address, note=obj.note, hourly_micro=given["hourly_micro"],
            daily_micro=given["daily_micro"], by=request.user.get_username(), now=utc_now(),
        ).pk  # fmt: skip

    def has_take_back_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it while it is trusted."""
        rows = TrustedRecipient.objects.filter(removed_at=None)
        return manages_recipients(request) and _is_among(rows, object_id)

    @action(description="Take back", url_path="take-back", permissions=["take_back"])
    def take_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then trust it no more."""
        row = get_object_or_404(TrustedRecipient, pk=object_id)
        text = f"{row.address} will not be trusted any more."
        page = {"title": "Take trust back", "text": text, "button": "Take back"}

        def act(_: forms.Form) -> None:
            by = request.user.get_username()
            recipient_distrust(address=row.address, by=by, now=utc_now())

        return _asked(self, request, forms.Form, act, page)

    @display(description="added (UTC)")
    def added(self, row: TrustedRecipient) -> str:
        """Return since when it is trusted."""
        return time_text(row.added_at)

    @display(description="approved (UTC)")
    def approved(self, row: TrustedRecipient) -> str:
        """Return since when it counts."""
        return time_text(row.approved_at)

    @display(description="taken back (UTC)")
    def removed(self, row: TrustedRecipient) -> str:
        """Return until when it was trusted."""
        return time_text(row.removed_at)
