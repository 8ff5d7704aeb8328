"""`/tron/kyc/records`: parse, one service call, render."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from access.models import User
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.schema import location_header, refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from payouts.api.recipients_schema import (
    KYC_ADD_EXAMPLES,
    KYC_EXAMPLE,
    KYC_REVOKE_EXAMPLES,
    KycHistoryOut,
    KycIn,
    KycOut,
    KycRevokeIn,
)
from payouts.recipients import kyc_body, kyc_of
from payouts.services.recipients import NoRecord, NotRevocable, kyc_add, kyc_revoke_address
from tron.api.fields import AddressRefused, address_of_path, address_parameter, body_with_addresses

PLACE = "/tron/kyc/records"
KYC_LOCATION = location_header("Where it can be read.", statuses=(201,))


def asker(request: Request) -> str:
    """Return what is written down of who asked: the user's name, and that it was by the API."""
    name = User.objects.values_list("username", flat=True).get(pk=caller_of(request).user_id)
    return f"{name[:90]} (API)"


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
            **refusals(AddressRefused),
        },
        examples=KYC_ADD_EXAMPLES,
        summary="Add a KYC record",
    )
    def post(self, request: Request) -> Response:
        """Tell that somebody's identity was checked. Only a hash of the evidence is kept.

        It counts for nothing until a person approves it in the admin: no key and no token can.
        """
        given = body_with_addresses(request, KycIn)
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
        parameters=[address_parameter()],
        responses={
            200: OpenApiResponse(KycHistoryOut, description="As it stands now."),
            **refusals(AddressRefused, NoRecord),
        },
        examples=[KYC_EXAMPLE],
        summary="Get the KYC record of an address",
    )
    def get(self, request: Request, address: str) -> Response:
        """The record that counts, or else the newest, with those before it."""
        query_of(request, NoQuery)
        return Response(kyc_of(address_of_path(address), now=utc_now()))


class KycRevokeView(LimitedView):
    """Revoke what is known of an address."""

    required_scopes = {"POST": scopes.KYC_MANAGE}
    endpoints = {"POST": "kyc.revoke"}

    @extend_schema(
        operation_id="kyc_revoke",
        request=KycRevokeIn,
        parameters=[address_parameter()],
        responses={
            200: OpenApiResponse(KycHistoryOut, description="Nothing of it counts any more."),
            **refusals(AddressRefused, NoRecord, NotRevocable),
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
            address=address_of_path(address),
            reason=body.get("reason", ""),
            by=asker(request),
            now=now,
        )
        return Response(kyc_of(address, now=now))
