"""Payments as they would be stored: who pays whom, at what price, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from access.caller import Caller
from gateway.kinds import DEPOSITED, Method, Priority
from gateway.models import Payment
from gateway.models_fees import FeeSchedule, Rate
from gateway.policy.fees import fee_of
from gateway.policy.rates import pay_sun_of, refuse_too_deep
from lucidpay.errors import ValidationFailed
from lucidpay.ids import new_id
from tron.cursor import cursor_here
from wallets.kinds import Asset
from wallets.models_deposit import DepositAddress

Order = dict[str, Any]
SELF = "The payer and the payee are the same address."
TOO_SMALL = "The fee leaves nothing of so small an amount."
OURS = "This is a deposit address of this gateway."


@dataclass
class Terms:
    """What holds for all payments of one moment, and how much of them is swapped so far."""

    schedule: FeeSchedule
    rate: Rate | None  # where one of them is a swap
    from_block: int
    now: datetime
    swapped_micro: int = 0


def terms_of(schedule: FeeSchedule, rate: Rate | None, *, now: datetime) -> Terms:
    """Return the terms of this moment."""
    cursor = cursor_here()
    return Terms(schedule, rate, max(cursor.head_number, cursor.number) if cursor else 0, now)


def draft_of(
    caller: Caller, order: Order, terms: Terms, *, body_hash: str, request_id: str
) -> Payment:
    """Return the payment of a validated order: not stored, and without its deposit address yet.

    Raises ``ValidationFailed`` for a payment to oneself.
    """
    method = Method(order.get("payment_method", Method.GATEWAY))
    priority = Priority[order.get("priority", Priority.NORMAL.label).upper()]
    if order["payer_address"] == order["payee_address"]:
        raise ValidationFailed({"payee_address": [SELF]})
    amount_micro = order["amount"]
    fee = fee_of(amount_micro, priority, method, terms.schedule)
    if fee.net_micro < 1:
        raise ValidationFailed({"amount": [TOO_SMALL]})
    is_swap = method == Method.SWAP
    expires = None if method == Method.ROUTE else _expires_at(terms)
    return Payment(
        id=new_id(terms.now),
        owner_id=caller.user_id,
        api_key_id=caller.api_key_id,
        method=method,
        priority=priority,
        payer_address=order["payer_address"],
        payee_address=order["payee_address"],
        amount_micro=amount_micro,
        fee_micro=fee.fee_micro,
        net_micro=fee.net_micro,
        fee_schedule=terms.schedule,
        reference_id=order.get("reference_id"),
        description=order.get("description", ""),
        pay_currency=Asset.TRX if is_swap else Asset.USDT,
        pay_units=_pay_units(amount_micro, terms) if is_swap else amount_micro,
        rate=terms.rate if is_swap else None,
        expires_at=expires,
        from_block=terms.from_block,
        body_hash=body_hash,
        request_id=request_id,
        created_at=terms.now,
        updated_at=terms.now,
    )


def _pay_units(amount_micro: int, terms: Terms) -> int:
    if terms.rate is None:
        return 0
    refuse_too_deep(amount_micro, terms.rate, drafted_micro=terms.swapped_micro)
    terms.swapped_micro += amount_micro
    return pay_sun_of(amount_micro, terms.rate)


def _expires_at(terms: Terms) -> datetime:
    return terms.now + timedelta(minutes=settings.PAYMENT_EXPIRY_MINUTES)


def needs_address(payment: Payment) -> bool:
    """Return whether it is paid at an address of its own."""
    return payment.method in DEPOSITED


def own_addresses(orders: list[Order]) -> frozenset[str]:
    """Return those addresses of orders that are deposit addresses of ours."""
    named = {order[name] for order in orders for name in ("payer_address", "payee_address")}
    rows = DepositAddress.objects.filter(address__in=named)
    return frozenset(rows.values_list("address", flat=True))


def refuse_own(order: Order, own: frozenset[str]) -> None:
    """Raise ``ValidationFailed`` for a payer or payee at one of our own deposit addresses."""
    found = {name: [OURS] for name in ("payer_address", "payee_address") if order[name] in own}
    if found:
        raise ValidationFailed(found)
