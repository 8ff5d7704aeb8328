"""`/api/payment/payouts`: parse, one service call, render."""

from functools import cache

from django.urls import reverse
from drf_spectacular.utils import (
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency, scopes
from access.caller import caller_of
from access.idempotency import Answer
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from payouts import tasks
from payouts.api.described import (
    CANCEL_EXAMPLES,
    CREATE_EXAMPLES,
    CREATE_REFUSALS,
    ID_PARAMETER,
    KEY_PARAMETER,
    LIST_EXAMPLE,
    LOCATION_HEADER,
    PAYOUT_EXAMPLES,
    REPLAYED_HEADER,
)
from payouts.api.dry_run import CreateQuery, DryRunOut, dry_run_body
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
from payouts.lists import payouts_page
from payouts.queries import PayoutNotFound, payout_visible_to
from payouts.representation import payout_body
from payouts.services.cancel import NotCancellable, payout_cancel
from payouts.services.dry_run import payout_dry_run
from payouts.services.request import Asked, payout_request
from payouts.telling import history_body

PAGE_FIELDS = {"limit", "offset", "cursor"}


class PayoutsView(LimitedView):
    """Create a payout; list payouts."""

    required_scopes = {"POST": scopes.PAYOUTS_CREATE, "GET": scopes.PAYOUTS_READ}
    endpoints = {"POST": "payouts.create", "GET": "payouts.list"}

    @extend_schema(
        operation_id="payout_create",
        request=PayoutCreateIn,
        parameters=[KEY_PARAMETER, CreateQuery, LOCATION_HEADER, REPLAYED_HEADER],
        responses={
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
        },
        examples=CREATE_EXAMPLES,
        summary="Create a payout",
    )
    def post(self, request: Request) -> Response:
        """Pay somebody. Safe to repeat with the same `Idempotency-Key` or `reference_id`.

        Say what it is for with `reason`, `reference_id` or both. Nothing is asked of the network
        here: the answer says that the payout is stored, and it is paid as soon as it is due.
        `?dry_run=true` stores nothing and tells what would happen and what it would cost.
        """
        query = query_of(request, CreateQuery)
        key = idempotency.key_of(request)
        order = parsed_order(request.data)
        body_hash = idempotency.hash_of(order)
        if query["dry_run"]:
            found = payout_dry_run(
                caller=caller_of(request), order=order, body_hash=body_hash, now=utc_now()
            )
            return Response(dry_run_body(order, found))

        answer = payout_request(
            Asked(
                caller=caller_of(request),
                order=order,
                body_hash=body_hash,
                request_id=request_id_of(request),
                now=utc_now(),
                key=key,
            )
        )
        ring_on_commit(tasks.sign)
        return created(answer, _all())

    @extend_schema(
        operation_id="payout_list",
        parameters=[PayoutListQuery],
        responses={200: OpenApiResponse(PayoutListOut, description="A page, newest first.")},
        examples=[LIST_EXAMPLE],
        summary="List payouts",
    )
    def get(self, request: Request) -> Response:
        """Newest first; `offset` for people, `cursor` for machines."""
        return listed(request)


def listed(request: Request) -> Response:
    """Answer with a page of the payouts that exist for the caller."""
    query = query_of(request, PayoutListQuery)
    filters = {name: value for name, value in query.items() if name not in PAGE_FIELDS}
    page = payouts_page(caller_of(request), filters, query)
    shown = {name: request.query_params[name] for name in filters}
    body = {
        "payouts": [payout_body(payout) for payout in page.rows],
        "pagination": page.pagination,
        "filters": shown,
    }
    return Response(body)


def created(answer: Answer, place: str) -> Response:
    """Answer with the payout that was made, and where it stands under the path ``place``."""
    headers = {"Location": f"{place}/{answer.body['payout_id']}"}
    if answer.replayed:
        headers[idempotency.REPLAYED] = "true"
    return Response(answer.told, status=answer.status_code, headers=headers)


@cache
def _all() -> str:
    """Return the path of all payouts, without a slash at its end."""
    return reverse("payouts")


class PayoutView(LimitedView):
    """One payout."""

    required_scopes = {"GET": scopes.PAYOUTS_READ}
    endpoints = {"GET": "payouts.get"}

    @extend_schema(
        operation_id="payout_get",
        parameters=[ID_PARAMETER],
        responses={
            200: OpenApiResponse(PayoutOut, description="The payout as it stands now."),
            **refusals(PayoutNotFound),
        },
        examples=PAYOUT_EXAMPLES,
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
        parameters=[ID_PARAMETER],
        responses={
            200: OpenApiResponse(StoryOut, description="The story, the oldest first."),
            **refusals(PayoutNotFound),
        },
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
        return Response(history_body(history, names=names, sees_all=caller.sees_all))


class PayoutCancelView(LimitedView):
    """Cancel one payout."""

    required_scopes = {"POST": scopes.PAYOUTS_CANCEL}
    endpoints = {"POST": "payouts.cancel"}

    @extend_schema(
        operation_id="payout_cancel",
        request=CancelIn,
        parameters=[ID_PARAMETER],
        responses={
            200: OpenApiResponse(PayoutOut, description="It is cancelled and will not be paid."),
            **refusals(PayoutNotFound, NotCancellable),
        },
        examples=CANCEL_EXAMPLES,
        summary="Cancel a payout",
    )
    def post(self, request: Request, payout_id: str) -> Response:
        """Possible while it is `pending`; once signed it cannot be taken back."""
        body = body_of(request, CancelIn)
        payout = payout_visible_to(caller_of(request), payout_id)
        cancelled = payout_cancel(
            payout_id=payout.pk,
            by=f"user {caller_of(request).user_id}",
            reason=body.get("reason", ""),
            now=utc_now(),
        )
        return Response(payout_body(cancelled))
