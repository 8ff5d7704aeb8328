"""The shapes of operations: what is asked for, and how it stands."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import AmountField, StrictCharField, StrictSerializer, TokensField
from lucidpay.api.pagination import PageQuery, PaginationOut
from lucidpay.api.schema import id_pattern
from lucidpay.ids import parse_public_id
from lucidpay.money import UNITS_MAX
from tron.api.fields import ADDRESS_PATTERN, AddressField
from wallets.models import Asset
from wallets.models_operation import KINDS
from wallets.operations import STATUSES

TXID_PATTERN = "^[0-9a-f]{64}$"
OPERATION_PATTERN = "^(stake|operation)_[0-9a-f]{32}$"


@extend_schema_field({"type": "string", "pattern": id_pattern("wallet")})
class WalletIdField(StrictCharField):
    """A wallet's public id."""

    def to_internal_value(self, data: Any) -> str:
        """Return the id, or raise when no wallet can have it."""
        text = super().to_internal_value(data)
        if parse_public_id("wallet", text) is None:
            raise serializers.ValidationError("Not a wallet's id: wallet_ and 32 hex digits.")
        return text


class OperationOut(serializers.Serializer):
    """One thing that a wallet does on chain, by one transaction."""

    operation_id = serializers.RegexField(OPERATION_PATTERN)
    kind = serializers.ChoiceField(choices=[kind.value for kind in KINDS])
    status = serializers.ChoiceField(
        choices=[str(status) for status in STATUSES],
        help_text="`confirmed`, in a solid block, and `failed` are final.",
    )
    txid = serializers.RegexField(TXID_PATTERN, allow_null=True, help_text="Known when built.")
    wallet_id = serializers.RegexField(id_pattern("wallet"))
    address = serializers.RegexField(ADDRESS_PATTERN, help_text="The wallet's.")
    to_address = serializers.RegexField(
        ADDRESS_PATTERN, allow_null=True, help_text="Recipient, receiver or spender."
    )
    amount = TokensField(allow_null=True, help_text="Of `token`.")
    token = serializers.ChoiceField(choices=Asset.values)
    terms = serializers.DictField(
        allow_null=True, help_text="What else its kind needs: `resource`, `votes`, `lock_blocks`."
    )
    block_number = serializers.IntegerField(allow_null=True, min_value=0)
    fee_trx = TokensField(allow_null=True, help_text="What the network burned.")
    energy_used = serializers.IntegerField(allow_null=True, min_value=0)
    waiting_for = serializers.CharField(allow_null=True, help_text="For people.")
    error_code = serializers.CharField(allow_null=True)
    error_message = serializers.CharField(allow_null=True, help_text="For people.")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class OperationListOut(serializers.Serializer):
    """A page of operations."""

    operations = OperationOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")


class OperationListQuery(PageQuery):
    """Which operations."""

    kind = serializers.ChoiceField(required=False, choices=[kind.value for kind in KINDS])
    wallet_id = WalletIdField(required=False)


class TransferTrxIn(StrictSerializer):
    """To whom, and how much."""

    to_address = AddressField(help_text="Base58check, `T…`. An unused one is activated by it.")
    amount_trx = AmountField(
        low_units=1, high_units=UNITS_MAX, places=6, help_text="At most 6 decimals."
    )


class ApproveIn(StrictSerializer):
    """Who may take how much USDT from which wallet."""

    from_wallet_id = WalletIdField()
    spender = AddressField(help_text="One of `USDT_SPENDERS`; for an `amount` of 0 anybody.")
    amount = AmountField(
        low_units=0,
        high_units=UNITS_MAX,
        places=6,
        help_text="USDT in all, replacing what was allowed before; 0 takes it back.",
    )
