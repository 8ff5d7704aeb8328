"""From which balance down people are told: shown with a wallet, and set on a page of its own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console import ConsoleAdmin, amount_text, key_of
from lucidpay.errors import LucidError
from lucidpay.money import PLACES, UNITS_MAX, UNITS_PER_TOKEN, tokens_of, units_of
from wallets.admin_books import may_manage, say
from wallets.models import Asset, Wallet
from wallets.services.alerts import alerts_set

LOW, HIGH = tokens_of(1), UNITS_MAX // UNITS_PER_TOKEN


def alerts_text(wallet: Wallet) -> str:
    """Return the thresholds of a wallet, and which of them is crossed; its alerts are loaded."""
    return ", ".join(
        amount_text(alert.below_units, alert.asset) + (" — crossed" if alert.low_since else "")
        for alert in wallet.balancealert_set.all()
    )


class AlertsForm(forms.Form):
    """A threshold for each asset; nothing in it: nobody is told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for asset in Asset:
            self.fields[asset.value] = forms.DecimalField(
                label=asset.label,
                required=False,
                min_value=LOW,
                max_value=HIGH,
                decimal_places=PLACES,
                widget=UnfoldAdminTextInputWidget(),
            )

    @property
    def below(self) -> dict[str, int | None]:
        """Return the thresholds in base units."""
        given = {asset.value: self.cleaned_data[asset.value] for asset in Asset}
        return {name: None if value is None else units_of(value) for name, value in given.items()}


class AlertsPage(ConsoleAdmin):
    """The page on which thresholds are set, for those who manage wallets."""

    def has_alerts_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it to those who manage wallets, for wallets that have books."""
        key = key_of(str(object_id))
        rows = Wallet.objects.with_books()
        return may_manage(request) and key is not None and rows.filter(pk=key).exists()

    @action(description="Alerts", url_path="alerts", permissions=["alerts"])
    def alerts(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the thresholds, then keep them."""
        wallet = get_object_or_404(Wallet.objects.defer("sealed_key"), pk=object_id)
        back = reverse("admin:wallets_wallet_change", args=[wallet.pk])
        kept = {one.asset: tokens_of(one.below_units) for one in wallet.balancealert_set.all()}
        form = AlertsForm(request.POST or None, initial=kept)
        if request.method != "POST" or not form.is_valid():
            text = "The log tells once when the solid balance falls below. Empty: nobody is told."
            page = {"title": f"Alerts of {wallet.name}", "text": text, "button": "Keep"}
            return say(self, request, back=back, form=form, **page)
        try:
            alerts_set(wallet, below=form.below)
        except LucidError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "Kept.")
        return HttpResponseRedirect(back)
