"""`/api/v1/payments/health`: whether payments can be taken, from what is known here."""

from typing import Any

from django.db import Error
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.views import LimitedView
from lucidpay.health import DEGRADED, HEALTHY, UNHEALTHY, UNKNOWN, health_report
from payouts.models import Router, RouterType
from wallets.models import WalletStatus
from wallets.models_deposit import DepositAccount
from wallets.services.deposits import PAYMENTS

SERVICE = "payment-gateway"
OPEN, HALTED, WAITING = "open", "halted", "waiting"
STATUSES = (HEALTHY, DEGRADED, UNHEALTHY)
PARTS = [HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN]


class GatewayChecksOut(serializers.Serializer):
    """What the gateway needs."""

    database = serializers.ChoiceField(choices=PARTS)
    redis = serializers.ChoiceField(choices=PARTS)
    tron = serializers.ChoiceField(choices=PARTS)
    workers = serializers.ChoiceField(choices=PARTS)
    books = serializers.ChoiceField(choices=PARTS)
    deposits = serializers.ChoiceField(
        choices=PARTS, help_text="Whether addresses can be handed out: a worker has made their key."
    )
    wallet = serializers.ChoiceField(
        choices=PARTS, help_text="Whether a wallet is in use that pays payees and refunds."
    )


class GatewayHealthOut(serializers.Serializer):
    """How the gateway does."""

    status = serializers.ChoiceField(choices=STATUSES)
    service = serializers.ChoiceField(choices=[SERVICE])
    timestamp = serializers.DateTimeField()
    gateway_status = serializers.ChoiceField(
        choices=[OPEN, HALTED, WAITING],
        help_text="`halted`: nobody is paid while the kill switch is on. `waiting`: deposits or "
        "the wallet are not ready yet, or nothing can be asked.",
    )
    checks = GatewayChecksOut()


EXAMPLE = {
    "status": HEALTHY,
    "service": SERVICE,
    "timestamp": "2026-01-31T09:00:00Z",
    "gateway_status": OPEN,
    "checks": dict.fromkeys(GatewayChecksOut().fields, HEALTHY),
}


AWAY = {
    **EXAMPLE,
    "status": UNHEALTHY,
    "gateway_status": WAITING,
    "checks": {**dict.fromkeys(GatewayChecksOut().fields, UNKNOWN), "database": UNHEALTHY},
}


class GatewayHealthView(LimitedView):
    """Whether payments can be taken."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    endpoints = {"GET": "payments.health"}

    @extend_schema(
        operation_id="payment_health",
        tags=["payments"],
        responses={
            200: OpenApiResponse(GatewayHealthOut, description="Payments can be asked for."),
            503: OpenApiResponse(GatewayHealthOut, description="PostgreSQL or Redis is down."),
        },
        examples=[
            OpenApiExample("healthy", value=EXAMPLE, response_only=True, status_codes=["200"]),
            OpenApiExample("unhealthy", value=AWAY, response_only=True, status_codes=["503"]),
        ],
        auth=[],
        summary="Whether payments can be taken",
    )
    def get(self, request: Request) -> Response:
        """As `/api/payment/health`, with what payments need besides. No node is asked."""
        query_of(request, NoQuery)
        body = gateway_health()
        return Response(body, status=503 if body["status"] == UNHEALTHY else 200)


def gateway_health() -> dict[str, Any]:
    """Return the gateway's health: unhealthy only without PostgreSQL or Redis."""
    report = health_report()
    checks = {name: report["checks"][name]["status"] for name in
              ("database", "redis", "tron", "workers", "books")}  # fmt: skip
    checks |= _own(checks["database"] == HEALTHY)
    is_fine = all(one == HEALTHY for one in checks.values())
    status = report["status"]
    if status != UNHEALTHY:
        status = HEALTHY if is_fine else DEGRADED
    return {
        "status": status,
        "service": SERVICE,
        "timestamp": report["timestamp"],
        "gateway_status": _standing(report, checks),
        "checks": checks,
    }


def _own(has_database: bool) -> dict[str, str]:
    if not has_database:
        return {"deposits": UNKNOWN, "wallet": UNKNOWN}
    try:
        account = DepositAccount.objects.filter(name=PAYMENTS).exclude(public_key="")
        router = Router.objects.filter(
            pk=RouterType.GATEWAY, wallet__status=WalletStatus.ACTIVE
        ).exists()
        return {
            "deposits": HEALTHY if account.exists() else DEGRADED,
            "wallet": HEALTHY if router else DEGRADED,
        }
    except Error:
        return {"deposits": UNKNOWN, "wallet": UNKNOWN}


def _standing(report: dict[str, Any], checks: dict[str, str]) -> str:
    if report["checks"]["tron"]["kill_switch"] == "on":
        return HALTED
    is_ready = checks["deposits"] == checks["wallet"] == HEALTHY
    return OPEN if is_ready and checks["redis"] == HEALTHY else WAITING
