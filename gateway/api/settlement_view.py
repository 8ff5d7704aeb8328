"""`/api/v1/payments/settlement/info`."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.caller import caller_of
from gateway.policy.settling import DAILY, HOURLY, INSTANT, WEEKLY
from gateway.settlements import info_body
from gateway.states import SettlementStatus
from lucidpay.api.fields import TokensField
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now


class LastSettlementOut(serializers.Serializer):
    """The newest settlement."""

    amount = TokensField()
    timestamp = serializers.DateTimeField(help_text="When it ended; until then, when it began.")
    status = serializers.ChoiceField(choices=SettlementStatus.values)


class SettlementInfoOut(serializers.Serializer):
    """How collected fees are settled."""

    settlement_frequency = serializers.ChoiceField(choices=[INSTANT, HOURLY, DAILY, WEEKLY])
    settlement_time_utc = serializers.CharField(
        allow_null=True, help_text="Of a day, or of Mondays; absent where every hour or moment is."
    )
    next_settlement = serializers.DateTimeField(
        allow_null=True, help_text="Absent when no address for settlements is set."
    )
    pending_settlement_amount = TokensField(help_text="Collected and not settled, in USDT.")
    last_settlement = LastSettlementOut(allow_null=True)
    settlement_threshold = TokensField(help_text="From where on it is settled, in USDT.")


EXAMPLE = OpenApiExample(
    "every day",
    value={
        "settlement_frequency": "daily",
        "settlement_time_utc": "23:00",
        "next_settlement": "2026-01-31T23:00:00Z",
        "pending_settlement_amount": 12345.678901,
        "last_settlement": {
            "amount": 104512.25,
            "timestamp": "2026-01-28T23:02:41.120000Z",
            "status": "completed",
        },
        "settlement_threshold": 100000,
    },
    response_only=True,
    status_codes=["200"],
)


class SettlementInfoView(LimitedView):
    """The settlement of fees."""

    required_scopes = {"GET": "payments:read"}
    endpoints = {"GET": "payments.settlement"}

    @extend_schema(
        operation_id="settlement_info",
        tags=["payments"],
        responses={200: OpenApiResponse(SettlementInfoOut, description="As it is now.")},
        examples=[EXAMPLE],
        summary="See how collected fees are settled",
    )
    def get(self, request: Request) -> Response:
        """When fees are settled next and how it went last; the sums are those of the fees of your
        own payments, or of everybody's if your role sees those.
        """
        query_of(request, NoQuery)
        caller = caller_of(request)
        owner_id = None if caller.sees_all else caller.user_id
        return Response(info_body(owner_id=owner_id, now=utc_now()))
