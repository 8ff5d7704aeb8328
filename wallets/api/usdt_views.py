"""`/tron/usdt/…` reads: parse, one service call, render."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import from_ms, iso
from lucidpay.money import tokens_of
from tron.api.fields import (
    AddressRefused,
    address_of_path,
    address_parameter,
    body_with_addresses,
)
from tron.flows import USDT
from tron.networks import network
from tron.reads import ChainAway
from tron.transactions import TRANSFER_BANDWIDTH
from wallets.api import usdt_described as described
from wallets.api.usdt_serializers import (
    EstimateIn,
    EstimateOut,
    HistoryQuery,
    UsdtAllowanceOut,
    UsdtBalanceOut,
    UsdtTransactionsOut,
)
from wallets.estimate import Estimate, NotEnoughUsdt, WouldRevert, transfer_estimate
from wallets.history import NoHistory, Transfer, usdt_transfers
from wallets.usdt import usdt_allowance, usdt_balance


class UsdtView(LimitedView):
    """What all reads of USDT have in common."""

    required_scopes = dict.fromkeys(("GET", "POST"), scopes.WALLETS_READ)


class UsdtBalanceView(UsdtView):
    """What an address holds."""

    endpoints = {"GET": "usdt.balance"}

    @extend_schema(
        operation_id="usdt_balance",
        parameters=[address_parameter()],
        responses={
            200: OpenApiResponse(UsdtBalanceOut, description="What it holds."),
            **refusals(AddressRefused, ChainAway),
        },
        examples=[described.BALANCE_EXAMPLE],
        summary="See what an address holds in USDT",
    )
    def get(self, request: Request, address: str) -> Response:
        """Solid: what no reorganisation takes back; a payment shows about a minute after it."""
        query_of(request, NoQuery)
        address_of_path(address)
        found = usdt_balance(address)
        body = {
            "address": address,
            "balance_usdt": tokens_of(found.units),
            "balance_raw": found.units,
            "contract_address": network().usdt_contract,
            "block_number": found.block_number,
        }
        return Response(body)


class UsdtAllowanceView(UsdtView):
    """What one address may take from another."""

    endpoints = {"GET": "usdt.allowance"}

    @extend_schema(
        operation_id="usdt_allowance",
        parameters=[
            address_parameter("owner"),
            address_parameter("spender"),
        ],
        responses={
            200: OpenApiResponse(UsdtAllowanceOut, description="What it may take."),
            **refusals(AddressRefused, ChainAway),
        },
        examples=[described.ALLOWANCE_EXAMPLE],
        summary="See what one address may take from another",
    )
    def get(self, request: Request, owner: str, spender: str) -> Response:
        """Solid, as balances are. 0: nothing, or never approved."""
        query_of(request, NoQuery)
        address_of_path(owner, "owner")
        address_of_path(spender, "spender")
        found = usdt_allowance(owner, spender)
        body = {
            "owner": owner,
            "spender": spender,
            "allowance": tokens_of(found.units),
            "allowance_raw": found.units,
            "contract_address": network().usdt_contract,
            "block_number": found.block_number,
        }
        return Response(body)


class UsdtTransactionsView(UsdtView):
    """Transfers of an address."""

    endpoints = {"GET": "usdt.transactions"}

    @extend_schema(
        operation_id="usdt_transactions",
        parameters=[address_parameter(), HistoryQuery],
        responses={
            200: OpenApiResponse(UsdtTransactionsOut, description="A page, newest first."),
            **refusals(AddressRefused, NoHistory, ChainAway),
        },
        examples=[described.TRANSACTIONS_EXAMPLE],
        summary="List an address's transfers of USDT",
    )
    def get(self, request: Request, address: str) -> Response:
        """Of addresses that are watched here, from our own reading of every solid block.

        Of others from an indexer, where the setting `TRON_GRID_URL` names one; page it by cursor.
        """
        query = query_of(request, HistoryQuery)
        address_of_path(address)
        history = usdt_transfers(address, query)
        body = {
            "transactions": [_transfer_body(one) for one in history.transfers],
            "pagination": history.pagination,
            "filters": {},
            "source": history.source,
            "from_block": history.from_block,
        }
        return Response(body)


def _transfer_body(one: Transfer) -> dict[str, Any]:
    return {
        "txid": one.txid,
        "direction": one.direction,
        "token": USDT,
        "amount": tokens_of(one.units),
        "counterparty": one.counterparty,
        "status": "solid",
        "block_number": one.block_number,
        "timestamp": iso(from_ms(one.time_ms)),
    }


class EstimateGasView(UsdtView):
    """What a transfer would cost."""

    endpoints = {"POST": "usdt.estimate"}

    @extend_schema(
        operation_id="usdt_estimate_gas",
        request=EstimateIn,
        responses={
            200: OpenApiResponse(EstimateOut, description="What it would cost now."),
            **refusals(AddressRefused, NotEnoughUsdt, WouldRevert, ChainAway),
        },
        examples=described.ESTIMATE_EXAMPLES,
        summary="See what a transfer of USDT would cost",
    )
    def post(self, request: Request) -> Response:
        """Measured by running this very transfer without effect. Nothing is sent or stored.

        Who pays, whom and how much all count: a recipient who holds no USDT yet costs about
        twice the energy of one who does.
        """
        order = body_with_addresses(request, EstimateIn)
        found = transfer_estimate(
            sender=order["from_address"],
            recipient=order["to_address"],
            amount_micro=order["amount"],
        )
        return Response(_estimate_body(found))


def _estimate_body(found: Estimate) -> dict[str, Any]:
    return {
        "energy_required": found.energy,
        "bandwidth_required": TRANSFER_BANDWIDTH,
        "energy_price_sun": found.prices.energy_sun,
        "fee_trx_burning": tokens_of(found.burning_sun),
        "fee_trx_with_resources": tokens_of(found.with_resources_sun),
        "recommended_fee_limit_sun": found.fee_limit_sun,
        "recipient_holds_usdt": found.recipient_holds_usdt,
        "recipient_activated": found.recipient_is_activated,
        "recipient_blacklisted": found.recipient_is_blacklisted,
    }
