"""`/tron/wallets…`: parse, one service call, render."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from tron.reads import ChainAway
from wallets.api.wallet_described import (
    CHANGE_EXAMPLE,
    WALLET_EXAMPLE,
    WALLET_ID_PARAMETER,
    WALLETS_EXAMPLE,
)
from wallets.api.wallet_serializers import (
    WalletChangeIn,
    WalletListOut,
    WalletListQuery,
    WalletOut,
)
from wallets.models import Asset
from wallets.queries import WalletNotFound, wallet_of, wallets_page
from wallets.representation import wallet_body
from wallets.services.alerts import NoBooksToWatch
from wallets.services.archive import WalletInUse, WalletOpening, wallet_archive
from wallets.services.change import wallet_change
from wallets.services.taken import WalletNameTaken

FILTERS = ("status", "kind")
ALERTS = {"alert_below_usdt": Asset.USDT, "alert_below_trx": Asset.TRX}


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

    required_scopes = {
        "GET": scopes.WALLETS_READ,
        "PATCH": scopes.WALLETS_MANAGE,
        "DELETE": scopes.WALLETS_MANAGE,
    }
    endpoints = {"GET": "wallets.get", "PATCH": "wallets.change", "DELETE": "wallets.archive"}

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

    @extend_schema(
        operation_id="wallet_change",
        request=WalletChangeIn,
        parameters=[WALLET_ID_PARAMETER],
        responses={
            200: OpenApiResponse(WalletOut, description="The wallet as it stands then."),
            **refusals(
                WalletNotFound, WalletNameTaken, WalletInUse, WalletOpening, NoBooksToWatch,
                ChainAway,
            ),
        },
        examples=[CHANGE_EXAMPLE, WALLET_EXAMPLE],
        tags=["wallets"],
        summary="Change a wallet",
    )  # fmt: skip
    def patch(self, request: Request, wallet_id: str) -> Response:
        """What is not named stays. Its kind, address and key never change."""
        changes = body_of(request, WalletChangeIn)
        below = {ALERTS[name]: changes.pop(name) for name in ALERTS if name in changes}
        wallet_change(wallet_of(wallet_id), {**changes, "below": below})
        return Response(wallet_body(wallet_of(wallet_id)))

    @extend_schema(
        operation_id="wallet_archive",
        parameters=[WALLET_ID_PARAMETER],
        request=None,
        responses={
            204: OpenApiResponse(description="Archived. What comes to it is still booked."),
            **refusals(WalletNotFound, WalletInUse, WalletOpening, ChainAway),
        },
        tags=["wallets"],
        summary="Archive a wallet",
    )
    def delete(self, request: Request, wallet_id: str) -> Response:
        """Take it out of use. Nothing is deleted, and its key stays sealed here.

        Refused while it holds anything on chain or in the books, while payouts or operations of
        it are open, and while a router pays from it.
        """
        query_of(request, NoQuery)
        wallet_archive(wallet_of(wallet_id))
        return Response(status=204)
