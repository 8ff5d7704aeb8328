"""`/api/v1/payments/reconcile`.

A comparison leaves a row, so it needs the scope that makes payments: ``payments:create``.
"""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.caller import caller_of
from gateway.errors import PaymentNotFound
from gateway.queries import payment_visible_to
from gateway.reconciliations import reconciliation_body
from gateway.services.reconcile import CheckAsked, reconcile_ask
from gateway.states import CheckStatus
from lucidpay.api.fields import StrictCharField, StrictSerializer
from lucidpay.api.query import body_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import id_pattern, refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now

EXTERNAL_MAX, NOTES_MAX = 100, 500


class ReconcileIn(StrictSerializer):
    """Which payment is to be compared, and with what besides."""

    payment_id = StrictCharField(max_length=100)
    external_transaction_id = StrictCharField(
        required=False,
        max_length=EXTERNAL_MAX,
        help_text="A transaction (64 hex digits) that is said to be this payment's.",
    )
    notes = StrictCharField(
        required=False, allow_blank=True, max_length=NOTES_MAX, help_text="Kept with the answer."
    )


class DifferenceOut(serializers.Serializer):
    """One thing that is not as it should be."""

    field = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    meaning = serializers.CharField(help_text="For people.")


class ReconciliationOut(serializers.Serializer):
    """What came of a comparison."""

    reconciliation_id = serializers.RegexField(id_pattern("recon"))
    payment_id = serializers.RegexField(id_pattern("pay"))
    status = serializers.ChoiceField(
        choices=CheckStatus.values,
        help_text="`completed`: everything agrees. `disputed`: something differs. `pending`: "
        "something is under way, or no node answers; it goes on by itself.",
    )
    verified = serializers.BooleanField(help_text="Nothing differs.")
    verified_at = serializers.DateTimeField(allow_null=True)
    notes = serializers.CharField(allow_null=True)
    differences = DifferenceOut(many=True)


_PAYMENT_ID = "pay_01890a5dac96774bbcceb302099a8057"
_AGREES = {
    "reconciliation_id": "recon_01890a5dac96774bbcceb302099a8061",
    "payment_id": _PAYMENT_ID,
    "status": "completed",
    "verified": True,
    "verified_at": "2026-01-31T09:10:00Z",
    "notes": "month-end",
    "differences": [],
}
_DIFFERS = {
    **_AGREES,
    "status": "disputed",
    "verified": False,
    "verified_at": None,
    "differences": [
        {
            "field": "external_transaction_id",
            "expected": "a transaction of this payment",
            "found": "no such transaction",
            "meaning": "No node knows a transaction of this id.",
        }
    ],
}
EXAMPLES = [
    OpenApiExample(
        "with a transaction",
        value={"payment_id": _PAYMENT_ID, "external_transaction_id": "7d5a" * 16,
               "notes": "month-end"},
        request_only=True,
    ),
    OpenApiExample("agrees", value=_AGREES, response_only=True, status_codes=["201"]),
    OpenApiExample("differs", value=_DIFFERS, response_only=True, status_codes=["201"]),
]  # fmt: skip


class ReconcileView(LimitedView):
    """Compare a payment with the chain and the books."""

    required_scopes = {"POST": "payments:create"}
    endpoints = {"POST": "payments.reconcile"}

    @extend_schema(
        operation_id="payment_reconcile",
        tags=["payments"],
        request=ReconcileIn,
        responses={
            201: OpenApiResponse(ReconciliationOut, description="Compared, or under way."),
            **refusals(PaymentNotFound),
        },
        examples=EXAMPLES,
        summary="Compare a payment with the chain and the books",
    )
    def post(self, request: Request) -> Response:
        """What came in, what the payee was paid and what went back: each must stand in a solid
        block and in the books, as the payment says. A transaction that you name must be one of
        them; else you are told what it is.
        """
        body = body_of(request, ReconcileIn)
        caller = caller_of(request)
        payment = payment_visible_to(caller, body["payment_id"])
        row = reconcile_ask(
            CheckAsked(
                payment_id=payment.pk,
                owner_id=caller.user_id,
                external_transaction_id=body.get("external_transaction_id", ""),
                notes=body.get("notes", ""),
                request_id=request_id_of(request),
                now=utc_now(),
            )
        )
        return Response(reconciliation_body(row), status=201)
