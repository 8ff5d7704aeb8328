"""`/api/v1/payments/webhooks`: parse, one service call, render."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.fields import NothingIn
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from webhooks import tasks
from webhooks.api.described import (
    CHANGE_EXAMPLE,
    DELIVERY_EXAMPLES,
    ENDPOINT_EXAMPLE,
    ENDPOINT_ID_PARAMETER,
    ENDPOINTS_EXAMPLE,
    LOCATION_HEADER,
    NO_STORE_HEADER,
    REGISTER_EXAMPLES,
    ROTATE_EXAMPLES,
    SECRET_EXAMPLE,
)
from webhooks.api.serializers import (
    DeliveryOut,
    EndpointChangeIn,
    EndpointIn,
    EndpointListOut,
    EndpointListQuery,
    EndpointOut,
    EndpointSecretOut,
    RotateIn,
)
from webhooks.models import Endpoint
from webhooks.queries import EndpointNotFound, endpoint_visible_to, endpoints_page
from webhooks.representation import delivery_body, endpoint_body
from webhooks.services.change import endpoint_change
from webhooks.services.delete import endpoint_delete
from webhooks.services.redeliver import EndpointInactive
from webhooks.services.register import TooManyEndpoints, endpoint_register
from webhooks.services.rotate import secret_rotate
from webhooks.services.sealed import CannotSeal
from webhooks.services.try_out import endpoint_try_out

NO_STORE = {"Cache-Control": "no-store"}


def key_of(request: Request, webhook_id: str) -> UUID:
    """Return the key of an endpoint that exists for this caller."""
    return endpoint_visible_to(caller_of(request), webhook_id).pk


def _with_secret(endpoint: Endpoint, secret: str) -> dict[str, Any]:
    return {**endpoint_body(endpoint), "secret": secret}


class EndpointsView(LimitedView):
    """List webhooks."""

    required_scopes = {"GET": scopes.WEBHOOKS_MANAGE}
    endpoints = {"GET": "webhooks.list"}

    @extend_schema(
        operation_id="webhook_list",
        parameters=[EndpointListQuery],
        responses={200: OpenApiResponse(EndpointListOut, description="A page, newest first.")},
        examples=[ENDPOINTS_EXAMPLE],
        summary="List webhooks",
    )
    def get(self, request: Request) -> Response:
        """Yours; operators see everybody's."""
        query = query_of(request, EndpointListQuery)
        filters = {"is_active": query["active"] == "true"} if "active" in query else {}
        page = endpoints_page(caller_of(request), filters, query)
        body = {
            "webhooks": [endpoint_body(endpoint) for endpoint in page.rows],
            "pagination": page.pagination,
            "filters": {"active": query["active"]} if filters else {},
        }
        return Response(body)


class RegisterView(LimitedView):
    """Register a webhook."""

    required_scopes = {"POST": scopes.WEBHOOKS_MANAGE}
    endpoints = {"POST": "webhooks.register"}

    @extend_schema(
        operation_id="webhook_register",
        request=EndpointIn,
        parameters=[LOCATION_HEADER, NO_STORE_HEADER],
        responses={
            201: OpenApiResponse(EndpointSecretOut, description="Registered, with its secret."),
            **refusals(TooManyEndpoints, CannotSeal),
        },
        examples=REGISTER_EXAMPLES,
        summary="Register a webhook",
    )
    def post(self, request: Request) -> Response:
        """Be told of events by a signed POST.

        Keep the `secret`: it is shown in this one answer, and every request is signed with it.
        Operators are told of everybody's events, others of their own.
        """
        body = body_of(request, EndpointIn)
        endpoint, secret = endpoint_register(
            owner_id=caller_of(request).user_id,
            url=body["url"],
            events=body["events"],
            headers=body.get("headers", {}),
            is_active=body["active"],
            now=utc_now(),
        )
        place = {"Location": reverse("webhook", args=[endpoint.public_id])}
        return Response(_with_secret(endpoint, secret), status=201, headers=place | NO_STORE)


class EndpointView(LimitedView):
    """One webhook."""

    required_scopes = dict.fromkeys(("GET", "PATCH", "DELETE"), scopes.WEBHOOKS_MANAGE)
    endpoints = {"GET": "webhooks.get", "PATCH": "webhooks.change", "DELETE": "webhooks.delete"}

    @extend_schema(
        operation_id="webhook_get",
        parameters=[ENDPOINT_ID_PARAMETER],
        responses={
            200: OpenApiResponse(EndpointOut, description="The webhook as it stands."),
            **refusals(EndpointNotFound),
        },
        examples=[ENDPOINT_EXAMPLE],
        summary="Get a webhook",
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        """Where to, what of, and how it is doing. Its secret is not shown again."""
        query_of(request, NoQuery)
        return Response(endpoint_body(endpoint_visible_to(caller_of(request), webhook_id)))

    @extend_schema(
        operation_id="webhook_change",
        request=EndpointChangeIn,
        parameters=[ENDPOINT_ID_PARAMETER],
        responses={
            200: OpenApiResponse(EndpointOut, description="The webhook as it stands then."),
            **refusals(EndpointNotFound, CannotSeal),
        },
        examples=[CHANGE_EXAMPLE, ENDPOINT_EXAMPLE],
        summary="Change a webhook",
    )
    def patch(self, request: Request, webhook_id: str) -> Response:
        """What is not named stays. `active: true` sends what is due by then, at once."""
        changes = body_of(request, EndpointChangeIn)
        if "active" in changes:
            changes["is_active"] = changes.pop("active")
        key = key_of(request, webhook_id)
        endpoint = endpoint_change(endpoint_id=key, changes=changes, now=utc_now())
        ring_on_commit(tasks.deliver)
        return Response(endpoint_body(endpoint))

    @extend_schema(
        operation_id="webhook_delete",
        parameters=[ENDPOINT_ID_PARAMETER],
        request=None,
        responses={204: OpenApiResponse(description="Gone."), **refusals(EndpointNotFound)},
        summary="Delete a webhook",
    )
    def delete(self, request: Request, webhook_id: str) -> Response:
        """Nothing more is sent to it, and what waited is cancelled. This is final."""
        query_of(request, NoQuery)
        endpoint_delete(endpoint_id=key_of(request, webhook_id), now=utc_now())
        return Response(status=204)


class RotateView(LimitedView):
    """Give a webhook another secret."""

    required_scopes = {"POST": scopes.WEBHOOKS_MANAGE}
    endpoints = {"POST": "webhooks.rotate"}

    @extend_schema(
        operation_id="webhook_rotate_secret",
        request=RotateIn,
        parameters=[ENDPOINT_ID_PARAMETER, NO_STORE_HEADER],
        responses={
            200: OpenApiResponse(EndpointSecretOut, description="With its new secret."),
            **refusals(EndpointNotFound, CannotSeal),
        },
        examples=[*ROTATE_EXAMPLES, SECRET_EXAMPLE],
        summary="Rotate a webhook's secret",
    )
    def post(self, request: Request, webhook_id: str) -> Response:
        """Sign with a new secret from now on, shown in this one answer.

        Until `previous_secret_valid_until` the one before signs as well: `webhook-signature`
        then has both signatures.
        """
        default = settings.WEBHOOK_ROTATION_OVERLAP_S
        overlap_s = body_of(request, RotateIn).get("overlap_seconds", default)
        key = key_of(request, webhook_id)
        endpoint, secret = secret_rotate(endpoint_id=key, overlap_s=overlap_s, now=utc_now())
        return Response(_with_secret(endpoint, secret), headers=NO_STORE)


class TryOutView(LimitedView):
    """Try a webhook out."""

    required_scopes = {"POST": scopes.WEBHOOKS_MANAGE}
    endpoints = {"POST": "webhooks.test"}

    @extend_schema(
        operation_id="webhook_test",
        request=NothingIn,
        parameters=[ENDPOINT_ID_PARAMETER],
        responses={
            202: OpenApiResponse(DeliveryOut, description="On its way; follow the delivery."),
            **refusals(EndpointNotFound, EndpointInactive),
        },
        examples=DELIVERY_EXAMPLES,
        summary="Send a test event",
    )
    def post(self, request: Request, webhook_id: str) -> Response:
        """Send it a `webhook.test`, signed and retried like any event."""
        body_of(request, NothingIn)
        key = key_of(request, webhook_id)
        delivery = endpoint_try_out(endpoint_id=key, now=utc_now())
        delivery.last = None  # type: ignore[attr-defined]  # of a moment ago
        ring_on_commit(tasks.deliver)
        return Response(delivery_body(delivery), status=202)
