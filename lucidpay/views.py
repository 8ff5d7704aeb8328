"""Views of the platform itself."""

import hmac
from functools import cache
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from lucidpay.api.database import RETRY_AFTER_S
from lucidpay.api.errors import method_not_allowed
from lucidpay.api.fields import TokensField
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.views import LimitedView
from lucidpay.health import DEGRADED, HEALTHY, UNHEALTHY, UNKNOWN, health_report
from lucidpay.metrics import CONTENT_TYPE, metrics_page
from tron.breaker import CLOSED, HALF_OPEN, OPEN

# What proxies add when they hand a request on.
HANDED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Via")


def root(request: HttpRequest) -> HttpResponse:
    """Lead whoever opens the bare address to the API's description."""
    if request.method not in ("GET", "HEAD"):
        return method_not_allowed(request, ("GET", "HEAD"))
    return redirect("docs")


@cache
def _document() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


class SchemaView(SpectacularJSONAPIView):
    """The OpenAPI document, made once a process: it costs a second, and anybody may ask for it."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the document."""
        query_of(request, NoQuery)
        return Response(_document())


class TronHealthOut(serializers.Serializer):
    """What the scanner knows of the chain."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNKNOWN])
    network = serializers.CharField()
    latest_block = serializers.IntegerField(allow_null=True)
    solid_block = serializers.IntegerField(allow_null=True)
    lag_seconds = serializers.IntegerField(allow_null=True)
    scanner_lag_blocks = serializers.IntegerField(
        allow_null=True, help_text="Solid blocks that are not read yet."
    )
    kill_switch = serializers.ChoiceField(
        choices=["on", "off"], allow_null=True, help_text="on: nothing is signed or sent."
    )
    unhealthy_nodes = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="Those that are down, lagging, without peers or of another network.",
    )
    error = serializers.CharField(allow_null=True, help_text="What a person must mend.")


class PartHealthOut(serializers.Serializer):
    """Whether a part answers."""

    status = serializers.ChoiceField(choices=[HEALTHY, UNHEALTHY])


class WorkersHealthOut(serializers.Serializer):
    """Workers that gave a sign of life, and how many tasks wait for them."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNKNOWN])
    alive = serializers.IntegerField(allow_null=True)
    queue_depth = serializers.IntegerField(allow_null=True)


class BooksHealthOut(serializers.Serializer):
    """Whether the books follow the chain."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNKNOWN])
    oldest_unbooked_seconds = serializers.IntegerField(
        allow_null=True, help_text="Chain time since the oldest movement that is not booked."
    )
    comparison_waits_seconds = serializers.IntegerField(
        allow_null=True, help_text="How long a comparison with the chain has been waiting."
    )
    compared_seconds_ago = serializers.IntegerField(
        allow_null=True, help_text="Of the wallet that was compared longest ago."
    )


class BreakerHealthOut(serializers.Serializer):
    """Whether payouts are taken, and whether nodes answer: the worse of both."""

    status = serializers.ChoiceField(choices=[CLOSED, HALF_OPEN, OPEN, UNKNOWN])
    daily_limit_remaining = TokensField(
        allow_null=True, help_text="Of V0 and KYC, in USDT; null without a limit."
    )


class ChecksOut(serializers.Serializer):
    """Part by part."""

    tron = TronHealthOut()
    database = PartHealthOut()
    redis = PartHealthOut()
    workers = WorkersHealthOut()
    books = BooksHealthOut()
    circuit_breaker = BreakerHealthOut()


class HealthOut(serializers.Serializer):
    """Whether payouts can be accepted, and what is wrong if something is."""

    status = serializers.ChoiceField(choices=[HEALTHY, DEGRADED, UNHEALTHY])
    service = serializers.CharField()
    version = serializers.CharField()
    timestamp = serializers.DateTimeField()
    checks = ChecksOut()


_GOOD: dict[str, Any] = {
    "status": HEALTHY,
    "service": "tron-payment-service",
    "version": settings.VERSION,
    "timestamp": "2026-01-31T09:00:00.000000Z",
    "checks": {
        "tron": {
            "status": HEALTHY,
            "network": "mainnet",
            "latest_block": 61000038,
            "solid_block": 61000020,
            "lag_seconds": 2,
            "scanner_lag_blocks": 0,
            "kill_switch": "off",
            "unhealthy_nodes": [],
            "error": None,
        },
        "database": {"status": HEALTHY},
        "redis": {"status": HEALTHY},
        "workers": {"status": HEALTHY, "alive": 2, "queue_depth": 0},
        "books": {
            "status": HEALTHY,
            "oldest_unbooked_seconds": None,
            "comparison_waits_seconds": None,
            "compared_seconds_ago": 60,
        },
        "circuit_breaker": {"status": CLOSED, "daily_limit_remaining": 59_000},
    },
}
_BAD = _GOOD | {
    "status": UNHEALTHY,
    "checks": _GOOD["checks"] | {"redis": {"status": UNHEALTHY}},
}
HEALTHY_EXAMPLE = OpenApiExample("healthy", value=_GOOD, response_only=True, status_codes=["200"])
UNHEALTHY_EXAMPLE = OpenApiExample(
    "unhealthy", value=_BAD, response_only=True, status_codes=["503"]
)


class HealthView(LimitedView):
    """Health of the payment service."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"GET": "health"}

    @extend_schema(
        operation_id="health",
        responses={
            200: OpenApiResponse(HealthOut, description="Payouts are accepted."),
            503: OpenApiResponse(HealthOut, description="PostgreSQL or Redis is down."),
        },
        examples=[HEALTHY_EXAMPLE, UNHEALTHY_EXAMPLE],
        auth=[],
        summary="Health",
    )
    def get(self, request: Request) -> Response:
        """200 when payouts can be accepted (`healthy`, `degraded`), 503 when not."""
        query_of(request, NoQuery)
        report = health_report()
        if report["status"] == UNHEALTHY:
            return Response(report, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
        return Response(report)


class MetricsRenderer(BaseRenderer):
    """Hands Prometheus text through as it is."""

    media_type = "text/plain"
    format = "prometheus"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Return the bytes."""
        return bytes(data)


class MetricsView(APIView):
    """Metrics for Prometheus."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (MetricsRenderer,)
    http_method_names = ("get", "head")  # what DRF tells of a view is no Prometheus text

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Read from the database now, so right after a restart and on any host."""
        query_of(request, NoQuery)
        _refuse_strangers(request)
        return Response(metrics_page(), content_type=CONTENT_TYPE)


def _refuse_strangers(request: Request) -> None:
    """Let those through who have METRICS_TOKEN; without one set, the private network.

    What a proxy hands on comes from its address, so it is not taken for a neighbour: with
    TRUSTED_PROXIES set nobody is let through without a token, nor is who shows a proxy's header.
    """
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return
    is_handed_on = api_settings.NUM_PROXIES or any(name in request.headers for name in HANDED_ON)
    if token or is_handed_on or not _is_private(request.META.get("REMOTE_ADDR", "")):
        raise NotAuthenticated


def _is_private(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False  # a socket of the file system: only a proxy comes through one
