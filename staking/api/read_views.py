"""`GET /tron/staking/…`: parse, one look at the chain, render."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from staking import bodies, queries
from staking.advice import staking_advice
from staking.api.described import (
    ADVICE_EXAMPLE,
    BALANCE_EXAMPLE,
    RESOURCES_EXAMPLE,
    REWARDS_EXAMPLE,
    STATS_EXAMPLE,
)
from staking.api.serializers import (
    AdviceOut,
    AdviceQuery,
    ResourcesOut,
    RewardsOut,
    StakeBalanceOut,
    StakingStatsOut,
)
from staking.stats import stats_body
from tron.api.fields import AddressRefused, address_of_path, address_parameter
from tron.reads import ChainAway

ADDRESS = address_parameter("address", "Anybody's.")


class ReadView(LimitedView):
    """What all that only looks has in common."""

    required_scopes = {"GET": scopes.WALLETS_READ}


class BalanceView(ReadView):
    """What an account has staked."""

    endpoints = {"GET": "staking.balance"}

    @extend_schema(
        operation_id="staking_balance",
        parameters=[ADDRESS],
        responses={
            200: OpenApiResponse(StakeBalanceOut, description="In the newest solid block."),
            **refusals(AddressRefused, ChainAway),
        },
        examples=[BALANCE_EXAMPLE],
        summary="See what an address has staked",
    )
    def get(self, request: Request, address: str) -> Response:
        """Anybody's. An address that was never activated has nothing."""
        query_of(request, NoQuery)
        address_of_path(address)
        return Response(bodies.balance_body(address, queries.stake_balance(address)))


class RewardsView(ReadView):
    """What an account's votes have earned."""

    endpoints = {"GET": "staking.rewards"}

    @extend_schema(
        operation_id="staking_rewards",
        parameters=[ADDRESS],
        responses={
            200: OpenApiResponse(RewardsOut, description="In the newest solid block."),
            **refusals(AddressRefused, ChainAway),
        },
        examples=[REWARDS_EXAMPLE],
        summary="See what the votes of an address have earned",
    )
    def get(self, request: Request, address: str) -> Response:
        """Anybody's."""
        query_of(request, NoQuery)
        address_of_path(address)
        return Response(bodies.rewards_body(address, queries.rewards(address)))


class ResourcesView(ReadView):
    """What an account may use."""

    endpoints = {"GET": "staking.resources"}

    @extend_schema(
        operation_id="staking_resources",
        parameters=[ADDRESS],
        responses={
            200: OpenApiResponse(ResourcesOut, description="Energy, bandwidth, delegations."),
            **refusals(AddressRefused, ChainAway),
        },
        examples=[RESOURCES_EXAMPLE],
        summary="See what an address may use without burning TRX",
    )
    def get(self, request: Request, address: str) -> Response:
        """Anybody's: energy and bandwidth now, and who lends whom."""
        query_of(request, NoQuery)
        address_of_path(address)
        return Response(bodies.resources_body(address, *queries.resources(address)))


class StatsView(ReadView):
    """All wallets together."""

    endpoints = {"GET": "staking.stats"}

    @extend_schema(
        operation_id="staking_stats",
        responses={
            200: OpenApiResponse(StakingStatsOut, description="All active wallets together."),
            **refusals(ChainAway),
        },
        examples=[STATS_EXAMPLE],
        summary="See what all wallets have staked",
    )
    def get(self, request: Request) -> Response:
        """Of the chain what is staked, lent and earned; of the books what came of it."""
        query_of(request, NoQuery)
        return Response(stats_body())


class AdviceView(ReadView):
    """How much to stake."""

    endpoints = {"GET": "staking.advice"}

    @extend_schema(
        operation_id="staking_advice",
        parameters=[AdviceQuery],
        responses={
            200: OpenApiResponse(AdviceOut, description="What is advised, and why."),
            **refusals(ChainAway),
        },
        examples=[ADVICE_EXAMPLE],
        summary="See how much to stake",
    )
    def get(self, request: Request) -> Response:
        """So much that payouts like those of the last days burn nothing.

        What they used is replayed as the network reckons, which gives back within 24 hours what
        was used: once with what is staked, once with what is advised, at today's prices.
        """
        query = query_of(request, AdviceQuery)
        return Response(bodies.advice_body(staking_advice(days=query["days"])))
