"""`/api/payment/payouts`: parse, one service call, render."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency, scopes
from access.caller import caller_of
from access.idempotency import Answer
from lucidpay.api.pagination import paginate
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import error_response
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from payouts import tasks
from payouts.api.serializers import (
    CancelIn,
    PayoutCreateIn,
    PayoutListOut,
    PayoutListQuery,
    PayoutOut,
    parsed_order,
)
from payouts.api.story_schema import STORY_EXAMPLE, StoryOut
from payouts.history import history_of, names_of
from payouts.queries import payout_visible_to, visible_to
from payouts.representation import payout_body
from payouts.services.cancel import payout_cancel
from payouts.services.request import payout_request
from payouts.telling import history_body

KEY_PARAMETER = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    description="1–255 printable characters. The same key and body replays the first answer.",
)
PAGE_FIELDS = {"limit", "offset", "cursor"}


class PayoutsView(LimitedView):
    """Create a payout; list payouts."""

    required_scopes = {"POST": scopes.PAYOUTS_CREATE, "GET": scopes.PAYOUTS_READ}
    endpoints = {"POST": "payouts.create", "GET": "payouts.list"}

    @extend_schema(
        operation_id="payout_create",
        request=PayoutCreateIn,
        parameters=[KEY_PARAMETER],
        responses={
            201: PayoutOut,
            200: PayoutOut,
            400: error_response("Invalid TRON address format", "LUCID_ERR_2001"),
            409: error_response("This reference_id belongs to another payout", "LUCID_ERR_1005"),
            422: error_response("Idempotency-Key reused with another body", "LUCID_ERR_1006"),
            500: error_response("Insufficient balance", "LUCID_ERR_2007"),
        },
        summary="Create a payout",
    )
    def post(self, request: Request) -> Response:
        """Pay somebody. Safe to repeat with the same `Idempotency-Key` or `reference_id`."""
        query_of(request, NoQuery)
        key = idempotency.key_of(request)
        order = parsed_order(request.data)
        body_hash = idempotency.hash_of(order)

        def create() -> Answer:
            made = payout_request(
                caller=caller_of(request),
                order=order,
                body_hash=body_hash,
                request_id=request_id_of(request),
                now=utc_now(),
                has_key=key is not None,
            )
            ring_on_commit(tasks.sign)
            status_code = 200 if made.repeated else 201
            return Answer(status_code, payout_body(made.payout), replayed=made.repeated)

        answer = idempotency.run_once(
            user_id=caller_of(request).user_id,
            endpoint="payouts.create",
            key=key,
            body_hash=body_hash,
            run=create,
        )
        return _created(answer)

    @extend_schema(
        operation_id="payout_list",
        parameters=[PayoutListQuery],
        responses={200: PayoutListOut, 400: error_response("Bad filter", "LUCID_ERR_1001")},
        summary="List payouts",
    )
    def get(self, request: Request) -> Response:
        """Newest first; `offset` for people, `cursor` for machines."""
        query = query_of(request, PayoutListQuery)
        filters = {name: value for name, value in query.items() if name not in PAGE_FIELDS}
        page = paginate(_filtered(request, filters), query)
        shown = {name: request.query_params[name] for name in filters}
        body = {
            "payouts": [payout_body(payout) for payout in page.rows],
            "pagination": page.pagination,
            "filters": shown,
        }
        return Response(body)


def _filtered(request: Request, filters: dict[str, Any]) -> Any:
    names = {"start_date": "created_at__gte", "end_date": "created_at__lte"}
    rows = visible_to(caller_of(request))
    return rows.filter(**{names.get(name, name): value for name, value in filters.items()})


def _created(answer: Answer) -> Response:
    location = reverse("payout", args=[answer.body["payout_id"]])
    headers = {"Location": location}
    if answer.replayed:
        headers[idempotency.REPLAYED] = "true"
    return Response(answer.body, status=answer.status_code, headers=headers)


class PayoutView(LimitedView):
    """One payout."""

    required_scopes = {"GET": scopes.PAYOUTS_READ}
    endpoints = {"GET": "payouts.get"}

    @extend_schema(
        operation_id="payout_get",
        responses={200: PayoutOut, 404: error_response("Payout not found", "LUCID_ERR_2005")},
        summary="Get a payout",
    )
    def get(self, request: Request, payout_id: str) -> Response:
        """Where it stands. `confirmed` means: solid on chain, exactly as asked."""
        query_of(request, NoQuery)
        return Response(payout_body(payout_visible_to(caller_of(request), payout_id)))


class PayoutEventsView(LimitedView):
    """The story of one payout."""

    required_scopes = {"GET": scopes.PAYOUTS_READ}
    endpoints = {"GET": "payouts.events"}

    @extend_schema(
        operation_id="payout_events",
        responses={200: StoryOut, 404: error_response("Payout not found", "LUCID_ERR_2005")},
        examples=[STORY_EXAMPLE],
        summary="Read the story of a payout",
    )
    def get(self, request: Request, payout_id: str) -> Response:
        """Who asked, what was checked, signed and answered, and how its end is proven.

        The newest 200 events, 50 attempts and 20 answers of each; `totals` counts all of them.
        """
        query_of(request, NoQuery)
        caller = caller_of(request)
        history = history_of(payout_visible_to(caller, payout_id), now=utc_now())
        names = names_of(history) if caller.sees_all else {}
        return Response(history_body(history, names=names, sees_people=caller.sees_all))


class PayoutCancelView(LimitedView):
    """Cancel one payout."""

    required_scopes = {"POST": scopes.PAYOUTS_CANCEL}
    endpoints = {"POST": "payouts.cancel"}

    @extend_schema(
        operation_id="payout_cancel",
        request=CancelIn,
        responses={
            200: PayoutOut,
            404: error_response("Payout not found", "LUCID_ERR_2005"),
            409: error_response("Signed already, or ended", "LUCID_ERR_1005"),
        },
        summary="Cancel a payout",
    )
    def post(self, request: Request, payout_id: str) -> Response:
        """Possible while it is `pending`; once signed it cannot be taken back."""
        query_of(request, NoQuery)
        body = CancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        payout = payout_visible_to(caller_of(request), payout_id)
        cancelled = payout_cancel(
            payout_id=payout.pk,
            by=f"user {caller_of(request).user_id}",
            reason=body.validated_data.get("reason", ""),
            now=utc_now(),
        )
        return Response(payout_body(cancelled))
