"""Views of the platform itself."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.views import LimitedView
from lucidpay.health import DEGRADED, HEALTHY, UNHEALTHY, UNKNOWN, health_report


class TronHealthOut(serializers.Serializer):
    """What the scanner knows of the chain."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNKNOWN])
    network = serializers.CharField()
    latest_block = serializers.IntegerField(allow_null=True)
    solid_block = serializers.IntegerField(allow_null=True)
    lag_seconds = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True, help_text="What a person must mend.")


class PartHealthOut(serializers.Serializer):
    """Whether a part answers."""

    status = serializers.ChoiceField(choices=[HEALTHY, UNHEALTHY])


class WorkersHealthOut(serializers.Serializer):
    """Workers that gave a sign of life, and how many tasks wait for them."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNKNOWN])
    alive = serializers.IntegerField(allow_null=True)
    queue_depth = serializers.IntegerField(allow_null=True)


class ChecksOut(serializers.Serializer):
    """Part by part."""

    tron = TronHealthOut()
    database = PartHealthOut()
    redis = PartHealthOut()
    workers = WorkersHealthOut()


class HealthOut(serializers.Serializer):
    """Whether payouts can be accepted, and what is wrong if something is."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNHEALTHY])
    service = serializers.CharField()
    version = serializers.CharField()
    timestamp = serializers.DateTimeField()
    checks = ChecksOut()


class HealthView(LimitedView):
    """Health of the payment service."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"GET": "health"}

    @extend_schema(
        operation_id="health",
        responses={200: HealthOut, 503: HealthOut},
        auth=[],
        summary="Health",
    )
    def get(self, request: Request) -> Response:
        """200 when payouts can be accepted (`healthy`, `degraded`), 503 when not."""
        query_of(request, NoQuery)
        report = health_report()
        return Response(report, status=503 if report["status"] == UNHEALTHY else 200)
