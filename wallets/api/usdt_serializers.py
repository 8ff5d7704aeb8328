"""What USDT calls take and answer."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import AmountField, StrictSerializer, TokensField
from lucidpay.api.pagination import CursorField, PageQuery, PaginationOut
from lucidpay.money import UNITS_MAX
from tron.api.fields import ADDRESS_PATTERN, AddressField
from tron.flows import USDT
from wallets.history import GRID, IN, OUT, SCAN, SELF

ID_PATTERN = "^[0-9a-f]{64}$"
CURSOR_PATTERN = "^[A-Za-z0-9_=+/-]{1,500}$"


@extend_schema_field({"type": "string", "pattern": CURSOR_PATTERN})
class AnyCursorField(CursorField):
    """A cursor of our own list, or of an indexer's."""


class HistoryQuery(PageQuery):
    """Which page."""

    cursor = AnyCursorField(required=False, help_text="`next_cursor` of the page before.")


class EstimateIn(StrictSerializer):
    """A transfer that is not made."""

    from_address = AddressField(help_text="Who would pay; must have the amount.")
    to_address = AddressField(help_text="Who would be paid.")
    amount = AmountField(
        low_units=1,
        high_units=UNITS_MAX,
        places=6,
        help_text="USDT, at most 6 decimals; a number or a decimal string.",
    )


class UsdtBalanceOut(serializers.Serializer):
    """What an address holds after a solid block."""

    address = serializers.RegexField(ADDRESS_PATTERN)
    balance_usdt = TokensField()
    balance_raw = serializers.IntegerField(min_value=0, help_text="In 10⁻⁶ USDT.")
    contract_address = serializers.RegexField(ADDRESS_PATTERN)
    block_number = serializers.IntegerField(min_value=0, help_text="The solid block.")


class UsdtAllowanceOut(serializers.Serializer):
    """What one address may take from another, after a solid block."""

    owner = serializers.RegexField(ADDRESS_PATTERN)
    spender = serializers.RegexField(ADDRESS_PATTERN)
    allowance = TokensField(help_text="Up to 72 digits: many approve 2²⁵⁶−1, which is no limit.")
    allowance_raw = serializers.IntegerField(min_value=0, help_text="In 10⁻⁶ USDT.")
    contract_address = serializers.RegexField(ADDRESS_PATTERN)
    block_number = serializers.IntegerField(min_value=0, help_text="The solid block.")


class UsdtTransferOut(serializers.Serializer):
    """One transfer, as this address sees it."""

    txid = serializers.RegexField(ID_PATTERN)
    direction = serializers.ChoiceField(choices=[IN, OUT, SELF])
    token = serializers.ChoiceField(choices=[USDT])
    amount = TokensField()
    counterparty = serializers.RegexField(ADDRESS_PATTERN)
    status = serializers.ChoiceField(choices=["solid"])
    block_number = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="An indexer does not tell it."
    )
    timestamp = serializers.DateTimeField()


class UsdtTransactionsOut(serializers.Serializer):
    """A page of transfers, newest first."""

    transactions = UsdtTransferOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="None; the address is in the path.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, no property
        choices=[SCAN, GRID],
        help_text="`scan`: every solid block was read here. `grid`: an indexer's word.",
    )
    from_block = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Of `scan`: what was before is not in the list."
    )


class EstimateOut(serializers.Serializer):
    """What the transfer would cost now."""

    energy_required = serializers.IntegerField(min_value=1)
    bandwidth_required = serializers.IntegerField(min_value=1)
    energy_price_sun = serializers.IntegerField(min_value=1)
    fee_trx_burning = TokensField(help_text="Of a sender with no stake and nothing free.")
    fee_trx_with_resources = TokensField(help_text="Of this sender, with what it has now.")
    recommended_fee_limit_sun = serializers.IntegerField(
        min_value=1, help_text="With room for a price that rises before it is executed."
    )
    recipient_holds_usdt = serializers.BooleanField(
        help_text="false: it costs about twice the energy."
    )
    recipient_activated = serializers.BooleanField(
        help_text="false: it can hold USDT, and must be activated with TRX to move it."
    )
    recipient_blacklisted = serializers.BooleanField(
        help_text="true: it would arrive, and could never be moved again."
    )
