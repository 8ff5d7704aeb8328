"""`/api/v1/payments/webhooks/payment-status`: a hint from a chain watcher. It is never believed."""

import hmac
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lucidpay.api.fields import StrictCharField
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import UNAUTHENTICATED, LucidError
from tron import tasks
from webhooks.api.described import HINT_EXAMPLES
from webhooks.signing import SIMPLE_SIGNATURE, simple_signature

HINT_HEADER = OpenApiParameter(
    SIMPLE_SIGNATURE,
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Hex HMAC-SHA256 of the body's bytes, keyed with INBOUND_WEBHOOK_SECRET.",
)


class BadSignature(LucidError):
    """Missing or wrong X-Webhook-Signature: send the hex HMAC-SHA256 of the body's bytes."""

    code = UNAUTHENTICATED
    status_code = 401


class HintIn(serializers.Serializer):
    """What a watcher says it saw. Fields that are not known here are ignored."""

    payout_id = StrictCharField(required=False, max_length=100)
    payment_id = StrictCharField(required=False, max_length=100)
    status = StrictCharField(max_length=50)
    transaction_hash = serializers.RegexField(
        r"^(0x)?[0-9a-fA-F]{64}$", help_text="64 hex digits, with or without `0x`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a name of what it is about."""
        if "payout_id" not in attrs and "payment_id" not in attrs:
            raise serializers.ValidationError({"payout_id": ["Name payout_id or payment_id."]})
        return attrs


class HintOut(serializers.Serializer):
    """It was heard."""

    status = serializers.ChoiceField(choices=["success"])


class HintView(LimitedView):
    """Look at the chain now."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    endpoints = {"POST": "webhooks.inbound"}

    @extend_schema(
        operation_id="webhook_payment_status",
        request=HintIn,
        parameters=[HINT_HEADER],
        responses={
            200: OpenApiResponse(HintOut, description="The chain is looked at now."),
            **refusals(BadSignature),
        },
        examples=HINT_EXAMPLES,
        auth=[],
        summary="Hint that a transaction was seen",
    )
    def post(self, request: Request) -> Response:
        """For chain watchers. Nothing of it is believed or kept: the chain is asked right away.

        Without INBOUND_WEBHOOK_SECRET every hint is refused.
        """
        _refuse_unsigned(request)
        query_of(request, NoQuery)
        HintIn(data=request.data).is_valid(raise_exception=True)
        ring_on_commit(tasks.scan)
        return Response({"status": "success"})


def _refuse_unsigned(request: Request) -> None:
    """Raise ``BadSignature`` unless the body's bytes are signed; nothing has read them before."""
    key, given = settings.INBOUND_WEBHOOK_SECRET, request.headers.get(SIMPLE_SIGNATURE, "")
    if not key or not given:
        raise BadSignature
    limit, announced = settings.API_BODY_MAX_BYTES, request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise ParseError(f"The body is larger than {limit} bytes.")
    right = simple_signature(key, request._request.body)
    # As bytes: a text that is not ASCII cannot be compared so.
    if not hmac.compare_digest(right.encode(), given.encode("utf-8", "surrogateescape")):
        raise BadSignature
