"""The shapes of payments that come in and go out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gateway.batches import COMPLETED, KIND, PARTIAL, PROCESSING
from gateway.kinds import Method, Priority, RefundCause, RefundReason
from gateway.states import PaymentStatus, RefundStatus
from lucidpay.api.errors import flat_details
from lucidpay.api.fields import AmountField, StrictCharField, StrictSerializer, TokensField
from lucidpay.api.schema import id_pattern
from lucidpay.errors import LucidError, ValidationFailed
from lucidpay.money import UNITS_MAX
from tron.api.fields import AddressField, AddressRefused
from wallets.kinds import Asset

PAYMENTS_MAX = 1000
PRIORITIES = [priority.label for priority in Priority]
ADDRESSES = ("payer_address", "payee_address")
NO_ADDRESS: dict[str, Any] = {"null": "Not a TRON address."}


def amount_field(**given: Any) -> AmountField:
    """Return the field of an amount: above 0, at most 1e9, with at most 6 decimals."""
    told = {"help_text": "USDT, at most 6 decimals; a number or a decimal string.", **given}
    return AmountField(low_units=1, high_units=UNITS_MAX, places=6, **told)


class PaymentCreateIn(StrictSerializer):
    """Who pays whom, how much, and how."""

    payer_address = AddressField(
        help_text="Only money from this address counts by itself.", error_messages=NO_ADDRESS
    )
    payee_address = AddressField(help_text="Who is to be paid.", error_messages=NO_ADDRESS)
    amount = amount_field()
    payment_method = serializers.ChoiceField(
        choices=Method.values,
        default=Method.GATEWAY.value,
        help_text="`payment_gateway`: to a deposit address, and on to the payee. "
        "`direct_transfer`: from payer to payee, and watched. `swap`: in TRX, the payee gets USDT. "
        "`route`: from a wallet kept here, for which `usdt:transfer` is needed.",
    )
    priority = serializers.ChoiceField(choices=PRIORITIES, default=Priority.NORMAL.label)
    reference_id = StrictCharField(
        required=False, max_length=100, help_text="Yours; unique, and an idempotency key."
    )
    description = StrictCharField(
        required=False, max_length=500, allow_blank=True, help_text="Shown to the payer."
    )


class PaymentBatchIn(StrictSerializer):
    """1 to 1000 payments. One that is wrong is refused alone."""

    payments = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=PAYMENTS_MAX
    )
    batch_reference = StrictCharField(required=False, max_length=100)


def items_of(body: dict[str, Any]) -> list[dict[str, Any] | LucidError]:
    """Return each payment of a batch as a validated order, or the error that refuses it."""
    reader = PaymentCreateIn()
    return [_item(reader, item) for item in body["payments"]]


def _item(reader: PaymentCreateIn, item: Any) -> dict[str, Any] | LucidError:
    try:
        return dict(reader.run_validation(item))
    except serializers.ValidationError as error:
        details = flat_details(error.detail)
        is_address = len(details) == 1 and set(details) <= set(ADDRESSES) & set(item)
        return AddressRefused(details) if is_address else ValidationFailed(details)


@extend_schema_field({"type": "string", "pattern": id_pattern("pay")})
class PaymentIdField(StrictCharField):
    """The id of a payment; one that cannot exist is as one that does not."""


class RefundIn(StrictSerializer):
    """What is to go back, and why."""

    payment_id = PaymentIdField(max_length=100)
    reason = serializers.ChoiceField(
        choices=RefundReason.values, default=RefundReason.MERCHANT_INITIATED.value
    )
    amount = amount_field(required=False, help_text="Absent: all that is left of it.")


class LegOut(serializers.Serializer):
    """One movement of a payment's money."""

    kind = serializers.ChoiceField(choices=["incoming", "payee", "refund"])
    id = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    amount = TokensField()
    currency = serializers.ChoiceField(choices=Asset.values)
    address = serializers.CharField(help_text="Who has paid, or who is paid.")
    transaction_id = serializers.CharField(allow_null=True)
    block_number = serializers.IntegerField(allow_null=True)


class PaymentOut(serializers.Serializer):
    """A payment as it stands."""

    payment_id = serializers.RegexField(id_pattern("pay"))
    payer_address = serializers.CharField()
    payee_address = serializers.CharField()
    amount = TokensField()
    fee = TokensField()
    net_amount = TokensField(help_text="What the payee gets.")
    payment_method = serializers.ChoiceField(choices=Method.values)
    priority = serializers.ChoiceField(choices=PRIORITIES)
    status = serializers.ChoiceField(choices=PaymentStatus.values)
    reference_id = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    estimated_completion_time = serializers.IntegerField(help_text="Seconds, once it is paid.")
    deposit_address = serializers.CharField(
        allow_null=True, help_text="Where the payer is to pay; of this payment alone."
    )
    pay_amount = TokensField(help_text="What the payer is to pay, exactly.")
    pay_currency = serializers.ChoiceField(choices=Asset.values)
    expires_at = serializers.DateTimeField(allow_null=True)
    payment_uri = serializers.CharField(allow_null=True)
    transaction_id = serializers.CharField(
        allow_null=True, help_text="That pays the payee; before there is one, the payer's."
    )
    confirmations = serializers.IntegerField(allow_null=True)
    received_amount = TokensField(help_text="What came in, in `pay_currency`.")
    refunded_amount = TokensField(help_text="Of the amount, what was refunded or will be.")
    confirmed_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    legs = LegOut(many=True)


class ItemErrorOut(serializers.Serializer):
    """Why an item was refused."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField()


class PaymentItemOut(serializers.Serializer):
    """What became of one item of a batch."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    payment_id = serializers.RegexField(id_pattern("pay"), allow_null=True)
    status = serializers.ChoiceField(choices=PaymentStatus.values, allow_null=True)
    reference_id = serializers.CharField(allow_null=True)
    deposit_address = serializers.CharField(allow_null=True)
    error = ItemErrorOut(allow_null=True)


class PaymentBatchOut(serializers.Serializer):
    """A batch, and what became of each item."""

    batch_id = serializers.RegexField(id_pattern("batch"))
    kind = serializers.ChoiceField(choices=[KIND])
    total_payments = serializers.IntegerField()
    successful = serializers.IntegerField(help_text="Items that became payments.")
    failed = serializers.IntegerField(help_text="Items that were refused.")
    status = serializers.ChoiceField(choices=[PROCESSING, PARTIAL, COMPLETED])
    batch_reference = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    estimated_completion_time = serializers.IntegerField(help_text="Seconds.")
    results = PaymentItemOut(many=True)


class RefundOut(serializers.Serializer):
    """A refund as it was stored."""

    refund_id = serializers.RegexField(id_pattern("refund"))
    payment_id = serializers.RegexField(id_pattern("pay"))
    status = serializers.ChoiceField(choices=RefundStatus.values)
    amount = TokensField()
    currency = serializers.ChoiceField(choices=Asset.values)
    reason = serializers.ChoiceField(choices=[*RefundReason.values, *RefundCause.values])
    created_at = serializers.DateTimeField()
    estimated_completion_time = serializers.IntegerField(help_text="Seconds.")
