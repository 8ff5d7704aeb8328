"""`/tron/payouts/analytics`."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.fields import StrictSerializer, TokensField
from lucidpay.api.moments import MomentField
from lucidpay.api.query import query_of
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from payouts.analytics import DAYS_DEFAULT, DAYS_MAX, analytics_body, hours_of
from payouts.api.described import answered
from payouts.models import RouterType
from payouts.states import Status
from payouts.stats import PERIODS


class AnalyticsQuery(StrictSerializer):
    """Which payouts are counted, by when they were asked for."""

    period = serializers.ChoiceField(
        required=False, choices=list(PERIODS), help_text="Up to now; not together with dates."
    )
    start_date = MomentField(
        required=False,
        help_text=f"From this hour (UTC) on; {DAYS_DEFAULT} days before the end when absent.",
    )
    end_date = MomentField(
        required=False,
        end_of_day=True,
        help_text=f"With this hour (UTC); now when absent. At most {DAYS_MAX} days after the "
        "beginning.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a period beside dates: they may say two different things."""
        if "period" in attrs and len(attrs) > 1:
            raise serializers.ValidationError({"period": ["Not together with dates."]})
        return attrs


class SumsOut(serializers.Serializer):
    """What payouts add up to."""

    total_payouts = serializers.IntegerField()
    total_amount_usdt = TokensField(help_text="Of all of them, whatever their status.")
    confirmed_payouts = serializers.IntegerField()
    confirmed_amount_usdt = TokensField()
    failed_payouts = serializers.IntegerField()
    success_rate = serializers.FloatField(
        help_text="Percent, of those that were confirmed or failed; 0 when none was."
    )
    fee_trx = TokensField(help_text="Burned by all attempts of these payouts that have ended.")
    energy_used = serializers.IntegerField(help_text="By the same attempts.")
    energy_saved = serializers.IntegerField(
        help_text="Of it, what staked TRX has paid for, so that nothing was burned."
    )


class DayOut(SumsOut):
    """One day (UTC)."""

    date = serializers.DateField()


class TimesOut(serializers.Serializer):
    """Seconds from when payouts were due to when they were confirmed."""

    p50 = serializers.FloatField(allow_null=True, help_text="Half of them took no longer.")
    p95 = serializers.FloatField(allow_null=True, help_text="95 of 100 took no longer.")
    exact = serializers.BooleanField(
        help_text="Beyond 10 000 payouts it is reckoned from how many took about how long."
    )


class StatusSumOut(serializers.Serializer):
    """The payouts of one status."""

    count = serializers.IntegerField()
    amount_usdt = TokensField()


class AnalyticsOut(SumsOut):
    """What was asked for in a period, what became of it, and what it cost."""

    start_date = serializers.DateTimeField(help_text="The beginning of its first hour.")
    end_date = serializers.DateTimeField(help_text="The end of its last hour.")
    confirmation_seconds = TimesOut()
    by_day = DayOut(many=True, help_text="Every day of it, the oldest first.")
    by_router = serializers.DictField(child=SumsOut())
    by_status = serializers.DictField(child=StatusSumOut())
    generated_at = serializers.DateTimeField()


_SUMS = {
    "total_payouts": 3,
    "total_amount_usdt": 37.5,
    "confirmed_payouts": 2,
    "confirmed_amount_usdt": 25,
    "failed_payouts": 0,
    "success_rate": 100,
    "fee_trx": 6.4285,
    "energy_used": 128570,
    "energy_saved": 64285,
}
_NONE = {**dict.fromkeys(_SUMS, 0)}
EXAMPLE = answered(
    "a day",
    {
        "start_date": "2026-01-31T00:00:00Z",
        "end_date": "2026-02-01T00:00:00Z",
        **_SUMS,
        "confirmation_seconds": {"p50": 61.5, "p95": 64.102, "exact": True},
        "by_day": [{"date": "2026-01-31", **_SUMS}],
        "by_router": {
            router: _SUMS if router == RouterType.V0 else _NONE for router in RouterType.values
        },
        "by_status": {
            status: {"count": count, "amount_usdt": 12.5 * count}
            for status, count in zip(Status.values, (1, 0, 2, 0, 0), strict=True)
        },
        "generated_at": "2026-02-01T08:00:00.000000Z",
    },
    "200",
)


class AnalyticsView(LimitedView):
    """Analytics of payouts."""

    required_scopes = {"GET": scopes.STATS_READ}
    endpoints = {"GET": "payouts.analytics"}

    @extend_schema(
        operation_id="payout_analytics",
        parameters=[AnalyticsQuery],
        responses={200: OpenApiResponse(AnalyticsOut, description="Exact at this moment.")},
        examples=[EXAMPLE],
        summary="Read analytics of payouts",
    )
    def get(self, request: Request) -> Response:
        """By day, router and status: amounts, costs, and how long confirmation took.

        Of your own payouts, or of everybody's if your role sees those.
        """
        query, now = query_of(request, AnalyticsQuery), utc_now()
        begin = query.get("start_date")
        if "period" in query:
            begin = now - PERIODS[query["period"]]
        start, end = hours_of(begin, query.get("end_date"), now=now)
        caller = caller_of(request)
        owner_id = None if caller.sees_all else caller.user_id
        return Response(analytics_body(start, end, owner_id=owner_id, now=now))
