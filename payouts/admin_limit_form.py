"""The form in which limits are set, and the field in which amounts of USDT are typed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from access.models import ApiKey
from lucidpay.money import InvalidAmount, tokens_of, units_of
from payouts.models import RouterType
from payouts.models_limits import Limit, LimitKind
from tron.address import InvalidAddress, address_parse
from wallets.models import Wallet

NO_LIMIT = "no limit"


class UsdtField(forms.DecimalField):
    """Whole USDT in the form, micro-USDT behind it; empty is no limit."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"placeholder": NO_LIMIT})
        super().__init__(required=False, min_value=Decimal(0), widget=widget, **kwargs)

    def clean(self, value: Any) -> int | None:
        """Return micro-USDT, or raise for what cannot be kept exactly."""
        amount = super().clean(value)
        try:
            return None if amount is None else units_of(amount)
        except InvalidAmount as error:
            raise forms.ValidationError("At most 6 decimals and 1,000,000,000 USDT.") from error

    def prepare_value(self, value: Any) -> Any:
        """Show whole USDT."""
        return f"{tokens_of(value):f}" if isinstance(value, int) else value


class LimitForm(forms.ModelForm):
    """What may be promised in an hour and a day."""

    hourly_micro = UsdtField(label="USDT an hour", help_text="Calendar hours, UTC. Empty: any.")
    daily_micro = UsdtField(label="USDT a day", help_text="Calendar days, UTC. Empty: any.")

    class Meta:
        model = Limit
        fields = ("kind", "subject", "hourly_micro", "daily_micro", "lifts_router")
        widgets = {"kind": UnfoldAdminSelectWidget, "subject": UnfoldAdminTextInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            known = [(kind.value, kind.label) for kind in LimitKind if kind != LimitKind.LIFTED]
            self.fields["kind"].widget.choices = known

    def clean(self) -> dict[str, Any]:
        """Refuse a subject that is none of its kind: its limit would hold for nobody."""
        fields = super().clean() or {}
        if "subject" in self.fields and fields.get("kind"):
            fields["subject"] = _subject(fields["kind"], fields.get("subject", ""))
        kind = fields.get("kind", self.instance.kind)
        subject = fields.get("subject", self.instance.subject)
        if fields.get("lifts_router") and (kind != LimitKind.API_KEY or not subject):
            raise forms.ValidationError("A router's limits are lifted for one named API key.")
        return fields


def _subject(kind: str, text: str) -> str:
    """Return a subject as it is stored, or raise ``ValidationError``."""
    text = text.strip()
    if not text and kind != LimitKind.ROUTER:
        return text
    checks: dict[str, Callable[[str], bool]] = {
        LimitKind.ROUTER: lambda one: one in RouterType.values,
        LimitKind.API_KEY: lambda one: len(one) == 32 and not set(one) - set("0123456789abcdef"),
        LimitKind.CALLER: lambda one: one.isascii() and one.isdecimal(),
        LimitKind.TRANSFER: _is_wallet,
    }
    if kind in (LimitKind.API_KEY, LimitKind.TRANSFER):
        text = text.removeprefix("wallet_").replace("-", "").lower()
    if kind == LimitKind.CALLER:
        text = text.lstrip("0")  # as ids are written; 007 would be nobody
    if not checks.get(kind, _is_address)(text):
        raise _is_none(kind)
    return _line_of(text) if kind == LimitKind.API_KEY else text


def _is_wallet(text: str) -> bool:
    is_key = len(text) == 32 and not set(text) - set("0123456789abcdef")
    return is_key and Wallet.objects.filter(pk=UUID(text)).exists()


def _line_of(key_id: str) -> str:
    """Return the first key of a key's line: its limits hold for all that follow by rotation."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None or key.origin_id is None:
        raise _is_none(LimitKind.API_KEY)
    return key.origin_id.hex


def _is_none(kind: str) -> forms.ValidationError:
    what = "wallet" if kind == LimitKind.TRANSFER else LimitKind(kind).label
    return forms.ValidationError({"subject": f"This is no {what}."})


def _is_address(text: str) -> bool:
    try:
        address_parse(text)
    except InvalidAddress:
        return False
    return True
