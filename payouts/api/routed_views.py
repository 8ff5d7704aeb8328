"""`/tron/payouts`: payouts whose router is named by the path, and the same payouts by their ids."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import (
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency, scopes
from access.caller import caller_of
from lucidpay.api.query import query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from payouts import tasks
from payouts.api.described import (
    CREATE_REFUSALS,
    KEY_PARAMETER,
    LIST_EXAMPLE,
    LOCATION_HEADER,
    REPLAYED_HEADER,
    routed_examples,
)
from payouts.api.dry_run import CreateQuery, DryRunOut, dry_run_body
from payouts.api.serializers import (
    PayoutListOut,
    PayoutListQuery,
    PayoutOut,
    RoutedCreateIn,
    parsed_order,
)
from payouts.api.views import PayoutCancelView, PayoutView, created, listed
from payouts.models import RouterType
from payouts.policy.router import InvalidRouter
from payouts.services.dry_run import payout_dry_run
from payouts.services.request import Asked, payout_request

PLACE = "/tron/payouts"
_ANSWERS = {
    201: OpenApiResponse(PayoutOut, description="Accepted: it will be paid once."),
    200: OpenApiResponse(
        PolymorphicProxySerializer(
            component_name="PayoutOrDryRun",
            serializers=[PayoutOut, DryRunOut],
            resource_type_field_name=None,
        ),
        description="This `reference_id` and body had made it already; or a dry run.",
    ),
    **refusals(*CREATE_REFUSALS),
}


def _described(operation_id: str, router: RouterType, summary: str) -> Any:
    return extend_schema(
        operation_id=operation_id,
        request=RoutedCreateIn,
        parameters=[KEY_PARAMETER, CreateQuery, LOCATION_HEADER, REPLAYED_HEADER],
        responses=_ANSWERS,
        examples=routed_examples(router),
        summary=summary,
    )


class RoutedView(LimitedView):
    """Create a payout by the router of the path. The rest is as of `POST /api/payment/payouts`."""

    required_scopes = {"POST": scopes.PAYOUTS_CREATE}
    router: RouterType

    def create(self, request: Request) -> Response:
        """Parse, ask for the payout, and answer with it."""
        query = query_of(request, CreateQuery)
        key = idempotency.key_of(request)
        order = {**parsed_order(request.data, RoutedCreateIn), "router_type": self.router.value}
        body_hash, caller = idempotency.hash_of(order), caller_of(request)
        if query["dry_run"]:
            found = payout_dry_run(caller=caller, order=order, body_hash=body_hash, now=utc_now())
            if isinstance(found.error, InvalidRouter):
                found = replace(found, error=_unqualified(found.error))
            return Response(dry_run_body(order, found))
        try:
            answer = payout_request(
                Asked(
                    caller=caller,
                    order=order,
                    body_hash=body_hash,
                    request_id=request_id_of(request),
                    now=utc_now(),
                    key=key,
                    endpoint=self.endpoints["POST"],
                )
            )
        except InvalidRouter as error:
            raise _unqualified(error) from error
        ring_on_commit(tasks.sign)
        return created(answer, PLACE)


def _unqualified(error: InvalidRouter) -> InvalidRouter:
    """The path names the router; what does not qualify for it is this recipient."""
    return InvalidRouter({"recipient_address": error.details["router_type"]})


class V0View(RoutedView):
    """Pay anybody."""

    endpoints = {"POST": "payouts.v0"}
    router = RouterType.V0

    @_described("payout_create_v0", RouterType.V0, "Create a payout to anybody")
    def post(self, request: Request) -> Response:
        """Pay anybody, also somebody with a KYC record, within the limits of V0.

        Safe to repeat with the same `Idempotency-Key` or `reference_id`.
        """
        return self.create(request)


class KycView(RoutedView):
    """Pay somebody whose identity was checked."""

    endpoints = {"POST": "payouts.kyc"}
    router = RouterType.KYC

    @_described("payout_create_kyc", RouterType.KYC, "Create a payout to a checked recipient")
    def post(self, request: Request) -> Response:
        """Pay somebody with a valid KYC record, within the limits of KYC; 2004 to anybody else.

        Safe to repeat with the same `Idempotency-Key` or `reference_id`.
        """
        return self.create(request)


class DirectView(RoutedView):
    """Pay a trusted recipient."""

    endpoints = {"POST": "payouts.direct"}
    router = RouterType.DIRECT

    @_described("payout_create_direct", RouterType.DIRECT, "Create a payout to a trusted recipient")
    def post(self, request: Request) -> Response:
        """Pay somebody on the list of trusted recipients, within their limits; 2004 to others.

        Safe to repeat with the same `Idempotency-Key` or `reference_id`.
        """
        return self.create(request)


class HistoryView(LimitedView):
    """List payouts."""

    required_scopes = {"GET": scopes.PAYOUTS_READ}
    endpoints = {"GET": "payouts.list"}

    @extend_schema(
        operation_id="payout_history",
        parameters=[PayoutListQuery],
        responses={200: OpenApiResponse(PayoutListOut, description="A page, newest first.")},
        examples=[LIST_EXAMPLE],
        summary="List payouts of all routers",
    )
    def get(self, request: Request) -> Response:
        """The same list as `GET /api/payment/payouts`, and the same limit a minute."""
        return listed(request)


@extend_schema_view(get=extend_schema(operation_id="tron_payout_get"))
class RoutedPayoutView(PayoutView):
    """One payout, as `GET /api/payment/payouts/{payout_id}`."""


@extend_schema_view(post=extend_schema(operation_id="tron_payout_cancel"))
class RoutedCancelView(PayoutCancelView):
    """Cancel one payout, as `POST /api/payment/payouts/{payout_id}/cancel`."""
