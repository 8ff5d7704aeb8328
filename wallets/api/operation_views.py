"""`/tron/operations` and what starts one: parse, one service call, render."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from lucidpay.api.fields import NothingIn
from lucidpay.api.pagination import PAGINATION_EXAMPLE, paginate
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.ids import parse_public_id
from tron.api.fields import AddressRefused, body_with_addresses
from wallets.api.operating import operate
from wallets.api.operation_described import (
    CONFIRMED,
    CONFIRMED_EXAMPLE,
    OPERATION_HEADERS,
    OPERATION_ID,
    OPERATION_KEY,
    OPERATION_REFUSALS,
    WALLET_ID,
    operation_example,
)
from wallets.api.operation_serializers import (
    ApproveIn,
    OperationListOut,
    OperationListQuery,
    OperationOut,
    TransferTrxIn,
)
from wallets.costs import FeeAboveLimit
from wallets.models import Asset
from wallets.models_operation import Operation
from wallets.operations import OperationNotFound, operation_body, operation_of, operations
from wallets.queries import wallet_of
from wallets.services.approve import SpenderIsWallet, SpenderNotAllowed, usdt_approve
from wallets.services.operate import OperationUnderWay, TrxLimitExceeded
from wallets.services.operate_cancel import OperationNotCancellable, operation_cancel
from wallets.services.operate_prepare import WouldRevert
from wallets.services.transfer_trx import ToContract, ToItself, trx_transfer

ACCEPTED = OpenApiResponse(OperationOut, description="Stored, and on its way.")
RECIPIENT = "TGzz8gjYiYRqpfmDwnLxfgPuLVNmpCswVp"


class OperationsView(LimitedView):
    """List operations."""

    required_scopes = {"GET": scopes.WALLETS_READ}
    endpoints = {"GET": "operations.list"}

    @extend_schema(
        operation_id="operation_list",
        parameters=[OperationListQuery],
        responses={200: OpenApiResponse(OperationListOut, description="A page, newest first.")},
        examples=[
            OpenApiExample(
                "one",
                value={
                    "operations": [CONFIRMED],
                    "pagination": PAGINATION_EXAMPLE,
                    "filters": {"kind": "stake"},
                },
                response_only=True,
            )
        ],
        summary="List operations",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Everything that wallets were asked to do beside paying USDT."""
        query = query_of(request, OperationListQuery)
        filters: dict[str, Any] = {}
        if "kind" in query:
            filters["kind"] = query["kind"]
        if "wallet_id" in query:
            filters["wallet"] = parse_public_id("wallet", query["wallet_id"])
        page = paginate(
            Operation.objects.filter(**filters),
            query,
            load=lambda keys: list(operations().filter(pk__in=keys)),
        )
        body = {
            "operations": [operation_body(one) for one in page.rows],
            "pagination": page.pagination,
            "filters": {name: query[name] for name in ("kind", "wallet_id") if name in query},
        }
        return Response(body)


class OperationView(LimitedView):
    """One operation."""

    required_scopes = {"GET": scopes.WALLETS_READ}
    endpoints = {"GET": "operations.get"}

    @extend_schema(
        operation_id="operation_get",
        parameters=[OPERATION_ID],
        responses={
            200: OpenApiResponse(OperationOut, description="The operation as it stands."),
            **refusals(OperationNotFound),
        },
        examples=[CONFIRMED_EXAMPLE],
        summary="Follow an operation",
    )
    def get(self, request: Request, operation_id: str) -> Response:
        """Ask again until `status` is `confirmed` or `failed`."""
        query_of(request, NoQuery)
        return Response(operation_body(operation_of(operation_id)))


class OperationCancelView(LimitedView):
    """Give an operation up."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "operations.cancel"}

    @extend_schema(
        operation_id="operation_cancel",
        parameters=[OPERATION_ID],
        request=NothingIn,
        responses={
            200: OpenApiResponse(OperationOut, description="Given up: nothing was done."),
            **refusals(OperationNotFound, OperationNotCancellable),
        },
        examples=[
            OpenApiExample("nothing to say", value={}, request_only=True),
            operation_example("200", status="failed", error_code="LUCID_ERR_1005"),
        ],
        summary="Cancel an operation",
    )
    def post(self, request: Request, operation_id: str) -> Response:
        """As long as no transaction was built: then it could be sent by whoever signs it."""
        body_of(request, NothingIn)
        key = operation_of(operation_id).pk
        by = f"user {caller_of(request).user_id}"
        operation_cancel(operation_id=key, by=by, now=utc_now())
        return Response(operation_body(operation_of(operation_id)))


class TransferTrxView(LimitedView):
    """Send TRX."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.transfer_trx"}

    @extend_schema(
        operation_id="wallet_transfer_trx",
        parameters=[WALLET_ID, OPERATION_KEY, *OPERATION_HEADERS],
        request=TransferTrxIn,
        responses={
            202: ACCEPTED,
            **refusals(*OPERATION_REFUSALS, AddressRefused, ToItself, ToContract, TrxLimitExceeded),
        },
        examples=[
            OpenApiExample(
                "ten", value={"to_address": RECIPIENT, "amount_trx": 10}, request_only=True
            ),
            operation_example(kind="transfer_trx", to_address=RECIPIENT, amount=10, terms=None),
        ],
        summary="Send TRX",
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """A wallet sends up to `TRX_TRANSFER_DAILY_MAX` in 24 hours, to whomever."""
        body = body_with_addresses(request, TransferTrxIn)
        wallet = wallet_of(wallet_id)
        return operate(
            request,
            endpoint="wallets.transfer_trx",
            body={"wallet_id": wallet_id, **body},
            prepare=lambda: trx_transfer(
                wallet=wallet, recipient=body["to_address"], amount_sun=body["amount_trx"]
            ),
        )


class ApproveView(LimitedView):
    """Allow a spender to take USDT."""

    required_scopes = {"POST": scopes.USDT_TRANSFER}
    endpoints = {"POST": "usdt.approve"}

    @extend_schema(
        operation_id="usdt_approve",
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        request=ApproveIn,
        responses={
            202: ACCEPTED,
            **refusals(
                *OPERATION_REFUSALS,
                AddressRefused,
                SpenderNotAllowed,
                SpenderIsWallet,
                OperationUnderWay,
                WouldRevert,
                FeeAboveLimit,
            ),
        },
        examples=[
            OpenApiExample(
                "take back",
                value={
                    "from_wallet_id": "wallet_01890a5dac96774bbcceb302099a8057",
                    "spender": RECIPIENT,
                    "amount": 0,
                },
                request_only=True,
            ),
            operation_example(
                kind="approve", to_address=RECIPIENT, amount=None, token=Asset.USDT, terms=None
            ),
        ],
        summary="Allow a spender to take USDT",
    )
    def post(self, request: Request) -> Response:
        """It replaces what the spender was allowed before; 0 takes it back."""
        body = body_with_addresses(request, ApproveIn)
        wallet = wallet_of(body["from_wallet_id"])
        return operate(
            request,
            endpoint="usdt.approve",
            body=body,
            prepare=lambda: usdt_approve(
                wallet=wallet, spender=body["spender"], amount_micro=body["amount"]
            ),
        )
