"""`/api/v1/payments/`: parse, one service call, render."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency
from access.caller import caller_of
from access.idempotency import Answer, KeyInUse, KeyReused
from gateway import tasks
from gateway.api.described import (
    BATCH_EXAMPLES,
    CREATE_EXAMPLES,
    ID_PARAMETER,
    KEY_PARAMETER,
    LOCATION_HEADER,
    PAYMENT_EXAMPLES,
    REFUND_EXAMPLES,
    REPLAYED_HEADER,
)
from gateway.api.serializers import (
    PaymentBatchIn,
    PaymentBatchOut,
    PaymentCreateIn,
    PaymentOut,
    RefundIn,
    RefundOut,
    items_of,
)
from gateway.errors import (
    MerchantBalanceTooLow,
    NothingHeld,
    NotRefundable,
    PaymentNotFound,
    PaymentReferenceTaken,
    RouteForbidden,
)
from gateway.queries import payment_visible_to
from gateway.rates.source import NoRate
from gateway.representation import payment_body
from gateway.services.batch import BatchAsked, ReferenceRace, payments_create
from gateway.services.create import PaymentAsked, payment_create
from gateway.services.refund_request import RefundAsked, refund_request
from lucidpay.api.json import JSONParser
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import ValidationFailed
from payouts.policy.refusals import LimitExceeded
from tron.api.fields import AddressRefused, body_with_addresses
from wallets.services.deposits import DepositsNotReady


class BatchParser(JSONParser):
    """Reads a body with room for a thousand payments."""

    bytes_max_setting = "PAYMENT_BATCH_BODY_MAX_BYTES"


class PaymentCreateView(LimitedView):
    """Ask for a payment."""

    required_scopes = {"POST": "payments:create"}
    endpoints = {"POST": "payments.create"}

    @extend_schema(
        operation_id="payment_create",
        tags=["payments"],
        request=PaymentCreateIn,
        parameters=[KEY_PARAMETER, LOCATION_HEADER, REPLAYED_HEADER],
        responses={
            201: OpenApiResponse(PaymentOut, description="It can be paid now."),
            200: OpenApiResponse(
                PaymentOut, description="This `reference_id` and body had made it already."
            ),
            **refusals(
                AddressRefused,
                LimitExceeded,
                RouteForbidden,
                PaymentReferenceTaken,
                NoRate,
                DepositsNotReady,
                KeyInUse,
                KeyReused,
            ),
        },
        examples=CREATE_EXAMPLES,
        summary="Ask for a payment",
    )
    def post(self, request: Request) -> Response:
        """Quote a payment and say where it is to be paid. Safe to repeat with the same
        `Idempotency-Key` or `reference_id`.

        Money counts when its block is solid, it comes from `payer_address`, and in time. Too
        little goes back at the expiry, too much when the payee is paid; what comes late or from
        somebody else, people decide about. Payers can be shown the page `/pay/{payment_id}`.
        """
        order = body_with_addresses(request, PaymentCreateIn)
        answer = payment_create(
            PaymentAsked(
                caller=caller_of(request),
                order=order,
                body_hash=idempotency.hash_of(order),
                request_id=request_id_of(request),
                now=utc_now(),
                key=idempotency.key_of(request),
            )
        )
        return _made(answer, reverse("payment-status", args=[answer.body["payment_id"]]))


class PaymentBatchView(LimitedView):
    """Ask for many payments."""

    required_scopes = {"POST": "payments:create"}
    endpoints = {"POST": "payments.batch"}
    parser_classes = (BatchParser,)

    @extend_schema(
        operation_id="payment_batch",
        tags=["payments"],
        request=PaymentBatchIn,
        parameters=[KEY_PARAMETER],
        responses={
            201: OpenApiResponse(PaymentBatchOut, description="What became of each item."),
            **refusals(DepositsNotReady, LimitExceeded, ReferenceRace, KeyInUse, KeyReused),
        },
        examples=BATCH_EXAMPLES,
        summary="Ask for many payments",
    )
    def post(self, request: Request) -> Response:
        """1 to 1000 payments. Unlike a batch of payouts, one that is wrong is refused alone: each
        item of the answer has its payment or its error.
        """
        body = body_of(request, PaymentBatchIn)
        answer = payments_create(
            BatchAsked(
                caller=caller_of(request),
                items=items_of(body),
                reference=body.get("batch_reference", ""),
                body_hash=idempotency.hash_of(body),
                request_id=request_id_of(request),
                now=utc_now(),
                key=idempotency.key_of(request),
            )
        )
        return _made(answer)


class PaymentStatusView(LimitedView):
    """One payment."""

    required_scopes = {"GET": "payments:read"}
    endpoints = {"GET": "payments.get"}

    @extend_schema(
        operation_id="payment_status",
        tags=["payments"],
        parameters=[ID_PARAMETER],
        responses={
            200: OpenApiResponse(PaymentOut, description="The payment as it stands now."),
            **refusals(PaymentNotFound),
        },
        examples=PAYMENT_EXAMPLES,
        summary="Get a payment",
    )
    def get(self, request: Request, payment_id: str) -> Response:
        """Where it stands, with every movement of its money."""
        query_of(request, NoQuery)
        return Response(payment_body(payment_visible_to(caller_of(request), payment_id)))


class RefundView(LimitedView):
    """Give money back."""

    required_scopes = {"POST": "payments:refund"}
    endpoints = {"POST": "payments.refund"}

    @extend_schema(
        operation_id="payment_refund",
        tags=["payments"],
        request=RefundIn,
        parameters=[KEY_PARAMETER],
        responses={
            201: OpenApiResponse(RefundOut, description="It will be paid back once."),
            **refusals(
                PaymentNotFound, NotRefundable, NothingHeld, MerchantBalanceTooLow, KeyInUse,
                KeyReused,
            ),
        },
        examples=REFUND_EXAMPLES,
        summary="Refund a payment, whole or in part",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """To the payer: before the payee's payout is signed from what came in, after completion
        from your balance. Older clients send these fields in the query; never in both.
        """
        body = _refund_of(request)
        answer = refund_request(
            RefundAsked(
                caller=caller_of(request),
                payment_id=body["payment_id"],
                amount_micro=body.get("amount"),
                reason=body["reason"],
                body_hash=idempotency.hash_of(body),
                request_id=request_id_of(request),
                now=utc_now(),
                key=idempotency.key_of(request),
            )
        )
        ring_on_commit(tasks.refund)
        return _made(answer)


def _refund_of(request: Request) -> dict[str, Any]:
    """Return a refund's fields, of the body, or of the query where there is no body."""
    if not request.META.get("QUERY_STRING"):
        return body_of(request, RefundIn)
    if request.data:
        raise ValidationFailed({"query": ["Send the fields in the body, or in the query."]})
    return query_of(request, RefundIn)


def _made(answer: Answer, place: str = "") -> Response:
    headers = {"Location": place} if place else {}
    if answer.replayed:
        headers[idempotency.REPLAYED] = "true"
    return Response(answer.told, status=answer.status_code, headers=headers)
