"""`/tron/kyc/records`: parse, one service call, render."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from access.models import User
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from payouts.api.recipients_schema import (
    ADDRESS_PARAMETER,
    KYC_ADD_EXAMPLES,
    KYC_EXAMPLE,
    KYC_REVOKE_EXAMPLES,
    KycHistoryOut,
    KycIn,
    KycOut,
    KycRevokeIn,
)
from payouts.api.serializers import InvalidRecipient, parsed_order
from payouts.recipients import kyc_body, kyc_of
from payouts.services.recipients import NoRecord, NotRevocable, kyc_add, kyc_revoke_address
from tron.address import InvalidAddress, address_parse

PLACE = "/tron/kyc/records"
KYC_LOCATION = OpenApiParameter(
    "Location",
    {"type": "string", "format": "uri-reference"},
    OpenApiParameter.HEADER,
    response=[201],
    description="Where it can be read.",
)


def asker(request: Request) -> str:
    """Return what is written down of who asked: the user's name, and that it was by the API."""
    name = User.objects.values_list("username", flat=True).get(pk=caller_of(request).user_id)
    return f"{name[:90]} (API)"


def address_in(path: str) -> str:
    """Return an address that stands in a path, or raise ``InvalidRecipient``."""
    try:
        address_parse(path)
    except InvalidAddress as error:
        message = "Not a TRON address: 34 characters from T on, with a valid checksum."
        raise InvalidRecipient({"address": [message]}) from error
    return path


class KycRecordsView(LimitedView):
    """Add a KYC record."""

    required_scopes = {"POST": scopes.KYC_MANAGE}
    endpoints = {"POST": "kyc.add"}

    @extend_schema(
        operation_id="kyc_add",
        request=KycIn,
        parameters=[KYC_LOCATION],
        responses={
            201: OpenApiResponse(KycOut, description="Stored: it waits for a person."),
            **refusals(InvalidRecipient),
        },
        examples=KYC_ADD_EXAMPLES,
        summary="Add a KYC record",
    )
    def post(self, request: Request) -> Response:
        """Tell that somebody's identity was checked. Only a hash of the evidence is kept.

        It counts for nothing until a person approves it in the admin: no key and no token can.
        """
        query_of(request, NoQuery)
        given = parsed_order(request.data, KycIn, recipient="address")
        now = utc_now()
        record = kyc_add(**given, by=asker(request), now=now)
        headers = {"Location": f"{PLACE}/{record.address}"}
        return Response(kyc_body(record, now=now), status=201, headers=headers)


class KycRecordView(LimitedView):
    """What is known of an address."""

    required_scopes = {"GET": scopes.KYC_MANAGE}
    endpoints = {"GET": "kyc.get"}

    @extend_schema(
        operation_id="kyc_get",
        parameters=[ADDRESS_PARAMETER],
        responses={
            200: OpenApiResponse(KycHistoryOut, description="As it stands now."),
            **refusals(InvalidRecipient, NoRecord),
        },
        examples=[KYC_EXAMPLE],
        summary="Get the KYC record of an address",
    )
    def get(self, request: Request, address: str) -> Response:
        """The record that counts, or else the newest, with those before it."""
        query_of(request, NoQuery)
        return Response(kyc_of(address_in(address), now=utc_now()))


class KycRevokeView(LimitedView):
    """Revoke what is known of an address."""

    required_scopes = {"POST": scopes.KYC_MANAGE}
    endpoints = {"POST": "kyc.revoke"}

    @extend_schema(
        operation_id="kyc_revoke",
        request=KycRevokeIn,
        parameters=[ADDRESS_PARAMETER],
        responses={
            200: OpenApiResponse(KycHistoryOut, description="Nothing of it counts any more."),
            **refusals(InvalidRecipient, NoRecord, NotRevocable),
        },
        examples=KYC_REVOKE_EXAMPLES,
        summary="Revoke the KYC records of an address",
    )
    def post(self, request: Request, address: str) -> Response:
        """Let nothing of it count any more, nor what waits for a person; for good.

        Payouts that were asked for before are paid.
        """
        body, now = body_of(request, KycRevokeIn), utc_now()
        kyc_revoke_address(
            address=address_in(address), reason=body.get("reason", ""), by=asker(request), now=now
        )
        return Response(kyc_of(address, now=now))
