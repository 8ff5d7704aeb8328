"""`POST /tron/usdt/transfer`: parse, one service call, render."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency, scopes
from access.caller import caller_of
from access.idempotency import KeyInUse, KeyReused
from lucidpay.api.fields import AmountField, StrictCharField, StrictSerializer
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.money import UNITS_MAX
from payouts import tasks
from payouts.api.described import (
    KEY_PARAMETER,
    LOCATION_HEADER,
    REPLAYED_HEADER,
    TRANSFER_EXAMPLES,
)
from payouts.api.routed_views import PLACE
from payouts.api.serializers import PayoutOut
from payouts.api.views import created
from payouts.policy.refusals import BreakerOpen, LimitExceeded
from payouts.services.request import InsufficientBalance
from payouts.services.transfer import ENDPOINT, Wanted, usdt_transfer
from tron.api.fields import AddressField, AddressRefused, body_with_addresses
from wallets.api.operation_serializers import WalletIdField
from wallets.queries import WalletNotFound
from wallets.services.operate import WalletNotReady

MEMO_BYTES_MAX = 200


class TransferIn(StrictSerializer):
    """From which wallet, to whom, how much."""

    from_wallet_id = WalletIdField(help_text="It must be in use, and not only watched.")
    to_address = AddressField(
        help_text="Base58check, `T…`.", error_messages={"null": "Not a TRON address."}
    )
    amount = AmountField(
        low_units=1,
        high_units=UNITS_MAX,
        places=6,
        help_text="USDT, at most 6 decimals; a number or a decimal string.",
    )
    memo = StrictCharField(
        required=False,
        max_length=MEMO_BYTES_MAX,
        help_text=f"Stands in the transaction, for all to read; at most {MEMO_BYTES_MAX} bytes. "
        "The network takes a fee for it.",
    )

    def validate_memo(self, memo: str) -> str:
        """Refuse what cannot be read, and more bytes than the row and the network's fee allow."""
        if not memo.isprintable():
            raise serializers.ValidationError("Printable characters only.")
        if len(memo.encode()) > MEMO_BYTES_MAX:
            raise serializers.ValidationError(f"At most {MEMO_BYTES_MAX} bytes in UTF-8.")
        return memo


class TransferView(LimitedView):
    """Send USDT from a wallet."""

    required_scopes = {"POST": scopes.USDT_TRANSFER}
    endpoints = {"POST": ENDPOINT}

    @extend_schema(
        operation_id="usdt_transfer",
        request=TransferIn,
        parameters=[KEY_PARAMETER, LOCATION_HEADER, REPLAYED_HEADER],
        responses={
            201: OpenApiResponse(PayoutOut, description="Accepted: it will be paid once."),
            **refusals(
                AddressRefused,
                LimitExceeded,
                BreakerOpen,
                WalletNotFound,
                WalletNotReady,
                KeyInUse,
                KeyReused,
                InsufficientBalance,
            ),
        },
        examples=TRANSFER_EXAMPLES,
        summary="Send USDT from a wallet",
    )
    def post(self, request: Request) -> Response:
        """Pay from a wallet that you name. Safe to repeat with the same `Idempotency-Key`.

        It is a payout, with the router `PayoutRouterDirect`: follow it as any other. The recipient
        need not be trusted; it counts against the limit of transfers from this wallet, and people
        review it as they do all payouts. From a wallet whose key is not here it waits until people
        have signed it.
        """
        order = body_with_addresses(request, TransferIn)
        key = idempotency.key_of(request)
        answer = usdt_transfer(
            Wanted(
                caller=caller_of(request),
                wallet_id=order["from_wallet_id"],
                to_address=order["to_address"],
                amount_micro=order["amount"],
                memo=order.get("memo", ""),
                body_hash=idempotency.hash_of(order),
                request_id=request_id_of(request),
                now=utc_now(),
                key=key,
            )
        )
        ring_on_commit(tasks.sign)
        return created(answer, PLACE)
