"""Rules of top-ups in the admin: set by those who manage the service, who then cannot approve."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from access.console import amount_text
from access.models import User
from lucidpay.clock import utc_now
from payouts.admin_limit_form import UsdtField
from payouts.admin_rules import SetByAdmins
from payouts.models_top_up import TopUpRule
from wallets.models import SIGNED_BY_PEOPLE, Wallet, WalletKind, WalletStatus


class TopUpForm(forms.ModelForm):
    """Which wallet, from where, and how much."""

    below_micro = UsdtField(label="USDT, when it has less than")
    up_to_micro = UsdtField(label="USDT, it is filled up to")

    class Meta:
        model = TopUpRule
        fields = ("wallet", "source", "below_micro", "up_to_micro", "enabled")
        widgets = {"wallet": UnfoldAdminSelectWidget, "source": UnfoldAdminSelectWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = Wallet.objects.filter(status=WalletStatus.ACTIVE).defer("sealed_key")
        chosen = {
            "wallet": used.filter(kind=WalletKind.HOT),
            "source": used.filter(kind__in=SIGNED_BY_PEOPLE),
        }
        for name, rows in chosen.items():
            if name in self.fields:
                self.fields[name].queryset = rows.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse amounts that would fill nothing."""
        fields = super().clean() or {}
        below, up_to = fields.get("below_micro"), fields.get("up_to_micro")
        if "below_micro" not in self.errors and "up_to_micro" not in self.errors:
            if not below or not up_to:
                raise forms.ValidationError("Both amounts are needed.")
            if up_to <= below:
                raise forms.ValidationError("It must be filled up to more than the first amount.")
        return fields


@admin.register(TopUpRule)
class TopUpRuleAdmin(SetByAdmins):
    """Which hot wallets are filled, from where, and up to what. People approve each top-up."""

    empty_text = "Hot wallets are filled by hand. Add a rule to fill one from a cold wallet."
    form = TopUpForm
    list_display = ("wallet", "source", "below", "up_to", "enabled", "author")
    list_select_related = ("wallet", "source", "author")
    fields = ("wallet", "source", "below_micro", "up_to_micro", "enabled")

    def save_model(self, request: HttpRequest, obj: TopUpRule, form: Any, change: bool) -> None:
        """Set it under this person's name: they ask for what it asks for."""
        obj.author, obj.changed_at = (
            User.objects.get(username=request.user.get_username()),
            utc_now(),
        )
        obj.save()

    @display(description="USDT, under")
    def below(self, rule: TopUpRule) -> str:
        """Return from where on it is filled."""
        return amount_text(rule.below_micro)

    @display(description="USDT, up to")
    def up_to(self, rule: TopUpRule) -> str:
        """Return how far it is filled."""
        return amount_text(rule.up_to_micro)
