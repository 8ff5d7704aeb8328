"""`/tron/wallets/{id}/…`: what a wallet has, and what moved."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.fields import TokensField
from lucidpay.api.pagination import PaginationOut
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import id_pattern, refusals
from lucidpay.api.views import LimitedView
from tron.api.fields import ADDRESS_PATTERN
from tron.reads import ChainAway
from wallets.api.usdt_serializers import HistoryQuery
from wallets.api.wallet_described import (
    BALANCE_EXAMPLE,
    TRANSACTIONS_EXAMPLE,
    WALLET_ID_PARAMETER,
)
from wallets.history import GRID, SCAN, NoIndexer
from wallets.holdings import NoAddressYet, balance_body
from wallets.models import Asset
from wallets.movements import IN, OUT, SELF, STATUSES, indexed_page, transactions_page
from wallets.queries import WalletNotFound, wallet_of

FILTERS = ("status", "token", "direction", "source")


class UsageOut(serializers.Serializer):
    """Of one resource."""

    limit = serializers.IntegerField(min_value=0)
    used = serializers.IntegerField(min_value=0)
    available = serializers.IntegerField(min_value=0)


class WalletBalanceOut(serializers.Serializer):
    """What a wallet has."""

    wallet_id = serializers.RegexField(id_pattern("wallet"))
    address = serializers.RegexField(ADDRESS_PATTERN)
    trx = TokensField()
    reserved_trx = TokensField(help_text="Held for fees of payments under way.")
    usdt = TokensField()
    reserved_usdt = TokensField(help_text="Held for payments under way.")
    available_usdt = TokensField(help_text="`usdt` less what is reserved.")
    energy = UsageOut()
    bandwidth = UsageOut(help_text="Of its stake, and of what is free each day.")
    staked_trx = TokensField(help_text="Also what is delegated.")
    delegated_trx = TokensField(help_text="To others.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, no property
        choices=["books", "chain"], help_text="Whose TRX and USDT these are."
    )
    block_number = serializers.IntegerField(min_value=0, help_text="The chain's solid block.")
    block_timestamp = serializers.DateTimeField()


class WalletTransactionsQuery(HistoryQuery):
    """Filters of the list."""

    status = serializers.ChoiceField(
        required=False,
        choices=list(STATUSES),
        help_text="`solid` when absent: what moved. The others are transactions of ours: `pending` "
        "is under way, `failed` moved nothing.",
    )
    token = serializers.ChoiceField(required=False, choices=Asset.values)
    direction = serializers.ChoiceField(required=False, choices=[IN, OUT])
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, no property
        required=False,
        choices=[SCAN, GRID],
        help_text="`scan` when absent: our own reading. `grid`: the indexer of `TRON_GRID_URL`, "
        "which also tells what was before; of one `token`, USDT unless named, page by cursor.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse filters that an indexer does not know."""
        attrs = super().validate(attrs)
        if attrs.get("source") == GRID:
            wrong = [name for name in ("status", "direction") if name in attrs]
            if wrong:
                said = "Not together with source=grid."
                raise serializers.ValidationError({name: [said] for name in wrong})
        return attrs


class WalletTransactionOut(serializers.Serializer):
    """One movement, as this wallet sees it."""

    txid = serializers.RegexField("^[0-9a-f]{64}$")
    direction = serializers.ChoiceField(choices=[IN, OUT, SELF])
    token = serializers.ChoiceField(choices=Asset.values)
    amount = TokensField()
    counterparty = serializers.CharField(
        allow_null=True, help_text="`null` is the network: fees, stakes."
    )
    status = serializers.ChoiceField(choices=list(STATUSES))
    block_number = serializers.IntegerField(min_value=0, allow_null=True)
    timestamp = serializers.DateTimeField()
    fee_trx = TokensField(allow_null=True, help_text="What this wallet burned for it.")
    payout_id = serializers.RegexField(id_pattern("payout"), allow_null=True)
    operation_id = serializers.CharField(allow_null=True)


class WalletTransactionsOut(serializers.Serializer):
    """A page of movements, newest first."""

    transactions = WalletTransactionOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")


class BalanceView(LimitedView):
    """What a wallet has."""

    required_scopes = {"GET": scopes.WALLETS_READ}
    endpoints = {"GET": "wallets.balance"}

    @extend_schema(
        operation_id="wallet_balance",
        parameters=[WALLET_ID_PARAMETER],
        responses={
            200: OpenApiResponse(WalletBalanceOut, description="What it has."),
            **refusals(WalletNotFound, NoAddressYet, ChainAway),
        },
        examples=[BALANCE_EXAMPLE],
        tags=["wallets"],
        summary="Get a wallet's balance",
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """TRX and USDT by its books, where it has any; resources and stakes by the chain."""
        query_of(request, NoQuery)
        return Response(balance_body(wallet_of(wallet_id)))


class TransactionsView(LimitedView):
    """What moved."""

    required_scopes = {"GET": scopes.WALLETS_READ}
    endpoints = {"GET": "wallets.transactions"}

    @extend_schema(
        operation_id="wallet_transactions",
        parameters=[WALLET_ID_PARAMETER, WalletTransactionsQuery],
        responses={
            200: OpenApiResponse(WalletTransactionsOut, description="A page, newest first."),
            **refusals(WalletNotFound, NoIndexer, ChainAway),
        },
        examples=[TRANSACTIONS_EXAMPLE],
        tags=["wallets"],
        summary="List a wallet's transactions",
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """What moved in solid blocks since it was opened, each with the payout it was made for.

        What was before, an indexer may tell: `?source=grid`.
        """
        query = query_of(request, WalletTransactionsQuery)
        filters = {name: query[name] for name in FILTERS if name in query}
        wallet = wallet_of(wallet_id)
        if filters.get("source") == GRID:
            page = indexed_page(wallet, filters.get("token", Asset.USDT), query)
        else:
            page = transactions_page(wallet, filters, query)
        body = {"transactions": page.rows, "pagination": page.pagination, "filters": filters}
        return Response(body)
