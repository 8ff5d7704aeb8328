"""`/health…`, `/status`, `/stats`, `/config`, `/restart/…`: parse, one call, render."""

from typing import Any

from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import Caller, caller_of
from lucidpay.api.database import RETRY_AFTER_S
from lucidpay.api.fields import NothingIn
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import iso, utc_now
from lucidpay.health import HEALTHY, database_health, redis_health
from lucidpay.service import described
from lucidpay.service.config import config_report
from lucidpay.service.restart import (
    COMMAND,
    NoSuchService,
    NoWorkerAnswers,
    NoWorkerRestarts,
    service_restart,
)
from lucidpay.service.serializers import ConfigOut, LiveOut, ReadyOut, RestartOut, StatusOut
from lucidpay.service.stats import stats_of
from lucidpay.service.stats_serializers import STATS_OUT, StatsOfAllOut
from lucidpay.service.status import status_report
from lucidpay.services import SERVICES
from lucidpay.views import HEALTHY_EXAMPLE, UNHEALTHY_EXAMPLE, HealthOut, HealthView

TAGS = ["service"]
# These two tell of payouts, so everybody may be told of their own.
OF_ONES_OWN = ("payout-router", "payment-gateway")


@extend_schema_view(
    get=extend_schema(
        operation_id="service_health",
        responses={
            200: OpenApiResponse(HealthOut, description="Payouts are accepted."),
            503: OpenApiResponse(HealthOut, description="PostgreSQL or Redis is down."),
        },
        examples=[HEALTHY_EXAMPLE, UNHEALTHY_EXAMPLE],
        auth=[],
        summary="Health",
        tags=TAGS,
    )
)
class ServiceHealthView(HealthView):
    """The health of the payment service under a shorter path, with the same limit."""


class LiveView(LimitedView):
    """Whether the process answers. To count the call would ask Redis, so it has no limit."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    asks_nobody = True

    @extend_schema(
        operation_id="service_live",
        responses={200: OpenApiResponse(LiveOut, description="The process answers.")},
        examples=[described.LIVE],
        auth=[],
        summary="Liveness",
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """200 as long as the process answers at all; nobody else is asked. Without a limit."""
        query_of(request, NoQuery)
        return Response({"status": "alive"})


class ReadyView(LimitedView):
    """Whether the process can serve requests."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"GET": "service.ready"}

    @extend_schema(
        operation_id="service_ready",
        responses={
            200: OpenApiResponse(ReadyOut, description="PostgreSQL and the broker answer."),
            503: OpenApiResponse(ReadyOut, description="One of them does not: see `checks`."),
        },
        examples=[described.READY, described.NOT_READY],
        auth=[],
        summary="Readiness",
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """200 when PostgreSQL and the broker (Redis) answer; 503 says which does not."""
        query_of(request, NoQuery)
        checks = {"database": database_health(), "broker": redis_health()}
        is_ready = all(part["status"] == HEALTHY for part in checks.values())
        status = "ready" if is_ready else "not_ready"
        body = {"status": status, "timestamp": iso(utc_now()), "checks": checks}
        if is_ready:
            return Response(body)
        return Response(body, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


class StatusView(LimitedView):
    """How each service is."""

    required_scopes = {"GET": scopes.STATS_READ}
    endpoints = {"GET": "service.status"}

    @extend_schema(
        operation_id="service_status",
        responses={200: OpenApiResponse(StatusOut, description="As it is known now.")},
        examples=[described.STATUS],
        summary="Status of the services",
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Queue, workers, last success and last error of each. For who sees everybody's payouts."""
        query_of(request, NoQuery)
        _who_sees_all(request)
        return Response(status_report(utc_now()))


class StatsOfAllView(LimitedView):
    """What all services tell."""

    required_scopes = {"GET": scopes.STATS_READ}
    endpoints = {"GET": "service.stats"}

    @extend_schema(
        operation_id="service_stats",
        responses={200: OpenApiResponse(StatsOfAllOut, description="By service.")},
        examples=[described.STATS_OF_ALL],
        summary="Stats of all services",
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """What each `/{service}/stats` tells. For who sees everybody's payouts."""
        query_of(request, NoQuery)
        caller, now = _who_sees_all(request), utc_now()
        return Response({name: stats_of(name, caller, now) for name in SERVICES})


class _StatsView(LimitedView):
    required_scopes = {"GET": scopes.STATS_READ}
    service = ""

    def get(self, request: Request) -> Response:
        query_of(request, NoQuery)
        is_own = self.service in OF_ONES_OWN
        caller = caller_of(request) if is_own else _who_sees_all(request)
        return Response(stats_of(self.service, caller, utc_now()))


def _stats_view(name: str) -> type[_StatsView]:
    """Return the view of one service's stats, described as its own."""
    told = "Of your own payouts, or of everybody's if your role sees those."
    if name not in OF_ONES_OWN:
        told = "Of the whole instance. For callers who see everybody's payouts."
    members: dict[str, Any] = {"service": name, "endpoints": {"GET": f"{name}.stats"}}
    schema = extend_schema(
        operation_id=f"{name.replace('-', '_')}_stats",
        responses={200: OpenApiResponse(STATS_OUT[name], description="As it is now.")},
        examples=[described.STATS[name]],
        summary=f"Stats of {name}",
        description=told,
        tags=TAGS,
    )
    view: type[_StatsView] = type(
        f"{name.title().replace('-', '')}StatsView", (_StatsView,), members
    )
    return extend_schema_view(get=schema)(view)


STATS_VIEWS = {name: _stats_view(name) for name in SERVICES}


class ConfigView(LimitedView):
    """The settings in force."""

    required_scopes = {"GET": scopes.SERVICE_MANAGE}
    endpoints = {"GET": "service.config"}

    @extend_schema(
        operation_id="service_config",
        responses={200: OpenApiResponse(ConfigOut, description="Of the process that answers.")},
        examples=[described.CONFIG],
        summary="Settings in force",
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """By group; no secret is shown. Workers may be given others: ask them on their machines."""
        query_of(request, NoQuery)
        return Response(config_report(), headers={"Cache-Control": "no-store"})


class RestartView(LimitedView):
    """Restart a service."""

    required_scopes = {"POST": scopes.SERVICE_MANAGE}
    endpoints = {"POST": "service.restart"}

    @extend_schema(
        operation_id="service_restart",
        request=NothingIn,
        parameters=[
            OpenApiParameter(
                "service_name", {"type": "string", "enum": list(SERVICES)}, OpenApiParameter.PATH
            )
        ],
        responses={
            202: OpenApiResponse(RestartOut, description="What was asked of which worker."),
            **refusals(NoSuchService, NoWorkerAnswers, NoWorkerRestarts),
        },
        examples=[described.NOTHING, described.RESTARTED],
        summary="Restart a service",
        tags=TAGS,
    )
    def post(self, request: Request, service_name: str) -> Response:
        """Replace the processes of all workers that serve it; other services of theirs, too.

        Each process ends after the task it is at. It is kept who asked, and what was said.
        """
        body_of(request, NothingIn)
        row = service_restart(
            service=service_name,
            by=str(request.user),
            request_id=request_id_of(request),
            now=utc_now(),
        )
        asked = [
            {"worker": worker, "asked": COMMAND, "said": _words(row.said.get(worker))}
            for worker in row.asked
        ]
        body = {"service": row.service, "asked_at": iso(row.asked_at), "workers": asked}
        return Response(body, status=202)


def _words(said: dict[str, str] | None) -> str | None:
    return None if said is None else " ".join(said.values())


def _who_sees_all(request: Request) -> Caller:
    """Return a caller who sees everybody's, or refuse: it tells of more than anybody's own."""
    caller = caller_of(request)
    if not caller.sees_all:
        raise PermissionDenied
    return caller
