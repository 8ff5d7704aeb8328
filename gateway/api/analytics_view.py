"""`/api/v1/payments/analytics`."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from gateway.analytics import DAYS_DEFAULT, DAYS_MAX, analytics_body
from lucidpay.api.fields import StrictSerializer, TokensField
from lucidpay.api.pagination import CountField
from lucidpay.api.query import query_of
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now


class PaymentAnalyticsQuery(StrictSerializer):
    """Which payments are counted, by when they were created."""

    period_days = CountField(
        min_value=1, max_value=DAYS_MAX, default=DAYS_DEFAULT, help_text="Up to now."
    )


class PaymentAnalyticsOut(serializers.Serializer):
    """What was asked for in the last days, and what became of it."""

    total_payments = serializers.IntegerField()
    total_volume = TokensField(help_text="Of successful payments: their payees were paid.")
    average_payment_size = TokensField(help_text="Of successful payments; 0 when there is none.")
    success_rate_percent = serializers.FloatField(
        help_text="Of those that succeeded, failed or were cancelled; 0 when none did."
    )
    failed_payments = serializers.IntegerField(help_text="Failed or cancelled.")
    average_processing_time_seconds = serializers.FloatField(
        allow_null=True, help_text="From when it was created until the payee was paid."
    )
    peak_hour = serializers.IntegerField(
        allow_null=True, min_value=0, max_value=23,
        help_text="The hour of the day (UTC) in which most were created.",
    )  # fmt: skip
    most_common_amount = serializers.DecimalField(
        allow_null=True, max_digits=16, decimal_places=6, coerce_to_string=False,
        help_text="Of several, the smallest.",
    )  # fmt: skip
    total_fees_collected = TokensField(help_text="Of successful payments.")
    timestamp = serializers.DateTimeField()


EXAMPLE = OpenApiExample(
    "a month",
    value={
        "total_payments": 250,
        "total_volume": 12500.5,
        "average_payment_size": 51.869295,
        "success_rate_percent": 97.57,
        "failed_payments": 6,
        "average_processing_time_seconds": 74.204,
        "peak_hour": 14,
        "most_common_amount": 25,
        "total_fees_collected": 18.75075,
        "timestamp": "2026-02-01T09:00:00.000000Z",
    },
    response_only=True,
    status_codes=["200"],
)


class PaymentAnalyticsView(LimitedView):
    """Analytics of payments."""

    required_scopes = {"GET": scopes.STATS_READ}
    endpoints = {"GET": "payments.analytics"}

    @extend_schema(
        operation_id="payment_analytics",
        tags=["stats"],
        parameters=[PaymentAnalyticsQuery],
        responses={200: OpenApiResponse(PaymentAnalyticsOut, description="Exact at this moment.")},
        examples=[EXAMPLE],
        summary="Read analytics of payments",
    )
    def get(self, request: Request) -> Response:
        """How payments of the last days went.

        Of your own payments, or of everybody's if your role sees those.
        """
        query, caller = query_of(request, PaymentAnalyticsQuery), caller_of(request)
        owner_id = None if caller.sees_all else caller.user_id
        body = analytics_body(days=query["period_days"], owner_id=owner_id, now=utc_now())
        return Response(body)
