"""`/tron/wallets…`: parse, one service call, render."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from wallets.api.wallet_described import WALLET_EXAMPLE, WALLET_ID_PARAMETER, WALLETS_EXAMPLE
from wallets.api.wallet_serializers import WalletListOut, WalletListQuery, WalletOut
from wallets.queries import WalletNotFound, wallet_of, wallets_page
from wallets.representation import wallet_body

FILTERS = ("status", "kind")


class WalletsView(LimitedView):
    """List wallets."""

    required_scopes = {"GET": scopes.WALLETS_READ}
    endpoints = {"GET": "wallets.list"}

    @extend_schema(
        operation_id="wallet_list",
        parameters=[WalletListQuery],
        responses={200: OpenApiResponse(WalletListOut, description="A page, newest first.")},
        examples=[WALLETS_EXAMPLE],
        tags=["wallets"],
        summary="List wallets",
    )
    def get(self, request: Request) -> Response:
        """Wallets are the organisation's: whoever may read any may read all."""
        query = query_of(request, WalletListQuery)
        filters = {name: query[name] for name in FILTERS if name in query}
        page = wallets_page(filters, query)
        body = {
            "wallets": [wallet_body(wallet) for wallet in page.rows],
            "pagination": page.pagination,
            "filters": filters,
        }
        return Response(body)


class WalletView(LimitedView):
    """One wallet."""

    required_scopes = {"GET": scopes.WALLETS_READ}
    endpoints = {"GET": "wallets.get"}

    @extend_schema(
        operation_id="wallet_get",
        parameters=[WALLET_ID_PARAMETER],
        responses={
            200: OpenApiResponse(WalletOut, description="The wallet as it stands."),
            **refusals(WalletNotFound),
        },
        examples=[WALLET_EXAMPLE],
        tags=["wallets"],
        summary="Get a wallet",
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """Where it is, how far it is, and whether its key is here. The key is shown to nobody."""
        query_of(request, NoQuery)
        return Response(wallet_body(wallet_of(wallet_id)))
