"""`/tron/…`: parse, one service call, render."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from tron.api.serializers import KillSwitchIn, KillSwitchOut, kill_switch_body
from tron.halt import NothingToLift, lift, pull

PULL_EXAMPLE = OpenApiExample(
    "pull", value={"on": True, "reason": "A key may have leaked."}, request_only=True
)
LIFT_EXAMPLE = OpenApiExample(
    "let go", value={"on": False, "reason": "A false alarm.", "halts": [7]}, request_only=True
)
ON_EXAMPLE = OpenApiExample(
    "on",
    value={
        "on": True,
        "halts": [
            {
                "id": 7,
                "cause": "operator",
                "subject": "alice: A key may have leaked.",
                "reason": "A key may have leaked.",
                "by": "alice",
                "at": "2026-01-31T09:00:00.000000Z",
            }
        ],
    },
    response_only=True,
    status_codes=["200"],
)


class KillSwitchView(LimitedView):
    """Stop all signing and sending, and let it go on."""

    # Stopping must be easy, starting again is the admin's: which of the two the body asks for.
    required_scopes = {
        "GET": scopes.PAYOUTS_READ,
        "POST": (scopes.PAYOUTS_CANCEL, scopes.SERVICE_MANAGE),
    }
    endpoints = {"GET": "kill_switch.get", "POST": "kill_switch.set"}

    @extend_schema(
        operation_id="kill_switch_get",
        responses={200: OpenApiResponse(KillSwitchOut, description="The switch as it stands.")},
        examples=[ON_EXAMPLE],
        summary="See the kill switch",
    )
    def get(self, request: Request) -> Response:
        """Whether all stands still, and why. For callers who see everybody's payouts."""
        query_of(request, NoQuery)
        _refuse_others(request)
        return Response(kill_switch_body())

    @extend_schema(
        operation_id="kill_switch_set",
        request=KillSwitchIn,
        responses={
            200: OpenApiResponse(KillSwitchOut, description="The switch as it stands then."),
            **refusals(NothingToLift),
        },
        examples=[PULL_EXAMPLE, LIFT_EXAMPLE, ON_EXAMPLE],
        summary="Pull the kill switch, or let go",
    )
    def post(self, request: Request) -> Response:
        """Pulling needs `payouts:cancel`, letting go `service:manage`; both, to see everybody's.

        Nothing more is signed after the chunk under way, and nothing more is sent. What was
        sent may still be included: a signed transaction cannot be called back.
        """
        query_of(request, NoQuery)
        _refuse_others(request)
        body = KillSwitchIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = body.validated_data
        needed = scopes.PAYOUTS_CANCEL if order["on"] else scopes.SERVICE_MANAGE
        if needed not in caller_of(request).scopes:
            raise PermissionDenied
        by, reason, now = str(request.user)[:100], order["reason"], utc_now()
        if order["on"]:
            pull(reason=reason, by=by, now=now)
        else:
            lift(halts=order["halts"], reason=reason, by=by, now=now)
        return Response(kill_switch_body())


def _refuse_others(request: Request) -> None:
    if not caller_of(request).sees_all:
        raise PermissionDenied
