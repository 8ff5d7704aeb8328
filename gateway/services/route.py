"""A payment by route: a wallet kept here pays, as any payout does, with limits and KYC."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from access.caller import Caller
from access.scopes import USDT_TRANSFER
from gateway.errors import RouteForbidden
from gateway.models import Payment
from gateway.models_back import Leg
from lucidpay.errors import ValidationFailed
from payouts.models import Origin, Payout
from payouts.policy.limits import claim_for, store_within_limits
from payouts.policy.review import review_of
from payouts.policy.router import kyc_valid, router_for
from payouts.services.draft import checks_of, payout_of
from payouts.services.transfer import funds_of, refuse_unready
from payouts.story import begin
from wallets.models import Wallet

NOT_KEPT = "No wallet that can pay is kept here at this address."


def route_begin(
    caller: Caller, payment: Payment, write: Callable[[], None], *, now: datetime
) -> None:
    """Store a payment by route together with the payout that pays it.

    ``write`` stores the payment. Raises ``RouteForbidden`` for who may not spend from wallets,
    ``ValidationFailed`` where the payer is none of ours, and what a request for a payout raises.
    """
    if USDT_TRANSFER not in caller.scopes:
        raise RouteForbidden
    payment.payer_wallet = _payer(payment)
    payout = _payout(caller, payment, now)
    claim = claim_for([payout], now=now)
    claim.refuse()
    funds = funds_of(payout, now=now)
    reviewed = review_of([payout], key_id=caller.api_key_id, now=now)[payout.pk]
    details: dict[str, Any] = {
        "checks": checks_of(payout, funds), **reviewed, "payment_id": payment.public_id
    }  # fmt: skip

    def store() -> None:
        write()
        begin(payout, by=f"user {caller.user_id}", details=details)
        Leg.objects.create(payment=payment, payout=payout, created_at=now)

    payment.leg_micro = payment.net_micro
    store_within_limits(claim, store)


def _payer(payment: Payment) -> Wallet:
    wallet = Wallet.objects.filter(address=payment.payer_address).defer("sealed_key").first()
    if wallet is None:
        raise ValidationFailed({"payer_address": [NOT_KEPT]})
    refuse_unready(wallet)
    return wallet


def _payout(caller: Caller, payment: Payment, now: datetime) -> Payout:
    recipient = payment.payee_address
    router_type = router_for(None, has_kyc=recipient in kyc_valid([recipient], now=now))
    order = {
        "recipient_address": recipient,
        "amount_usdt": payment.net_micro,
        "reason": f"payment {payment.public_id}",
    }
    wallet = payment.payer_wallet or _payer(payment)
    payout = payout_of(caller, order, router_type, wallet, now, now)
    payout.origin, payout.priority = Origin.ROUTE, payment.priority
    payout.body_hash, payout.request_id = payment.body_hash, payment.request_id
    return payout
