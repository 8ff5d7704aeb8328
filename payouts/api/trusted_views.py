"""`/tron/trusted-recipients`: parse, one service call, render."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.errors import NOT_FOUND, LucidError
from payouts.api.kyc_views import asker
from payouts.api.recipients_schema import (
    TRUST_EXAMPLES,
    TRUSTED,
    TRUSTED_EXAMPLE,
    TrustedListOut,
    TrustedOut,
    TrustedQuery,
    TrustIn,
)
from payouts.api.views import PAGE_FIELDS
from payouts.recipients import trusted_bodies, trusted_page
from payouts.services.recipients import (
    NotTrusted,
    TrustedBefore,
    recipient_distrust,
    recipient_propose,
)
from tron.api.fields import AddressRefused, address_of_path, address_parameter, body_with_addresses


class NotOnTheList(LucidError):
    """This address is not on the list of trusted recipients."""

    code = NOT_FOUND
    status_code = 404


class TrustedRecipientsView(LimitedView):
    """Who may be paid directly."""

    required_scopes = {"GET": scopes.PAYOUTS_READ, "POST": scopes.SERVICE_MANAGE}
    endpoints = {"GET": "trusted.list", "POST": "trusted.add"}

    @extend_schema(
        operation_id="trusted_recipient_list",
        parameters=[TrustedQuery],
        responses={200: OpenApiResponse(TrustedListOut, description="A page, newest first.")},
        examples=[TRUSTED_EXAMPLE],
        summary="List trusted recipients",
    )
    def get(self, request: Request) -> Response:
        """For those who see everybody's payouts: the list is the whole instance's."""
        query = query_of(request, TrustedQuery)
        if not caller_of(request).sees_all:
            raise PermissionDenied
        filters: dict[str, Any] = {
            name: value for name, value in query.items() if name not in PAGE_FIELDS
        }
        wanted = dict(filters)
        if "status" in wanted:
            wanted["is_approved"] = wanted.pop("status") == TRUSTED
        page = trusted_page(wanted, query)
        body = {
            "trusted_recipients": trusted_bodies(page.rows),
            "pagination": page.pagination,
            "filters": filters,
        }
        return Response(body)

    @extend_schema(
        operation_id="trusted_recipient_add",
        request=TrustIn,
        responses={
            201: OpenApiResponse(TrustedOut, description="Stored: it waits for a person."),
            **refusals(AddressRefused, TrustedBefore),
        },
        examples=TRUST_EXAMPLES,
        summary="Ask that an address be trusted",
    )
    def post(self, request: Request) -> Response:
        """It counts for nothing until a person approves it in the admin, with these limits.

        Who is trusted is paid outside the routers' limits, so no key and no token alone may say so.
        """
        given = body_with_addresses(request, TrustIn)
        row = recipient_propose(
            address=given["address"],
            note=given.get("note", ""),
            hourly_micro=given.get("hourly_limit_usdt"),
            daily_micro=given.get("daily_limit_usdt"),
            by=asker(request),
            now=utc_now(),
        )
        return Response(trusted_bodies([row])[0], status=201)


class TrustedRecipientView(LimitedView):
    """One address of the list."""

    required_scopes = {"DELETE": scopes.SERVICE_MANAGE}
    endpoints = {"DELETE": "trusted.remove"}

    @extend_schema(
        operation_id="trusted_recipient_remove",
        parameters=[address_parameter()],
        responses={
            204: OpenApiResponse(description="Not trusted any more."),
            **refusals(AddressRefused, NotOnTheList),
        },
        summary="Trust an address no more",
    )
    def delete(self, request: Request, address: str) -> Response:
        """At once: to trust less needs nobody else. Payouts that were asked for before are paid."""
        query_of(request, NoQuery)
        try:
            recipient_distrust(address=address_of_path(address), by=asker(request), now=utc_now())
        except NotTrusted as error:
            raise NotOnTheList from error
        return Response(status=204)
