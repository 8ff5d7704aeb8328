"""The shapes of batches that come in and go out."""

import re
from typing import Any

from rest_framework import serializers

from lucidpay.api.errors import flat_details
from lucidpay.api.fields import StrictSerializer, TokensField
from lucidpay.errors import ValidationFailed
from payouts.api.serializers import InvalidRecipient, PayoutCreateIn
from payouts.models import BatchType
from payouts.services.request import InvalidRouter
from payouts.standing import STATUSES
from payouts.states import Status

PAYOUTS_MAX = 100
_RECIPIENT = re.compile(r"payouts\[(\d+)\]\.recipient_address")


class BatchItemIn(PayoutCreateIn):
    """One payout of a batch: as a single one, without what the batch says for all."""

    router_type = priority = batch_type = None  # type: ignore[assignment]


class BatchCreateIn(StrictSerializer):
    """Whom to pay, 1 to 100 payouts, and how."""

    payouts = serializers.ListField(
        child=BatchItemIn(),
        min_length=1,
        max_length=PAYOUTS_MAX,
        help_text="1 to 100. One that is wrong refuses all.",
    )
    router_type = PayoutCreateIn().fields["router_type"]
    priority = PayoutCreateIn().fields["priority"]
    batch_type = serializers.ChoiceField(choices=BatchType.values, default=BatchType.HOURLY)

    def validate_payouts(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a reference that stands twice: it names one payout only."""
        if found := _repeated(orders):
            raise serializers.ValidationError(found)  # type: ignore[arg-type]
        return orders


def _repeated(orders: list[Any]) -> dict[int, dict[str, list[str]]]:
    """Return by row what is wrong with references that stand in an earlier row as well."""
    first: dict[str, int] = {}
    found = {}
    for row, order in enumerate(orders):
        reference = order.get("reference_id") if isinstance(order, dict) else None
        if isinstance(reference, str) and first.setdefault(reference, row) != row:
            found[row] = {"reference_id": [f"Stands in payouts[{first[reference]}] as well."]}
    return found


def parsed_batch(body: Any) -> dict[str, Any]:
    """Return a validated body, or raise the error the contract names for what is wrong.

    Only recipients, one or several: 2001. Only the router: 2004. Anything else, or both: 1001.
    """
    serializer = BatchCreateIn(data=body)
    if serializer.is_valid():
        return dict(serializer.validated_data)
    details = _flat(serializer.errors)
    orders = body.get("payouts")
    if isinstance(orders, list) and len(orders) <= PAYOUTS_MAX:
        # DRF asks this only of orders of which each is right by itself.
        details = _flat({"payouts": _repeated(orders)}) | details
    if all(_is_wrong_recipient(key, body) for key in details):
        raise InvalidRecipient(details)
    if set(details) == {"router_type"}:
        raise InvalidRouter(details)
    raise ValidationFailed(details)


def _is_wrong_recipient(key: str, body: Any) -> bool:
    """Return whether a recipient is there and is none; one that is left out is a missing field."""
    found = _RECIPIENT.fullmatch(key)
    return found is not None and "recipient_address" in body["payouts"][int(found[1])]


def _flat(errors: Any) -> dict[str, list[str]]:
    """Return flat keys; DRF names what is wrong with a list's items by their number."""
    items = errors.get("payouts")
    if isinstance(items, dict):
        named = {f"[{row}]" if isinstance(row, int) else row: one for row, one in items.items()}
        flat = flat_details({**errors, "payouts": named})
    else:
        flat = flat_details(errors)
    return {
        key.replace("payouts.[", "payouts[").removesuffix(".non_field_errors"): found
        for key, found in flat.items()
    }


class BatchCreatedOut(serializers.Serializer):
    """A batch that was accepted."""

    batch_id = serializers.CharField()
    total_payouts = serializers.IntegerField()
    total_amount_usdt = TokensField()
    status = serializers.ChoiceField(choices=STATUSES)
    payout_ids = serializers.ListField(
        child=serializers.CharField(), help_text="In the order of the request."
    )
    successful_payouts = serializers.IntegerField(help_text="Confirmed by now: at first, none.")
    failed_payouts = serializers.IntegerField()
    estimated_completion = serializers.DateTimeField(
        allow_null=True, help_text="Null while its release is switched off."
    )
    created_at = serializers.DateTimeField()


class BatchOut(serializers.Serializer):
    """Where a batch stands."""

    batch_id = serializers.CharField()
    total_payouts = serializers.IntegerField()
    completed_payouts = serializers.IntegerField(help_text="Confirmed.")
    failed_payouts = serializers.IntegerField()
    pending_payouts = serializers.IntegerField(help_text="All that have not ended.")
    cancelled_payouts = serializers.IntegerField()
    status = serializers.ChoiceField(
        choices=STATUSES,
        help_text="`scheduled` until its release, `processing` while any is open, then "
        "`completed`, `failed` or `cancelled` when all ended so, else `partial`.",
    )
    paused = serializers.BooleanField()
    total_amount_usdt = TokensField()
    completed_amount_usdt = TokensField()
    created_at = serializers.DateTimeField()
    estimated_completion = serializers.DateTimeField(
        allow_null=True, help_text="Null while its release is switched off."
    )
    completed_at = serializers.DateTimeField(allow_null=True)


class NotCancelledOut(serializers.Serializer):
    """A payout that could not be cancelled any more."""

    payout_id = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)


class BatchCancelledOut(BatchOut):
    """Where a batch stands after its rest was cancelled."""

    cancelled_now = serializers.IntegerField(help_text="Cancelled by this request.")
    not_cancelled = NotCancelledOut(many=True, help_text="Signed already, or ended: the first 100.")
    not_cancelled_total = serializers.IntegerField()
