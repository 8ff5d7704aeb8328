"""`?dry_run=true`: what would become of a request, and what it would cost."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import StrictSerializer, TokensField
from lucidpay.api.schema import ErrorBodyOut
from lucidpay.errors import LucidError
from lucidpay.money import tokens_of
from payouts.models import Payout, RouterType
from payouts.services.dry_run import ACCEPTED, REFUSED, REPEATED, REVIEW, DryRun

FLAGS = {"true": True, "false": False}


@extend_schema_field(OpenApiTypes.BOOL)
class FlagField(serializers.Field):
    """``true`` or ``false``, and nothing that only looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag: a mistyped ``dry_run`` must not pay anybody."""
        if data not in FLAGS:
            raise serializers.ValidationError("true or false is required.")
        return FLAGS[data]

    def to_representation(self, value: bool) -> bool:
        """Return it as it is."""
        return value


class CreateQuery(StrictSerializer):
    """Whether to pay, or only to say what would happen."""

    dry_run = FlagField(
        required=False, default=False, help_text="`true`: nothing is stored; answers 200."
    )


class RefusalOut(serializers.Serializer):
    """The error that the request itself would be answered with."""

    code = ErrorBodyOut().fields["code"]
    message = ErrorBodyOut().fields["message"]
    details = ErrorBodyOut().fields["details"]


class DryRunOut(serializers.Serializer):
    """What would become of a request. Nothing of it is stored."""

    dry_run = serializers.BooleanField(help_text="Always true.")
    verdict = serializers.ChoiceField(choices=[ACCEPTED, REVIEW, REFUSED, REPEATED])
    rule = serializers.CharField(allow_null=True, help_text="What decided, unless accepted.")
    error = RefusalOut(allow_null=True)
    payout_id = serializers.CharField(
        allow_null=True, help_text="Of the payout that has this `reference_id` already."
    )
    recipient_address = serializers.CharField()
    amount_usdt = TokensField()
    router_type = serializers.ChoiceField(choices=RouterType.choices, allow_null=True)
    approvals_needed = serializers.IntegerField()
    energy = serializers.IntegerField(allow_null=True, help_text="For this very recipient.")
    fee_trx = TokensField(allow_null=True, help_text="Burned, with the stake there is now.")
    balance_after_usdt = TokensField(allow_null=True, help_text="Available in the paying wallet.")
    balance_after_trx = TokensField(allow_null=True)
    recipient_blacklisted = serializers.BooleanField(allow_null=True)
    unknown_because = serializers.CharField(
        allow_null=True, help_text="Why energy, cost or blacklist are null."
    )


def dry_run_body(order: dict[str, Any], found: DryRun) -> dict[str, Any]:
    """Return the answer to a dry run."""
    forecast, payout = found.forecast, found.payout
    return {
        "dry_run": True,
        "verdict": found.verdict,
        "rule": found.rule or None,
        "error": refusal_body(found.error),
        "payout_id": payout.public_id if payout and found.rule == "reference" else None,
        "recipient_address": order["recipient_address"],
        "amount_usdt": tokens_of(order["amount_usdt"]),
        "router_type": _router(payout),
        "approvals_needed": found.approvals_needed,
        "energy": forecast.energy,
        "fee_trx": _tokens(forecast.fee_sun),
        "balance_after_usdt": _tokens(found.usdt_after_micro),
        "balance_after_trx": _tokens(forecast.trx_after_sun),
        "recipient_blacklisted": forecast.is_blacklisted,
        "unknown_because": forecast.unknown or None,
    }


def refusal_body(error: LucidError | None) -> dict[str, Any] | None:
    """Return the error that the request itself would be answered with."""
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "details": error.details}


def _router(payout: Payout | None) -> str | None:
    return None if payout is None else str(payout.router_type)


def _tokens(units: int | None) -> Any:
    return None if units is None else tokens_of(units)
