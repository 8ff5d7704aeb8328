"""The shapes that come in and go out. They differ on purpose."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import (
    AmountField,
    StrictCharField,
    StrictSerializer,
    TokensField,
    reader_of,
)
from lucidpay.api.json import dumps
from lucidpay.api.moments import MomentField
from lucidpay.api.pagination import PageQuery, PaginationOut
from lucidpay.api.schema import id_pattern
from lucidpay.errors import INVALID_ADDRESS, LucidError, ValidationFailed
from lucidpay.ids import parse_public_id
from payouts.kinds import ROUTERS_HERE
from payouts.models import BatchType, Priority, Review, RouterType
from payouts.policy.router import InvalidRouter
from payouts.states import Status
from tron.api.fields import ADDRESS_PATTERN as ADDRESS_PATTERN
from tron.api.fields import AddressField as AddressField

AMOUNT_LOW_MICRO = 10_000  # 0.01 USDT
AMOUNT_HIGH_MICRO = 10_000_000_000  # 10 000 USDT
CUSTOM_DATA_BYTES_MAX = 1000
METADATA_BYTES_MAX = 4096


TXID_PATTERN = "^[0-9a-f]{64}$"


class InvalidRecipient(LucidError):
    """Invalid TRON address format"""

    code = INVALID_ADDRESS
    status_code = 400


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(serializers.JSONField):
    """A JSON object of a bounded size."""

    def __init__(self, *, bytes_max: int, **kwargs: Any) -> None:
        self.bytes_max = bytes_max
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the object, or raise when it is none or too large."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("A JSON object is required.")
        if len(dumps(data).encode()) > self.bytes_max:
            raise serializers.ValidationError(f"At most {self.bytes_max} bytes of JSON.")
        return data


class PayoutCreateIn(StrictSerializer):
    """Whom to pay, how much, and why: `reason`, or `reference_id`, or both."""

    schema_rules = {"anyOf": [{"required": ["reason"]}, {"required": ["reference_id"]}]}

    recipient_address = AddressField(
        help_text="Base58check, `T…`.", error_messages={"null": "Not a TRON address."}
    )
    amount_usdt = AmountField(
        low_units=AMOUNT_LOW_MICRO,
        high_units=AMOUNT_HIGH_MICRO,
        places=2,
        help_text="0.01 … 10 000, at most 2 decimals; a number or a decimal string.",
    )
    reason = StrictCharField(
        required=False, max_length=200, help_text="What it is for; for people."
    )
    router_type = serializers.ChoiceField(
        required=False,
        choices=[router.value for router in ROUTERS_HERE],
        help_text="Chosen by itself when absent.",
    )
    priority = serializers.ChoiceField(
        choices=[priority.name for priority in Priority],
        default=Priority.NORMAL.name,
        help_text="Of the payouts that are due, the more urgent are signed first.",
    )
    batch_type = serializers.ChoiceField(
        choices=BatchType.values,
        default=BatchType.IMMEDIATE,
        help_text="When it is released: at once, at the full hour, at 00:00 UTC, on Monday.",
    )
    session_id = StrictCharField(required=False, max_length=50, help_text="Yours.")
    node_id = StrictCharField(required=False, max_length=50, help_text="Yours.")
    custom_data = ObjectField(
        required=False,
        bytes_max=CUSTOM_DATA_BYTES_MAX,
        help_text=f"Yours; at most {CUSTOM_DATA_BYTES_MAX} bytes of JSON.",
    )
    reference_id = StrictCharField(
        required=False, max_length=100, help_text="Yours; unique, and an idempotency key."
    )
    metadata = ObjectField(
        required=False,
        bytes_max=METADATA_BYTES_MAX,
        help_text=f"Yours; at most {METADATA_BYTES_MAX} bytes of JSON.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require one of the two ways to say what the payout is for."""
        if "reason" not in attrs and "reference_id" not in attrs:
            raise serializers.ValidationError({"reason": ["Give reason or reference_id, or both."]})
        return attrs


def parsed_order(body: Any, serializer: type[StrictSerializer] = PayoutCreateIn) -> dict[str, Any]:
    """Return a validated create body, or raise the error the contract names for what is wrong.

    Only the recipient: 2001. Only the router: 2004. Anything else, or several: 1001.
    """
    try:
        return dict(reader_of(serializer).run_validation(body))
    except serializers.ValidationError as error:
        found = cast(dict[str, list[Any]], error.detail)
    wrong = set(found)
    details = {name: [str(item) for item in items] for name, items in found.items()}
    if wrong == {"recipient_address"} and "recipient_address" in body:
        raise InvalidRecipient(details)
    if wrong == {"router_type"} and "router_type" in reader_of(serializer).fields:
        raise InvalidRouter(details)
    raise ValidationFailed(details)


class RoutedCreateIn(PayoutCreateIn):
    """Whom to pay, how much, and why: `reason`, or `reference_id`, or both. The path says how."""

    router_type = None  # type: ignore[assignment]  # not a field of these


class CancelIn(StrictSerializer):
    """Why."""

    reason = StrictCharField(required=False, max_length=200, help_text="Kept in its story.")


@extend_schema_field({"type": "string", "pattern": id_pattern("batch")})
class BatchIdField(StrictCharField):
    """A batch's public id; the key inside."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the key, or raise when no batch can have this id."""
        key = parse_public_id("batch", super().to_internal_value(data))
        if key is None:
            raise serializers.ValidationError("Not a batch's id: batch_ and 32 hex digits.")
        return key


class PayoutListQuery(PageQuery):
    """Filters of the list."""

    status = serializers.ChoiceField(required=False, choices=Status.values)
    router_type = serializers.ChoiceField(required=False, choices=RouterType.values)
    reference_id = StrictCharField(required=False, max_length=100)
    recipient_address = AddressField(required=False)
    batch_id = BatchIdField(required=False)
    start_date = MomentField(required=False, help_text="Created at or after.")
    end_date = MomentField(required=False, end_of_day=True, help_text="Created at or before.")


class PayoutOut(serializers.Serializer):
    """A payout. What is not known, or was not given, is `null`."""

    payout_id = serializers.RegexField(id_pattern("payout"))
    status = serializers.ChoiceField(
        choices=Status.values, help_text="`confirmed`, `failed` and `cancelled` are final."
    )
    recipient_address = serializers.RegexField(ADDRESS_PATTERN)
    amount_usdt = TokensField()
    reason = serializers.CharField(allow_null=True)
    reference_id = serializers.CharField(allow_null=True)
    metadata = serializers.DictField(allow_null=True)
    router_type = serializers.ChoiceField(choices=RouterType.values)
    priority = serializers.ChoiceField(choices=[priority.name for priority in Priority])
    batch_type = serializers.ChoiceField(choices=BatchType.values)
    batch_id = serializers.RegexField(id_pattern("batch"), allow_null=True)
    session_id = serializers.CharField(allow_null=True)
    node_id = serializers.CharField(allow_null=True)
    custom_data = serializers.DictField(allow_null=True)
    retry_of = serializers.RegexField(
        id_pattern("payout"), allow_null=True, help_text="The failed payout that this one repeats."
    )
    txid = serializers.RegexField(TXID_PATTERN, allow_null=True, help_text="Known when signed.")
    transaction_hash = serializers.RegexField(
        TXID_PATTERN, allow_null=True, help_text="The same as `txid`."
    )
    confirmations = serializers.IntegerField(
        allow_null=True, min_value=0, help_text="Blocks on top of it and itself; stays once final."
    )
    block_number = serializers.IntegerField(allow_null=True, min_value=0)
    block_timestamp = serializers.DateTimeField(allow_null=True)
    fee_trx = TokensField(allow_null=True, help_text="What the network burned; at most 6 decimals.")
    energy_used = serializers.IntegerField(allow_null=True, min_value=0)
    error_code = serializers.CharField(allow_null=True, help_text="Of a payout that failed.")
    error_message = serializers.CharField(allow_null=True, help_text="For people.")
    review = serializers.ChoiceField(
        choices=Review.values, help_text="`required`: it waits for a person, who may reject it."
    )
    estimated_completion = serializers.DateTimeField(
        allow_null=True, help_text="When it should be sent; null while its release is switched off."
    )
    estimated_confirmation = serializers.DateTimeField(
        allow_null=True, help_text="When it should be final."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    request_id = serializers.CharField(help_text="Of the request that made it.")


class PayoutListOut(serializers.Serializer):
    """A page of payouts."""

    payouts = PayoutOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")
