"""`/api/payment/payouts/batch`: parse, one service call, render."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import reverse
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from access import idempotency, scopes
from access.caller import Caller, caller_of
from access.idempotency import Answer
from lucidpay.api.fields import NothingIn, StrictSerializer
from lucidpay.api.json import JSONParser, dumps
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.api.batch_serializers import (
    BatchCancelledOut,
    BatchCreatedOut,
    BatchCreateIn,
    BatchOut,
    parsed_batch,
)
from payouts.api.described import CREATE_REFUSALS, KEY_PARAMETER, REPLAYED_HEADER
from payouts.api.described_batches import (
    BATCH_CANCEL_EXAMPLES,
    BATCH_CREATE_EXAMPLES,
    BATCH_EXAMPLE,
    BATCH_ID_PARAMETER,
    BATCH_LOCATION_HEADER,
    BATCH_PAUSED_EXAMPLES,
    BATCH_VERB_EXAMPLES,
)
from payouts.api.dry_run import CreateQuery
from payouts.api.dry_run_batch import BatchDryRunOut, batch_dry_run_body
from payouts.api.serializers import CancelIn
from payouts.queries import BatchNotFound, batch_visible_to
from payouts.services.batch import (
    BatchEnded,
    NotFilled,
    NothingToCancel,
    PausedByOthers,
    ReleasedAlready,
    batch_cancel,
    batch_pause,
    batch_release,
    batch_resume,
)
from payouts.services.dry_run_many import batch_dry_run
from payouts.services.request_many import batch_request
from payouts.standing import Standing, batch_body, created_body, standing_of

Post = TypeVar("Post", bound=Callable[..., Response])
RELEASERS = frozenset({"operator", "approver", "admin"})


class BatchParser(JSONParser):
    """Reads a body with room for a hundred orders."""

    bytes_max_setting = "API_BATCH_BODY_MAX_BYTES"


class BatchesView(LimitedView):
    """Create a batch."""

    required_scopes = {"POST": scopes.PAYOUTS_CREATE}
    endpoints = {"POST": "batches.create"}
    parser_classes = (BatchParser,)

    @extend_schema(
        operation_id="batch_create",
        request=BatchCreateIn,
        parameters=[KEY_PARAMETER, CreateQuery, BATCH_LOCATION_HEADER, REPLAYED_HEADER],
        responses={
            201: OpenApiResponse(BatchCreatedOut, description="Accepted: each will be paid once."),
            200: OpenApiResponse(
                PolymorphicProxySerializer(
                    component_name="BatchOrDryRun",
                    serializers=[BatchCreatedOut, BatchDryRunOut],
                    resource_type_field_name=None,
                ),
                description="The same body with these references had made it; or a dry run.",
            ),
            **refusals(*CREATE_REFUSALS),
        },
        examples=BATCH_CREATE_EXAMPLES,
        summary="Create a batch",
    )
    def post(self, request: Request) -> Response:
        """Pay many people, or nobody: one order that is wrong refuses all of them.

        Safe to repeat with the same `Idempotency-Key`, or when its orders have references.
        `?dry_run=true` stores nothing and tells, row by row, what would happen and cost.
        """
        query = query_of(request, CreateQuery)
        key = idempotency.key_of(request)
        order = parsed_batch(request.data)
        body_hash = idempotency.hash_of(order)
        caller = caller_of(request)
        if query["dry_run"]:
            found = batch_dry_run(caller=caller, order=order, body_hash=body_hash, now=utc_now())
            return Response(batch_dry_run_body(order, found))

        def create() -> Answer:
            made = batch_request(
                caller=caller,
                order=order,
                body_hash=body_hash,
                request_id=request_id_of(request),
                now=utc_now(),
                has_key=key is not None,
            )
            ring_on_commit(tasks.sign)
            standing = standing_of(made.batch) if made.repeated else Standing(made.batch)
            body = created_body(standing, made.payouts, now=utc_now())
            status_code = 200 if made.repeated else 201
            return Answer(status_code, body, replayed=made.repeated, text=dumps(body))

        answer = idempotency.run_once(
            user_id=caller.user_id,
            endpoint="batches.create",
            key=key,
            body_hash=body_hash,
            run=create,
        )
        headers = {"Location": reverse("batch", args=[answer.body["batch_id"]])}
        if answer.replayed:
            headers[idempotency.REPLAYED] = "true"
        return Response(answer.told, status=answer.status_code, headers=headers)


class BatchView(LimitedView):
    """One batch."""

    required_scopes = {"GET": scopes.PAYOUTS_READ}
    endpoints = {"GET": "batches.get"}

    @extend_schema(
        operation_id="batch_get",
        parameters=[BATCH_ID_PARAMETER],
        responses={
            200: OpenApiResponse(BatchOut, description="Where it stands."),
            **refusals(BatchNotFound),
        },
        examples=[BATCH_EXAMPLE],
        summary="Get a batch",
    )
    def get(self, request: Request, batch_id: str) -> Response:
        """Where it stands; its payouts are listed with `GET payouts?batch_id=`."""
        query_of(request, NoQuery)
        batch = batch_visible_to(caller_of(request), batch_id)
        return Response(batch_body(standing_of(batch), now=utc_now()))


def _verb(request: Request, batch_id: str, body: type[StrictSerializer]) -> dict[str, Any]:
    """Check all that a verb is given, and return what every verb takes."""
    given = body_of(request, body)
    caller = caller_of(request)
    return {
        "batch_id": batch_visible_to(caller, batch_id).pk,
        "by": f"user {caller.user_id}",
        "request_id": request_id_of(request),
        "now": utc_now(),
        **given,
    }


def _described(
    verb: str,
    summary: str,
    *errors: type[LucidError],
    body: type[Serializer] = NothingIn,
    answer: type[Serializer] = BatchOut,
    examples: list[OpenApiExample] = BATCH_VERB_EXAMPLES,
) -> Callable[[Post], Post]:
    """Describe a verb of a batch in the API's document."""
    found = OpenApiResponse(answer, description="Where it stands then.")
    return extend_schema(
        operation_id=f"batch_{verb}",
        request=body,
        parameters=[BATCH_ID_PARAMETER],
        responses={200: found, **refusals(BatchNotFound, *errors)},
        examples=examples,
        summary=summary,
    )


class BatchPauseView(LimitedView):
    """Pause a batch."""

    required_scopes = {"POST": scopes.PAYOUTS_CANCEL}
    endpoints = {"POST": "batches.pause"}

    @_described("pause", "Pause a batch", BatchEnded, examples=BATCH_PAUSED_EXAMPLES)
    def post(self, request: Request, batch_id: str) -> Response:
        """Nothing more of it is signed until it is resumed; what is signed goes its way."""
        standing = batch_pause(**_verb(request, batch_id, NothingIn))
        return Response(batch_body(standing, now=utc_now()))


class BatchResumeView(LimitedView):
    """Resume a batch."""

    required_scopes = {"POST": scopes.PAYOUTS_CANCEL}
    endpoints = {"POST": "batches.resume"}

    @_described("resume", "Resume a batch", BatchEnded, PausedByOthers)
    def post(self, request: Request, batch_id: str) -> Response:
        """Go on with what is left of a paused batch."""
        standing = batch_resume(**_verb(request, batch_id, NothingIn))
        ring_on_commit(tasks.sign)
        return Response(batch_body(standing, now=utc_now()))


class BatchReleaseView(LimitedView):
    """Release a batch now."""

    required_scopes = {"POST": scopes.PAYOUTS_CANCEL}
    endpoints = {"POST": "batches.release"}

    @_described("release", "Release a batch now", ReleasedAlready, BatchEnded, NotFilled)
    def post(self, request: Request, batch_id: str) -> Response:
        """Do not wait for its schedule. For operators, who see everybody's batches."""
        refuse_others(caller_of(request))
        standing = batch_release(**_verb(request, batch_id, NothingIn))
        ring_on_commit(tasks.sign)
        return Response(batch_body(standing, now=utc_now()))


def refuse_others(caller: Caller) -> None:
    """Raise ``PermissionDenied`` for those who may not say when payouts are released."""
    if caller.roles.isdisjoint(RELEASERS):
        raise PermissionDenied


class BatchCancelView(LimitedView):
    """Cancel what is left of a batch."""

    required_scopes = {"POST": scopes.PAYOUTS_CANCEL}
    endpoints = {"POST": "batches.cancel"}

    @_described(
        "cancel", "Cancel the rest of a batch", NothingToCancel, body=CancelIn,
        answer=BatchCancelledOut, examples=BATCH_CANCEL_EXAMPLES,
    )  # fmt: skip
    def post(self, request: Request, batch_id: str) -> Response:
        """Cancel all that are `pending`; those that are signed or have ended are named."""
        done = batch_cancel(**{"reason": "", **_verb(request, batch_id, CancelIn)})
        body = batch_body(done.standing, now=utc_now())
        body |= {
            "cancelled_now": done.cancelled,
            "not_cancelled": [
                {"payout_id": one.public_id, "status": one.status} for one in done.not_cancelled
            ],
            "not_cancelled_total": done.not_cancelled_total,
        }
        return Response(body)
