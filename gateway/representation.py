"""A payment as callers see it: the same facts in every answer and in every webhook."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from gateway.kinds import Method, Priority
from gateway.models import Incoming, Payment
from gateway.models_back import Leg, Refund
from lucidpay.clock import iso
from lucidpay.money import tokens_of
from payouts.models import Payout
from tron.networks import network
from wallets.kinds import Asset

# From when the money is solid, in seconds; for schedules that do not say it.
TARGET_S = 60


def payment_body(payment: Payment) -> dict[str, Any]:
    """Return one payment as callers see it."""
    return payment_bodies([payment])[payment.pk]


def payment_bodies(payments: Iterable[Payment]) -> dict[UUID, dict[str, Any]]:
    """Return payments as callers see them, by key: three statements, however many they are."""
    rows = list(payments)
    keys = [one.pk for one in rows]
    found: dict[UUID, list[dict[str, Any]]] = {key: [] for key in keys}
    paid: dict[UUID, Payout] = {}
    for came in Incoming.objects.filter(payment__in=keys).order_by("pk"):
        found[came.payment_id].append(_came(came))
    legs = Leg.objects.filter(payment__in=keys).select_related("payout__transaction")
    for leg in legs.order_by("pk"):
        found[leg.payment_id].append(_leg(leg))
        paid[leg.payment_id] = leg.payout
    refunds = Refund.objects.filter(payment__in=keys)
    for refund in refunds.select_related("payout__transaction", "operation__transaction").order_by(
        "pk"
    ):
        found[refund.payment_id].append(_back(refund))
    return {one.pk: _body(one, found[one.pk], paid.get(one.pk)) for one in rows}


def _body(payment: Payment, legs: list[dict[str, Any]], paid: Payout | None) -> dict[str, Any]:
    tx = paid.transaction if paid else None
    txid = tx.txid if tx else payment.paid_txid or payment.seen_txid
    deposit = payment.deposit.address if payment.deposit else None
    priority = Priority(payment.priority).label
    return {
        "payment_id": payment.public_id,
        "payer_address": payment.payer_address,
        "payee_address": payment.payee_address,
        "amount": tokens_of(payment.amount_micro),
        "fee": tokens_of(payment.fee_micro),
        "net_amount": tokens_of(payment.net_micro),
        "payment_method": payment.method,
        "priority": priority,
        "status": payment.status,
        "reference_id": payment.reference_id,
        "description": payment.description or None,
        "created_at": iso(payment.created_at),
        "estimated_completion_time": _target_s(payment, priority),
        "deposit_address": deposit,
        "pay_amount": tokens_of(payment.pay_units),
        "pay_currency": payment.pay_currency,
        "expires_at": iso(payment.expires_at) if payment.expires_at else None,
        "payment_uri": uri_of(payment),
        "transaction_id": txid or None,
        "confirmations": tx.confirmations if tx else None,
        "received_amount": tokens_of(payment.received_units),
        "refunded_amount": tokens_of(payment.refunded_micro),
        "confirmed_at": iso(payment.confirmed_at) if payment.confirmed_at else None,
        "completed_at": iso(payment.completed_at) if payment.completed_at else None,
        "error_message": payment.error_message or None,
        "legs": legs,
    }


def _target_s(payment: Payment, priority: str) -> int:
    terms = payment.fee_schedule.priorities.get(priority, {})
    return int(terms.get("target_s", TARGET_S))


def uri_of(payment: Payment) -> str | None:
    """Return what a wallet can be opened with, ``None`` where the payer need not do anything."""
    if payment.method == Method.ROUTE:
        return None
    to = payment.deposit.address if payment.deposit else payment.payee_address
    token = f"&token={network().usdt_contract}" if payment.pay_currency == Asset.USDT else ""
    return f"tron:{to}?amount={tokens_of(payment.pay_units)}{token}"


def _came(came: Incoming) -> dict[str, Any]:
    return {
        "kind": "incoming",
        "id": None,
        "status": came.ruling,
        "amount": tokens_of(came.units),
        "currency": came.asset,
        "address": came.sender,
        "transaction_id": came.txid,
        "block_number": came.block_number,
    }


def _leg(leg: Leg) -> dict[str, Any]:
    payout, tx = leg.payout, leg.payout.transaction
    return {
        "kind": "payee",
        "id": payout.public_id,
        "status": payout.status,
        "amount": tokens_of(payout.amount_micro),
        "currency": Asset.USDT.value,
        "address": payout.recipient_address,
        "transaction_id": tx.txid if tx else None,
        "block_number": tx.block_number if tx else None,
    }


def _back(refund: Refund) -> dict[str, Any]:
    by = refund.payout or refund.operation
    tx = by.transaction if by else None
    return {
        "kind": "refund",
        "id": refund.public_id,
        "status": refund.status,
        "amount": tokens_of(refund.paid_units),
        "currency": refund.asset,
        "address": refund.recipient,
        "transaction_id": tx.txid if tx else None,
        "block_number": tx.block_number if tx else None,
    }
