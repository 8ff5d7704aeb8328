"""`/tron/wallets/{id}/permissions`: who may sign; parse, one service call, render."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency, scopes
from lucidpay.api.fields import StrictCharField, StrictSerializer, WholeField
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from tron.account import Permission, account_of
from tron.api.fields import AddressField, AddressRefused, body_with_addresses
from tron.reads import ChainAway, chain_read
from wallets.api.operating import operate
from wallets.api.operation_described import (
    OPERATION_HEADERS,
    OPERATION_KEY,
    OPERATION_REFUSALS,
    WALLET_ID,
    operation_example,
)
from wallets.api.operation_serializers import OperationOut
from wallets.queries import WalletNotFound, address_of, wallet_of
from wallets.services.operate import OperationUnderWay, WalletNotReady
from wallets.services.permissions import (
    ACTIVES_MAX,
    GRANTS,
    KEYS_MAX,
    NAME_MAX,
    PAYOUT_GRANTS,
    KeyNotNamed,
    NotAsShown,
    PermissionsRefused,
    Preview,
    Wanted,
    as_wanted,
    permissions_preview,
    permissions_update,
)

HOT = "TGzz8gjYiYRqpfmDwnLxfgPuLVNmpCswVp"
COLD = "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL"
PAYOUT_KEY = {
    "name": "payouts",
    "threshold": 1,
    "keys": [{"address": HOT, "weight": 1}],
    "operations": list(PAYOUT_GRANTS),
}
OWNER = {"name": "owner", "threshold": 1, "keys": [{"address": COLD, "weight": 1}]}


class KeyIn(StrictSerializer):
    """One key, and what its signature weighs."""

    address = AddressField()
    weight = WholeField(min_value=1, max_value=1_000_000, default=1)


class OwnerIn(StrictSerializer):
    """Keys that together may do everything, this as well."""

    name = StrictCharField(max_length=NAME_MAX, default="owner")
    threshold = WholeField(min_value=1, max_value=5_000_000)
    keys = serializers.ListField(child=KeyIn(), min_length=1, max_length=KEYS_MAX)


class ActiveIn(OwnerIn):
    """Keys that together may do what is named."""

    name = StrictCharField(max_length=NAME_MAX)
    operations = serializers.ListField(
        child=serializers.ChoiceField(choices=list(GRANTS)),
        min_length=1,
        help_text="A key that pays USDT needs `TriggerSmartContract` alone.",
    )


class PermissionsIn(StrictSerializer):
    """All permissions of the account, as they are to be."""

    owner = OwnerIn(required=False, help_text="Stays as it is when absent.")
    actives = serializers.ListField(child=ActiveIn(), min_length=1, max_length=ACTIVES_MAX)
    confirm = StrictCharField(
        required=False,
        max_length=32,
        help_text="The code of the preview. Without it nothing is done, and the preview comes.",
    )


class KeyOut(serializers.Serializer):
    """One key."""

    address = serializers.CharField()
    weight = serializers.IntegerField(min_value=1)


class AccountPermissionOut(serializers.Serializer):
    """Who may sign together for what."""

    id = serializers.IntegerField(min_value=0, help_text="0 is the owner's; actives count from 2.")
    name = serializers.CharField()
    threshold = serializers.IntegerField(min_value=1)
    keys = KeyOut(many=True)
    operations = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="`null`: everything."
    )


class PermissionsOut(serializers.Serializer):
    """The permissions of an account."""

    owner = AccountPermissionOut()
    actives = AccountPermissionOut(many=True)


class PreviewOut(serializers.Serializer):
    """What would change."""

    before = PermissionsOut()
    after = PermissionsOut()
    warnings = serializers.ListField(child=serializers.CharField(), help_text="Read them.")
    confirm = serializers.CharField(help_text="Send the same body with it to have this done.")


SHOWN: dict[str, Any] = {
    "owner": {**OWNER, "id": 0, "operations": None},
    "actives": [{**PAYOUT_KEY, "id": 2}],
}


class PermissionsView(LimitedView):
    """Who may sign for a wallet."""

    # What is set here gives an account away; it is the admin's.
    required_scopes = {"GET": scopes.WALLETS_READ, "POST": scopes.SERVICE_MANAGE}
    endpoints = {"GET": "wallets.permissions", "POST": "wallets.permissions_set"}

    @extend_schema(
        operation_id="wallet_permissions",
        parameters=[WALLET_ID],
        responses={
            200: OpenApiResponse(PermissionsOut, description="As the chain has them."),
            **refusals(WalletNotFound, WalletNotReady, ChainAway),
        },
        examples=[OpenApiExample("limited hot key", value=SHOWN, response_only=True)],
        summary="See who may sign",
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """Of the solid state of the chain."""
        query_of(request, NoQuery)
        address = address_of(wallet_of(wallet_id))
        account = chain_read(lambda node: account_of(node, address))
        known = [_shown(one) for one in account.active_permissions]
        return Response({"owner": _shown(account.owner_permission), "actives": known})

    @extend_schema(
        operation_id="wallet_permissions_set",
        parameters=[WALLET_ID, OPERATION_KEY, *OPERATION_HEADERS],
        request=PermissionsIn,
        responses={
            200: OpenApiResponse(PreviewOut, description="What would change; nothing was done."),
            202: OpenApiResponse(OperationOut, description="Stored, and on its way."),
            **refusals(
                *OPERATION_REFUSALS,
                AddressRefused,
                PermissionsRefused,
                KeyNotNamed,
                NotAsShown,
                OperationUnderWay,
            ),
        },
        examples=[
            OpenApiExample(
                "limited hot key",
                value={"owner": OWNER, "actives": [PAYOUT_KEY]},
                request_only=True,
            ),
            OpenApiExample(
                "preview",
                value={
                    "before": SHOWN,
                    "after": SHOWN,
                    "warnings": [],
                    "confirm": "5f0c6f6c0b4a0f9f5c5f0c6f6c0b4a0f",
                },
                response_only=True,
                status_codes=["200"],
            ),
            operation_example(kind="update_permissions", amount=None, terms=None),
        ],
        summary="Set who may sign",
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Send it once without `confirm` and read what would change, then again with its code.

        The whole set is replaced. The network takes 100 TRX for it. Of a wallet whose key is here,
        keys must be its own or among `PERMISSION_KEYS`.
        """
        idempotency.key_of(request)  # a malformed one is refused before any node is asked
        body = body_with_addresses(request, PermissionsIn)
        wallet = wallet_of(wallet_id)
        owner = _wanted(body["owner"], "owner") if "owner" in body else None
        actives = [_wanted(one, f"actives[{at}]") for at, one in enumerate(body["actives"])]
        if "confirm" not in body:
            shown = permissions_preview(wallet=wallet, owner=owner, actives=actives)
            return Response(_preview_body(shown))
        return operate(
            request,
            endpoint="wallets.permissions_set",
            body={"wallet_id": wallet_id, **body},
            prepare=lambda: permissions_update(
                wallet=wallet, owner=owner, actives=actives, confirm=body["confirm"]
            ),
        )


def _wanted(body: dict[str, Any], place: str) -> Wanted:
    keys = {one["address"]: one["weight"] for one in body["keys"]}
    if len(keys) < len(body["keys"]):
        raise PermissionsRefused({f"{place}.keys": ["Name each key once."]})
    return Wanted(body["name"], body["threshold"], keys, body.get("operations", ()))


def _preview_body(preview: Preview) -> dict[str, Any]:
    before = preview.before
    actives = [_wanted_body(one, at) for at, one in enumerate(preview.actives, start=2)]
    return {
        "before": {
            "owner": _shown(before.owner_permission),
            "actives": [_shown(one) for one in before.active_permissions],
        },
        "after": {"owner": _wanted_body(preview.owner, 0), "actives": actives},
        "warnings": list(preview.warnings),
        "confirm": preview.confirm,
    }


def _shown(permission: Permission) -> dict[str, Any]:
    return _wanted_body(as_wanted(permission), permission.id)


def _wanted_body(one: Wanted, permission_id: int) -> dict[str, Any]:
    return {
        "id": permission_id,
        "name": one.name,
        "threshold": one.threshold,
        "keys": [{"address": key, "weight": weight} for key, weight in sorted(one.keys.items())],
        "operations": list(one.grants) if permission_id else None,
    }
