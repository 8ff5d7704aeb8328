"""`/api/payment/stats`."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.fields import StrictSerializer, TokensField
from lucidpay.api.query import query_of
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from payouts.api.described_batches import STATS_EXAMPLE
from payouts.models import RouterType
from payouts.stats import ALL, PERIODS, Asked, stats_body
from tron.breaker import CLOSED, HALF_OPEN, OPEN, UNKNOWN

ROUTERS = [ALL, *RouterType.values]


class StatsQuery(StrictSerializer):
    """Which payouts are counted."""

    period = serializers.ChoiceField(
        choices=list(PERIODS), default="day", help_text="Asked for within that time up to now."
    )
    router_type = serializers.ChoiceField(choices=ROUTERS, default=ALL)


class RouterStatsOut(serializers.Serializer):
    """The payouts of one router."""

    count = serializers.IntegerField()
    amount_usdt = TokensField()


class StatsOut(serializers.Serializer):
    """What was asked for in a period, and what became of it."""

    period = serializers.ChoiceField(choices=list(PERIODS))
    router_type = serializers.ChoiceField(choices=ROUTERS)
    total_payouts = serializers.IntegerField()
    successful_payouts = serializers.IntegerField()
    failed_payouts = serializers.IntegerField()
    total_amount_usdt = TokensField(help_text="Of all of them, whatever their status.")
    success_rate = serializers.FloatField(
        help_text="Percent, of those that were confirmed or failed; 0 when none was."
    )
    average_amount_usdt = TokensField()
    recent_payouts_24h = serializers.IntegerField(help_text="Whatever the period.")
    payouts_by_router = serializers.DictField(child=RouterStatsOut())
    circuit_breaker_status = serializers.ChoiceField(
        choices=[CLOSED, OPEN, HALF_OPEN, UNKNOWN],
        help_text="The worst of the limits' and the network's; `unknown` while Redis, which keeps "
        "the network's, is away.",
    )
    daily_limit_usage = TokensField(help_text="Of the whole instance, this day (UTC).")
    hourly_limit_usage = TokensField(help_text="Of the whole instance, this hour (UTC).")
    generated_at = serializers.DateTimeField()


class StatsView(LimitedView):
    """Statistics."""

    required_scopes = {"GET": scopes.STATS_READ}
    endpoints = {"GET": "stats"}

    @extend_schema(
        operation_id="stats_get",
        parameters=[StatsQuery],
        responses={200: OpenApiResponse(StatsOut, description="Exact at this moment.")},
        examples=[STATS_EXAMPLE],
        summary="Read statistics",
    )
    def get(self, request: Request) -> Response:
        """Of your own payouts, or of everybody's if your role sees those."""
        query = query_of(request, StatsQuery)
        caller = caller_of(request)
        owner_id = None if caller.sees_all else caller.user_id
        return Response(stats_body(Asked(owner_id, **query), now=utc_now()))
