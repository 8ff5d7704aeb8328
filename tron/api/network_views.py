"""`/tron/network/…`: parse, one look at the chain, render.

Whoever may read wallets (`wallets:read`) may look at the chain they are on: the contract names no
scope of its own, and every role that reads of TRON has this one.
"""

import re

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from tron.api import network_bodies as bodies
from tron.api.network_described import (
    BLOCK_EXAMPLES,
    HEALTH_EXAMPLE,
    INFO_EXAMPLE,
    STATUS_EXAMPLE,
    TRANSACTION_EXAMPLES,
)
from tron.api.network_serializers import (
    ID_PATTERN,
    BlockOut,
    ChainTransactionOut,
    NetworkHealthOut,
    NetworkInfoOut,
    NetworkStatusOut,
)
from tron.explorer.block import BlockNotFound, block_find
from tron.explorer.heads import heads_now, nodes_now, terms_now
from tron.explorer.transaction import TransactionNotFound, transaction_find
from tron.reads import ChainAway

BLOCK_PATTERN = "^(latest|solid|0|[1-9][0-9]{0,17})$"


class NetworkView(LimitedView):
    """What all calls of the network have in common."""

    required_scopes = {"GET": scopes.WALLETS_READ}


class NetworkStatusView(NetworkView):
    """How the chain is."""

    endpoints = {"GET": "network.status"}

    @extend_schema(
        operation_id="network_status",
        responses={
            200: OpenApiResponse(NetworkStatusOut, description="How the chain is."),
            **refusals(ChainAway),
        },
        examples=[STATUS_EXAMPLE],
        summary="See how the chain is",
    )
    def get(self, request: Request) -> Response:
        """Heights, age of the newest block and how many nodes are well, as of two seconds ago."""
        query_of(request, NoQuery)
        now = utc_now()
        return Response(bodies.status_body(heads_now(), nodes_now(now), now))


class NetworkInfoView(NetworkView):
    """Which network it is."""

    endpoints = {"GET": "network.info"}

    @extend_schema(
        operation_id="network_info",
        responses={
            200: OpenApiResponse(NetworkInfoOut, description="Which network this is."),
            **refusals(ChainAway),
        },
        examples=[INFO_EXAMPLE],
        summary="See which network this is, and its prices",
    )
    def get(self, request: Request) -> Response:
        """Prices are those that the network's parameters say, as of a minute ago."""
        query_of(request, NoQuery)
        return Response(bodies.info_body(heads_now(), terms_now()))


class NetworkHealthView(NetworkView):
    """How each node is."""

    endpoints = {"GET": "network.health"}

    @extend_schema(
        operation_id="network_health",
        responses={200: OpenApiResponse(NetworkHealthOut, description="Each configured node.")},
        examples=[HEALTH_EXAMPLE],
        summary="See how each node is",
    )
    def get(self, request: Request) -> Response:
        """As the workers last saw them; where nobody has looked for 15 seconds, this call does.

        A node that is down is an answer here, never an error.
        """
        query_of(request, NoQuery)
        return Response(bodies.nodes_body(nodes_now(utc_now())))


class BlockView(NetworkView):
    """One block."""

    endpoints = {"GET": "network.block"}

    @extend_schema(
        operation_id="network_block_get",
        parameters=[
            OpenApiParameter(
                "block_number",
                {"type": "string", "pattern": BLOCK_PATTERN},
                OpenApiParameter.PATH,
                description="A number, `latest`, or `solid` for the newest final one.",
            )
        ],
        responses={
            200: OpenApiResponse(BlockOut, description="The block."),
            **refusals(BlockNotFound, ChainAway),
        },
        examples=BLOCK_EXAMPLES,
        summary="Get a block",
    )
    def get(self, request: Request, block_number: str) -> Response:
        """Its header as its own hash bears out, and the ids of its transactions."""
        query_of(request, NoQuery)
        if not re.fullmatch(BLOCK_PATTERN, block_number, re.ASCII):
            said = "A number in plain digits, latest, or solid."
            raise ValidationFailed({"block_number": [said]})
        return Response(bodies.block_body(block_find(block_number)))


class TransactionView(NetworkView):
    """One transaction."""

    endpoints = {"GET": "network.transaction"}

    @extend_schema(
        operation_id="network_transaction_get",
        parameters=[
            OpenApiParameter(
                "tx_id",
                {"type": "string", "pattern": ID_PATTERN},
                OpenApiParameter.PATH,
                description="64 lower-case hex digits.",
            )
        ],
        responses={
            200: OpenApiResponse(ChainTransactionOut, description="The transaction."),
            **refusals(TransactionNotFound, ChainAway),
        },
        examples=TRANSACTION_EXAMPLES,
        summary="Get a transaction",
    )
    def get(self, request: Request, tx_id: str) -> Response:
        """Anybody's, as one node tells it: for people, and no proof of a payout.

        `GET payouts/{payout_id}` says what became of a payout, on the word of all nodes.
        """
        query_of(request, NoQuery)
        if not re.fullmatch(ID_PATTERN, tx_id, re.ASCII):
            raise ValidationFailed({"tx_id": ["64 lower-case hex digits, without 0x."]})
        found = transaction_find(tx_id)
        return Response(bodies.transaction_body(found, heads_now().latest_number))
