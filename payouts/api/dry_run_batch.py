"""`?dry_run=true` of a batch: what would become of it, row by row and in all."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from lucidpay.api.fields import TokensField
from lucidpay.money import tokens_of
from payouts.api.dry_run import DryRunOut, RefusalOut, dry_run_body, refusal_body
from payouts.services.dry_run import ACCEPTED, REFUSED, REPEATED, REVIEW
from payouts.services.dry_run_many import BatchDryRun, WalletAfter


class RowDryRunOut(DryRunOut):
    """What would become of one of the payouts, if none of the others were refused."""

    dry_run = None  # type: ignore[assignment]


class WalletAfterOut(serializers.Serializer):
    """One of the wallets that would pay."""

    address = serializers.CharField()
    payouts = serializers.IntegerField()
    amount_usdt = TokensField()
    balance_after_usdt = TokensField(help_text="Available after all of them.")
    balance_after_trx = TokensField(
        allow_null=True, help_text="Null when one of them has no price."
    )


class BatchDryRunOut(serializers.Serializer):
    """What would become of a batch. Nothing of it is stored."""

    dry_run = serializers.BooleanField(help_text="Always true.")
    verdict = serializers.ChoiceField(choices=[ACCEPTED, REVIEW, REFUSED, REPEATED])
    rule = serializers.CharField(allow_null=True, help_text="What decided, unless accepted.")
    error = RefusalOut(allow_null=True)
    batch_id = serializers.CharField(
        allow_null=True, help_text="Of the batch that the same body has made."
    )
    total_payouts = serializers.IntegerField()
    total_amount_usdt = TokensField()
    payouts_in_review = serializers.IntegerField(help_text="How many would wait for people.")
    approvals_needed = serializers.IntegerField(help_text="The most that one of them needs.")
    energy = serializers.IntegerField(allow_null=True, help_text="Null unless all are priced.")
    fee_trx = TokensField(allow_null=True, help_text="Burned, with the stake there is now.")
    wallets = WalletAfterOut(many=True)
    payouts = RowDryRunOut(many=True, help_text="In the order of the request.")


def batch_dry_run_body(order: dict[str, Any], found: BatchDryRun) -> dict[str, Any]:
    """Return the answer to a dry run of a batch."""
    orders = order["payouts"]
    return {
        "dry_run": True,
        "verdict": found.verdict,
        "rule": found.rule or None,
        "error": refusal_body(found.error),
        "batch_id": found.batch.public_id if found.batch else None,
        "total_payouts": len(orders),
        "total_amount_usdt": tokens_of(sum(one["amount_usdt"] for one in orders)),
        "payouts_in_review": sum(row.verdict == REVIEW for row in found.rows),
        "approvals_needed": max(row.approvals_needed for row in found.rows),
        "energy": _sum(row.forecast.energy for row in found.rows),
        "fee_trx": _tokens(_sum(row.forecast.fee_sun for row in found.rows)),
        "wallets": [_wallet(one) for one in found.wallets],
        "payouts": [
            {name: value for name, value in dry_run_body(one, row).items() if name != "dry_run"}
            for one, row in zip(orders, found.rows, strict=True)
        ],
    }


def _wallet(after: WalletAfter) -> dict[str, Any]:
    return {
        "address": after.wallet.address,
        "payouts": after.payouts,
        "amount_usdt": tokens_of(after.amount_micro),
        "balance_after_usdt": tokens_of(after.usdt_after_micro),
        "balance_after_trx": _tokens(after.trx_after_sun),
    }


def _sum(units: Iterable[int | None]) -> int | None:
    """Return the sum, ``None`` when one of them is not known."""
    total = 0
    for one in units:
        if one is None:
            return None
        total += one
    return total


def _tokens(units: int | None) -> Any:
    return None if units is None else tokens_of(units)
