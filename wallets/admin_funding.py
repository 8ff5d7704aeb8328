"""Where wallets are filled from, in the admin: what comes from there is booked by itself."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console import ConsoleAdmin, ReadOnly, sees_wallets, time_text
from access.step_up import StepUpAdmin
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from tron.address import InvalidAddress
from wallets.admin_books import carry_out, is_number, may_manage, say
from wallets.models import FundingSource
from wallets.services.funding import funding_source_add, funding_source_remove, source_check


class SourceForm(forms.ModelForm):
    """An address from which wallets are filled."""

    class Meta:
        model = FundingSource
        fields = ("address", "note")
        widgets = {"address": UnfoldAdminTextInputWidget(), "note": UnfoldAdminTextInputWidget()}

    def clean_address(self) -> str:
        """Refuse what is no address, or one that is a source or a wallet already."""
        address: str = self.cleaned_data["address"].strip()
        try:
            source_check(address)
        except InvalidAddress as error:
            raise forms.ValidationError(str(type(error).__doc__)) from error
        except LucidError as error:
            raise forms.ValidationError(error.message) from error
        return address


@admin.register(FundingSource)
class FundingSourceAdmin(StepUpAdmin, ReadOnly, ConsoleAdmin):
    """Addresses whose money is booked without a question. Added here, never changed."""

    empty_text = (
        "What comes in goes to suspense until somebody explains it. Add where wallets "
        "are filled from."
    )
    sees = staticmethod(sees_wallets)
    form = SourceForm
    list_display = ("address", "note", "added_by", "added", "removed")
    fields = ("address", "note")
    actions_detail = ("take_back",)

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Let those add one who manage wallets."""
        return may_manage(request)

    def save_model(
        self, request: HttpRequest, obj: FundingSource, form: forms.ModelForm, change: bool
    ) -> None:
        """Add it under this person's name."""
        made = funding_source_add(
            address=obj.address, note=obj.note, by=request.user.get_username(), now=utc_now()
        )
        obj.pk = made.pk

    def has_take_back_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it while it is one, to those who manage wallets."""
        rows = FundingSource.objects.filter(removed_at=None)
        known = is_number(object_id) and rows.filter(pk=object_id).exists()
        return may_manage(request) and known

    @action(description="Take back", url_path="take-back", permissions=["take_back"])
    def take_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then let what comes from it go to suspense again."""
        source = get_object_or_404(FundingSource, pk=object_id)
        back = reverse("admin:wallets_fundingsource_changelist")
        if request.method != "POST":
            text = f"What comes from {source.address} will go to suspense."
            page = {"title": "Take a source back", "text": text, "button": "Take back"}
            return say(self, request, back=back, form=forms.Form(), **page)
        by = request.user.get_username()
        remove = partial(funding_source_remove, address=source.address, by=by, now=utc_now())
        return carry_out(request, remove, back=back)

    @display(description="added (UTC)")
    def added(self, source: FundingSource) -> str:
        """Return since when it is one."""
        return time_text(source.added_at)

    @display(description="taken back (UTC)")
    def removed(self, source: FundingSource) -> str:
        """Return until when it was one."""
        return time_text(source.removed_at)
