"""From which balance down people are told: shown with a wallet, and set on a page of its own."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console import ConsoleAdmin
from lucidpay.money import PLACES, UNITS_MAX, UNITS_PER_TOKEN, tokens_of, units_of
from wallets.admin_books import carry_out, may_manage, say
from wallets.models import Asset, Wallet
from wallets.services.alerts import alerts_set

LOW, HIGH = tokens_of(1), UNITS_MAX // UNITS_PER_TOKEN


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

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        view = self.admin_site.admin_view(self.alerts)
        own = path("<uuid:wallet_id>/alerts/", view, name="wallets_wallet_alerts")
        return [own, *super().get_urls()]

    def alerts(self, request: HttpRequest, wallet_id: UUID) -> HttpResponse:
        """Ask those who manage wallets for the thresholds, then keep them."""
        rows = Wallet.objects.with_books().defer("sealed_key")
        wallet = rows.filter(pk=wallet_id).first() if may_manage(request) else None
        if wallet is None:
            raise PermissionDenied
        back = reverse("admin:wallets_wallet_change", args=[wallet.pk])
        kept = {one.asset: tokens_of(one.below_units) for one in wallet.balancealert_set.all()}
        form = AlertsForm(request.POST or None, initial=kept)
        if request.method != "POST" or not form.is_valid():
            text = "The log tells once when the solid balance falls below. Empty: nobody is told."
            page = {"title": f"Alerts of {wallet.name}", "text": text, "button": "Keep"}
            return say(self, request, back=back, form=form, **page)
        keep = partial(alerts_set, wallet, below=form.below)
        return carry_out(request, keep, back=back, said="Kept.")
