"""`/api/v1/payments/webhooks/…/deliveries`: what was sent, and sending it again."""

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
    DELIVERIES_EXAMPLE,
    DELIVERY_EXAMPLES,
    DELIVERY_ID_PARAMETER,
    DELIVERY_TOLD_EXAMPLE,
    ENDPOINT_ID_PARAMETER,
    SINCE_EXAMPLES,
)
from webhooks.api.serializers import (
    DeliveryListOut,
    DeliveryListQuery,
    DeliveryOut,
    DeliveryToldOut,
    RedeliveredOut,
    SinceIn,
)
from webhooks.api.views import key_of
from webhooks.queries import (
    DeliveryNotFound,
    EndpointNotFound,
    attempts_attach,
    attempts_of,
    deliveries_page,
    delivery_visible_to,
    endpoint_visible_to,
)
from webhooks.representation import delivery_body, delivery_told
from webhooks.services.redeliver import (
    EndpointInactive,
    NotRedeliverable,
    delivery_redeliver,
    endpoint_redeliver,
)

FILTERS = ("status", "event_type")


class DeliveriesView(LimitedView):
    """What was sent to a webhook."""

    required_scopes = {"GET": scopes.WEBHOOKS_MANAGE}
    endpoints = {"GET": "webhooks.deliveries"}

    @extend_schema(
        operation_id="webhook_deliveries",
        parameters=[ENDPOINT_ID_PARAMETER, DeliveryListQuery],
        responses={
            200: OpenApiResponse(DeliveryListOut, description="A page, newest first."),
            **refusals(EndpointNotFound),
        },
        examples=[DELIVERIES_EXAMPLE],
        summary="List a webhook's deliveries",
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        """Each with its newest attempt: what was sent, what came back, when it is tried next."""
        query = query_of(request, DeliveryListQuery)
        endpoint = endpoint_visible_to(caller_of(request), webhook_id)
        filters = {name: query[name] for name in FILTERS if name in query}
        page = deliveries_page(endpoint, filters, query)
        body = {
            "deliveries": [delivery_body(delivery) for delivery in page.rows],
            "pagination": page.pagination,
            "filters": filters,
        }
        return Response(body)


class DeliveryView(LimitedView):
    """One delivery."""

    required_scopes = {"GET": scopes.WEBHOOKS_MANAGE}
    endpoints = {"GET": "webhooks.delivery"}

    @extend_schema(
        operation_id="webhook_delivery",
        parameters=[DELIVERY_ID_PARAMETER],
        responses={
            200: OpenApiResponse(DeliveryToldOut, description="The delivery as it stands."),
            **refusals(DeliveryNotFound),
        },
        examples=[DELIVERY_TOLD_EXAMPLE],
        summary="Get a delivery",
    )
    def get(self, request: Request, delivery_id: str) -> Response:
        """With its newest 50 attempts and the body, as it is sent byte for byte."""
        query_of(request, NoQuery)
        delivery = delivery_visible_to(caller_of(request), delivery_id)
        attempts = attempts_of(delivery)
        delivery.last = next(iter(attempts), None)  # type: ignore[attr-defined]
        return Response(delivery_told(delivery, attempts))


class RedeliverView(LimitedView):
    """Send one delivery again."""

    required_scopes = {"POST": scopes.WEBHOOKS_MANAGE}
    endpoints = {"POST": "webhooks.redeliver"}

    @extend_schema(
        operation_id="webhook_redeliver",
        request=NothingIn,
        parameters=[DELIVERY_ID_PARAMETER],
        responses={
            202: OpenApiResponse(DeliveryOut, description="Due now, with all its tries."),
            **refusals(DeliveryNotFound, EndpointInactive, NotRedeliverable),
        },
        examples=DELIVERY_EXAMPLES,
        summary="Send a delivery again",
    )
    def post(self, request: Request, delivery_id: str) -> Response:
        """The same event under the same `webhook-id`; also one that was taken already."""
        body_of(request, NothingIn)
        key = delivery_visible_to(caller_of(request), delivery_id).pk
        delivery = delivery_redeliver(delivery_id=key, now=utc_now())
        attempts_attach([delivery])
        ring_on_commit(tasks.deliver)
        return Response(delivery_body(delivery), status=202)


class RedeliverSinceView(LimitedView):
    """Send again what failed, and what was missed."""

    required_scopes = {"POST": scopes.WEBHOOKS_MANAGE}
    endpoints = {"POST": "webhooks.redeliver_since"}

    @extend_schema(
        operation_id="webhook_redeliver_since",
        request=SinceIn,
        parameters=[ENDPOINT_ID_PARAMETER],
        responses={
            202: OpenApiResponse(RedeliveredOut, description="So many are due now."),
            **refusals(EndpointNotFound, EndpointInactive),
        },
        examples=SINCE_EXAMPLES,
        summary="Send again what failed since a time",
    )
    def post(self, request: Request, webhook_id: str) -> Response:
        """Everything that was given up since then, and what happened while it was not active.

        At most 10 000 a call: while the answer has `more`, call again with `after` = `next_after`.
        """
        body = body_of(request, SinceIn)
        key = key_of(request, webhook_id)
        done = endpoint_redeliver(
            endpoint_id=key, since=body["since"], after=body["after"], now=utc_now()
        )
        ring_on_commit(tasks.deliver)
        told = {"redelivered": done.count, "more": done.has_more, "next_after": done.after}
        return Response(told, status=202)
