"""Fields of the admin's forms in which people type amounts of TRX, addresses and reasons."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from access.console_fields import ReasonField
from lucidpay.money import PLACES, UNITS_MAX, UNITS_PER_TOKEN, tokens_of, units_of
from tron.address import InvalidAddress, address_parse
from wallets.models_operation import REASON_MAX


class TrxField(forms.DecimalField):
    """Whole TRX in the form, sun behind it: 1 sun and more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=tokens_of(1),
            max_value=Decimal(UNITS_MAX // UNITS_PER_TOKEN),
            decimal_places=PLACES,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
            **kwargs,
        )

    def clean(self, value: Any) -> int | None:
        """Return sun, or raise for what cannot be kept exactly."""
        amount = super().clean(value)
        return None if amount is None else units_of(amount)


class AddressField(forms.CharField):
    """A TRON address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, widget=UnfoldAdminTextInputWidget(), **kwargs)

    def clean(self, value: Any) -> str:
        """Return the address, or raise for what is none."""
        text: str = super().clean(value)
        try:
            address_parse(text)
        except InvalidAddress as error:
            raise forms.ValidationError("This is no TRON address.") from error
        return text


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = ReasonField(max_length=REASON_MAX, rows=2)
    field_order: tuple[str, ...] | None = None
