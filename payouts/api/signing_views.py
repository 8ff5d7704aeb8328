"""`/tron/wallets/{id}/unsigned` and `…/signatures`: parse, one service call, render."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.fields import StrictCharField, StrictSerializer, WholeField
from lucidpay.api.query import body_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from payouts.queries import PayoutNotFound
from payouts.services.attach import (
    BooksAreBehind,
    ChainUnknown,
    NothingIsSigned,
    OneOfTwo,
    TransactionNotFound,
    signature_add,
    unsigned_build,
)
from payouts.services.build import CannotBeBuilt, NotToBePaidNow
from tron.attach import (
    NotAwaitingSignatures,
    SignatureNotUsable,
    SignedTooLate,
    SignedTwice,
    signature_parse,
)
from tron.kinds import TxKind, TxStatus
from tron.reads import ChainAway
from tron.tasks import broadcast
from wallets import tasks
from wallets.api.operation_described import WALLET_ID
from wallets.api.operation_serializers import TXID_PATTERN
from wallets.collecting import collecting_body
from wallets.operations import OperationNotFound
from wallets.queries import WalletNotFound, wallet_of
from wallets.quorums import NoSuchPermission, NotPermitted
from wallets.services.operate import WalletNotReady
from wallets.services.operate_make import KeyIsHere, MayBePaid, NothingToBuild

TXID = "7d5a" * 16
COLD = "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL"
VALID_MINUTES_MAX = 1_380


class UnsignedIn(StrictSerializer):
    """What to build the transaction of: a payout of this wallet, or an operation."""

    schema_rules = {"oneOf": [{"required": ["payout_id"]}, {"required": ["operation_id"]}]}

    payout_id = StrictCharField(required=False, max_length=60)
    operation_id = StrictCharField(required=False, max_length=60)
    permission_id = WholeField(
        default=0, min_value=0, max_value=9, help_text="0 is the owner's; actives count from 2."
    )
    valid_minutes = WholeField(
        required=False,
        min_value=5,
        max_value=VALID_MINUTES_MAX,
        help_text="How long people have to sign; `UNSIGNED_VALID_MINUTES` unless given.",
    )


@extend_schema_field({"type": "string", "pattern": TXID_PATTERN})
class TxidField(StrictCharField):
    """A transaction's id."""


@extend_schema_field({"type": "string", "pattern": "^(0x)?[0-9a-fA-F]{130}$"})
class SignatureField(serializers.Field):
    """A signature in hex; the bytes inside."""

    def to_internal_value(self, data: Any) -> bytes:
        """Return the bytes, or raise when they are no signature's."""
        try:
            return signature_parse(str(data))
        except SignatureNotUsable as error:
            raise serializers.ValidationError(error.details["signature"]) from error


class SignatureIn(StrictSerializer):
    """One signature of one key."""

    txid = TxidField()
    signature = SignatureField(help_text="130 hex digits: r, s and v.")


class SignerOut(serializers.Serializer):
    """A key that may sign."""

    address = serializers.CharField()
    weight = serializers.IntegerField(min_value=1)
    signed = serializers.BooleanField()


class CollectingOut(serializers.Serializer):
    """A transaction, and how far its signatures are."""

    txid = serializers.CharField()
    status = serializers.ChoiceField(
        choices=TxStatus.values, help_text="`awaiting` until enough have signed, then `signed`."
    )
    kind = serializers.ChoiceField(choices=TxKind.values)
    transaction = serializers.DictField(
        help_text="As TronWeb's and TronLink's `sign` take it; `raw_data_hex` is for hardware."
    )
    qr_svg = serializers.CharField(help_text="The same as a QR code: an SVG image.")
    expires_at = serializers.DateTimeField(help_text="By the chain's time; later it is void.")
    permission_id = serializers.IntegerField(min_value=0)
    threshold = serializers.IntegerField(min_value=1, help_text="What signatures must weigh.")
    weight = serializers.IntegerField(min_value=0, help_text="What they weigh now.")
    signers = SignerOut(many=True)


def _example(status: str, *, weight: int) -> dict[str, Any]:
    return {
        "txid": TXID,
        "status": status,
        "kind": "transfer",
        "transaction": {"visible": False, "txID": TXID, "raw_data": {}, "raw_data_hex": "0a02"},
        "qr_svg": "<svg …></svg>",
        "expires_at": "2026-01-31T15:00:00.000000Z",
        "permission_id": 0,
        "threshold": 1,
        "weight": weight,
        "signers": [{"address": COLD, "weight": 1, "signed": weight > 0}],
    }


class UnsignedView(LimitedView):
    """Build a transaction for people to sign."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.unsigned"}

    @extend_schema(
        operation_id="wallet_unsigned",
        parameters=[WALLET_ID],
        request=UnsignedIn,
        responses={
            200: OpenApiResponse(CollectingOut, description="The one transaction of it."),
            **refusals(
                WalletNotFound, PayoutNotFound, OperationNotFound, TransactionNotFound, OneOfTwo,
                KeyIsHere, WalletNotReady, NotToBePaidNow, CannotBeBuilt, NothingToBuild,
                MayBePaid, NoSuchPermission, NotPermitted, NothingIsSigned, BooksAreBehind,
                ChainUnknown, ChainAway,
            ),
        },
        examples=[
            OpenApiExample(
                "a payout",
                value={"payout_id": "payout_01890a5dac96774bbcceb302099a8057"},
                request_only=True,
            ),
            OpenApiExample("built", value=_example("awaiting", weight=0), response_only=True),
        ],
        summary="Build what people sign",
    )  # fmt: skip
    def post(self, request: Request, wallet_id: str) -> Response:
        """For wallets whose key is not here: what a payout or an operation of theirs needs signed.

        Asked again, it is the same transaction. Its money is held until it is sent and final, or
        expired and proven dead; then it can be built anew.
        """
        body = body_of(request, UnsignedIn)
        minutes = body.get("valid_minutes")
        tx = unsigned_build(
            wallet=wallet_of(wallet_id),
            payout_id=body.get("payout_id"),
            operation_id=body.get("operation_id"),
            permission_id=body["permission_id"],
            valid=timedelta(minutes=minutes) if minutes else None,
            now=utc_now(),
        )
        ring_on_commit(tasks.operate)
        return Response(collecting_body(tx))


class SignaturesView(LimitedView):
    """Attach a signature."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.signatures"}

    @extend_schema(
        operation_id="wallet_signatures",
        parameters=[WALLET_ID],
        request=SignatureIn,
        responses={
            200: OpenApiResponse(CollectingOut, description="Added. With enough it is sent."),
            **refusals(
                WalletNotFound,
                TransactionNotFound,
                SignatureNotUsable,
                SignedTwice,
                SignedTooLate,
                NotAwaitingSignatures,
            ),
        },
        examples=[
            OpenApiExample("one", value={"txid": TXID, "signature": "ab" * 65}, request_only=True),
            OpenApiExample("enough", value=_example("signed", weight=1), response_only=True),
        ],
        summary="Attach a signature",
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Of one key. With as many as the account asks for, it is sent like any other."""
        body = body_of(request, SignatureIn)
        tx = signature_add(
            wallet=wallet_of(wallet_id),
            txid=body["txid"],
            signature=body["signature"],
            now=utc_now(),
        )
        ring_on_commit(broadcast)
        return Response(collecting_body(tx))
