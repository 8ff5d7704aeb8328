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
from gateway.policy.rates import pay_sun_of, rate_now, refuse_too_deep
from gateway.rates.source import NoRate
from lucidpay.errors import ValidationFailed
from lucidpay.ids import new_id
from payouts.models import Router, RouterType
from tron.cursor import cursor_here
from wallets.kinds import Asset
from wallets.models_deposit import DepositAddress

Order = dict[str, Any]
SELF = "The payer and the payee are the same address."
TOO_SMALL = "The fee leaves nothing of so small an amount."
OURS = "This is a deposit address of this gateway."
PAYS = "This is the wallet that pays payees. Name another one."


@dataclass
class Terms:
    """What holds for all payments of one moment, and how much of them is swapped so far."""

    schedule: FeeSchedule
    rate: Rate | NoRate | None  # where one of them is a swap: the rate, or why there is none
    from_block: int
    now: datetime
    swapped_micro: int = 0

    @property
    def swap_rate(self) -> Rate:
        """Return the rate of swaps. Raises ``NoRate``."""
        if isinstance(self.rate, Rate):
            return self.rate
        raise self.rate or NoRate


def rate_asked(orders: list[Order], *, now: datetime) -> Rate | NoRate | None:
    """Return the rate that one of these orders needs, or why there is none: an answer as well.

    May ask a node: never call it in a transaction.
    """
    if not any(one.get("payment_method") == Method.SWAP for one in orders):
        return None
    try:
        return rate_now(now=now)
    except NoRate as error:
        return error


def terms_of(schedule: FeeSchedule, rate: Rate | NoRate | None, *, now: datetime) -> Terms:
    """Return the terms of this moment."""
    cursor = cursor_here()
    return Terms(schedule, rate, max(cursor.head_number, cursor.number) if cursor else 0, now)


def draft_of(
    caller: Caller, order: Order, terms: Terms, *, body_hash: str, request_id: str
) -> Payment:
    """Return the payment of a validated order: not stored, and without its deposit address yet.

    Raises ``ValidationFailed`` for a payment to oneself, or of less than its fee, and ``NoRate``.
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
        rate=terms.swap_rate if is_swap else None,
        expires_at=expires,
        from_block=terms.from_block,
        body_hash=body_hash,
        request_id=request_id,
        created_at=terms.now,
        updated_at=terms.now,
    )


def _pay_units(amount_micro: int, terms: Terms) -> int:
    refuse_too_deep(amount_micro, terms.swap_rate, drafted_micro=terms.swapped_micro)
    terms.swapped_micro += amount_micro
    return pay_sun_of(amount_micro, terms.swap_rate)


def _expires_at(terms: Terms) -> datetime:
    return terms.now + timedelta(minutes=settings.PAYMENT_EXPIRY_MINUTES)


def needs_address(payment: Payment) -> bool:
    """Return whether it is paid at an address of its own."""
    return payment.method in DEPOSITED


@dataclass(frozen=True)
class Own:
    """Which addresses of some orders are ours."""

    deposits: frozenset[str]
    paying: str  # of the wallet that pays payees


def own_addresses(orders: list[Order]) -> Own:
    """Return those addresses of orders that are ours."""
    named = {order[name] for order in orders for name in ("payer_address", "payee_address")}
    rows = DepositAddress.objects.filter(address__in=named)
    router = Router.objects.filter(pk=RouterType.GATEWAY).values_list("wallet__address", flat=True)
    return Own(frozenset(rows.values_list("address", flat=True)), str(router.first() or ""))


def refuse_own(order: Order, own: Own) -> None:
    """Raise ``ValidationFailed`` for a payer or payee at a deposit address of ours, and for a payee
    who would pay himself.
    """
    places = ("payer_address", "payee_address")
    found = {name: [OURS] for name in places if order[name] in own.deposits}
    if order["payee_address"] == own.paying:
        found["payee_address"] = [PAYS]
    if found:
        raise ValidationFailed(found)
