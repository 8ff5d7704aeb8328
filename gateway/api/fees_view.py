"""`/api/v1/payments/fees/calculate`."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.kinds import Method, Priority
from gateway.policy.fees import Fee, fee_of, schedule_now
from lucidpay.api.fields import AmountField, StrictSerializer, TokensField
from lucidpay.api.query import query_of
from lucidpay.api.views import LimitedView
from lucidpay.clock import iso, utc_now
from lucidpay.money import PLACES, UNITS_MAX, tokens_of

PRIORITIES = [one.label for one in reversed(Priority)]


class FeesQuery(StrictSerializer):
    """A payment that could be asked for."""

    amount = AmountField(
        low_units=1,
        high_units=UNITS_MAX,
        places=PLACES,
        help_text="In USDT: more than 0, at most 1 000 000 000, with at most 6 decimals.",
    )
    priority = serializers.ChoiceField(choices=PRIORITIES, default=Priority.NORMAL.label)
    payment_method = serializers.ChoiceField(choices=Method.values, default=Method.GATEWAY.value)


class FeesOut(serializers.Serializer):
    """What a payment costs now."""

    amount = TokensField()
    priority = serializers.ChoiceField(choices=PRIORITIES)
    fee_rate_percent = serializers.DecimalField(
        max_digits=7, decimal_places=4, coerce_to_string=False, help_text="Before the discount."
    )
    discount_percent = serializers.IntegerField(help_text="Of the fee, for the volume.")
    transaction_fee = TokensField(help_text="Rounded half to even, to the sixth decimal.")
    net_amount = TokensField(
        help_text="What the payee gets: all of the amount by `direct_transfer`, whose fee is "
        "billed, else the amount without the fee."
    )
    payment_method = serializers.ChoiceField(choices=Method.values)
    timestamp = serializers.DateTimeField()


EXAMPLE = OpenApiExample(
    "above 10 000 USDT",
    value={
        "amount": 25000,
        "priority": "normal",
        "fee_rate_percent": 0.15,
        "discount_percent": 5,
        "transaction_fee": 35.625,
        "net_amount": 24964.375,
        "payment_method": "payment_gateway",
        "timestamp": "2026-01-31T09:00:00.000000Z",
    },
    response_only=True,
    status_codes=["200"],
)


class FeesView(LimitedView):
    """Fees."""

    required_scopes = {"GET": "payments:read"}
    endpoints = {"GET": "payments.fees"}

    @extend_schema(
        operation_id="payment_fees",
        tags=["payments"],
        parameters=[FeesQuery],
        responses={200: OpenApiResponse(FeesOut, description="By the fees that hold now.")},
        examples=[EXAMPLE],
        summary="Calculate a payment's fee",
    )
    def get(self, request: Request) -> Response:
        """What a payment would cost if it were asked for now. Nothing is stored."""
        query, now = query_of(request, FeesQuery), utc_now()
        priority = Priority[query["priority"].upper()]
        fee = fee_of(query["amount"], priority, query["payment_method"], schedule_now(now=now))
        return Response(fees_body(query, fee, timestamp=iso(now)))


def fees_body(query: dict[str, Any], fee: Fee, *, timestamp: str) -> dict[str, Any]:
    """Return the answer to a query that cost this."""
    return {
        "amount": tokens_of(query["amount"]),
        "priority": query["priority"],
        "fee_rate_percent": percent_of(fee.rate_ppm),
        "discount_percent": fee.discount_percent,
        "transaction_fee": tokens_of(fee.fee_micro),
        "net_amount": tokens_of(fee.net_micro),
        "payment_method": query["payment_method"],
        "timestamp": timestamp,
    }


def percent_of(rate_ppm: int) -> Decimal:
    """Return parts per million in percent, exact and without superfluous zeros."""
    return tokens_of(rate_ppm * 100)
