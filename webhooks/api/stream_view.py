"""`/api/v1/payments/webhooks/events`: the stream, for those who would rather ask."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.query import query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from webhooks.api.described import STREAM_EXAMPLE
from webhooks.api.serializers import StreamOut, StreamQuery
from webhooks.representation import stream_body
from webhooks.stream import BeyondTheStream, events_after


class EventsView(LimitedView):
    """What happened, in order."""

    required_scopes = {"GET": scopes.WEBHOOKS_MANAGE}
    endpoints = {"GET": "webhooks.events"}

    @extend_schema(
        operation_id="webhook_events",
        parameters=[StreamQuery],
        responses={
            200: OpenApiResponse(StreamOut, description="The events after that one."),
            **refusals(BeyondTheStream),
        },
        examples=[STREAM_EXAMPLE],
        summary="Read events in order",
    )
    def get(self, request: Request) -> Response:
        """Oldest first, none left out: keep `next_after`, ask with it again.

        Numbers have no gaps; operators read everybody's stream, others their own. Needs no
        webhook, and finds again whatever one has missed.
        """
        query = query_of(request, StreamQuery)
        told = events_after(caller_of(request), after=query["after"], limit=query["limit"])
        return Response(stream_body(told))
