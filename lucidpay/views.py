"""Views of the platform itself."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.views import LimitedView
from lucidpay.health import UNHEALTHY, health_report


class HealthView(LimitedView):
    """Health of the payment service."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"GET": "health"}

    @extend_schema(
        operation_id="health",
        responses={200: dict, 503: dict},
        auth=[],
        summary="Health",
    )
    def get(self, request: Request) -> Response:
        """200 when payouts can be accepted (`healthy`, `degraded`), 503 when not."""
        query_of(request, NoQuery)
        report = health_report()
        return Response(report, status=503 if report["status"] == UNHEALTHY else 200)
