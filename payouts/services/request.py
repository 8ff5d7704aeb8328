"""Asking for a payout. No node is asked; one transaction writes all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from access.caller import Caller
from lucidpay.errors import INSUFFICIENT_BALANCE, Conflict, LucidError
from lucidpay.ids import new_id
from lucidpay.money import tokens_of
from payouts.models import BatchType, Payout, Priority, Router
from payouts.policy.limits import Claim, claim_for, store_within_limits
from payouts.policy.review import review_of
from payouts.policy.router import InvalidRouter as InvalidRouter
from payouts.policy.router import kyc_valid, router_for
from payouts.queries import available_micro
from payouts.releases import due_at
from payouts.story import begin
from wallets.models import Wallet, WalletStatus


class InsufficientBalance(LucidError):
    """Insufficient balance"""

    code = INSUFFICIENT_BALANCE
    status_code = 500


class ReferenceTaken(Conflict):
    """This reference_id belongs to another payout of yours. Use a new one for a new payout."""


@dataclass(frozen=True)
class Requested:
    """A payout, and whether an earlier request had made it."""

    payout: Payout
    repeated: bool


def payout_request(
    *,
    caller: Caller,
    order: dict[str, Any],
    body_hash: str,
    request_id: str,
    now: datetime,
    has_key: bool,
) -> Requested:
    """Store a pending payout with its event and its announcement.

    ``order`` is a validated body (``PayoutCreateIn``). Without an Idempotency-Key (``has_key``)
    the ``reference_id`` acts as one. Raises ``ReferenceTaken``, ``InvalidRouter``,
    ``BreakerOpen``, ``LimitExceeded`` or ``InsufficientBalance``; nothing is stored then.
    """
    earlier = earlier_payout(caller, order.get("reference_id"))
    if earlier is not None:
        return _repeat(earlier, body_hash, has_key=has_key)
    draft = payout_draft(caller, order, now=now)
    draft.claim.refuse()
    payout = draft.payout
    funds = funds_verdict(payout.wallet, payout.amount_micro, batch_type=payout.batch_type, now=now)
    payout.body_hash, payout.request_id = body_hash, request_id
    reviewed = review_of([payout], key_id=caller.api_key_id, now=now)[payout.pk]
    details = {"checks": checks_of(payout, funds), **reviewed}
    try:
        store_within_limits(
            draft.claim, lambda: begin(payout, by=f"user {caller.user_id}", details=details)
        )
    except IntegrityError:
        # Another request with this reference was faster by a moment; the constraint decided.
        earlier = earlier_payout(caller, order.get("reference_id"))
        if earlier is None:
            raise
        return _repeat(earlier, body_hash, has_key=has_key)
    return Requested(payout, repeated=False)


@dataclass(frozen=True)
class Draft:
    """A payout as it would be stored, and what it asks of the limits."""

    payout: Payout
    claim: Claim


def payout_draft(caller: Caller, order: dict[str, Any], *, now: datetime) -> Draft:
    """Return a validated order as a payout, its router chosen. Nothing is stored or reserved.

    Raises ``InvalidRouter``, or ``InsufficientBalance`` when no wallet is ready.
    """
    has_kyc = bool(kyc_valid([order["recipient_address"]], now=now))
    router_type = router_for(order.get("router_type"), has_kyc=has_kyc)
    due = due_at(order.get("batch_type", BatchType.IMMEDIATE), now)
    payout = payout_of(caller, order, router_type, paying_wallet(router_type), due, now)
    return Draft(payout, claim_for([payout], now=now))


def earlier_payout(caller: Caller, reference_id: str | None) -> Payout | None:
    """Return the caller's payout of this reference, when there is one."""
    if reference_id is None:
        return None
    mine = Payout.objects.select_related("transaction").filter(owner_id=caller.user_id)
    return mine.filter(reference_id=reference_id).first()


def _repeat(earlier: Payout, body_hash: str, *, has_key: bool) -> Requested:
    if has_key or earlier.body_hash != body_hash:
        raise ReferenceTaken({"payout_id": earlier.public_id, "status": earlier.status})
    return Requested(earlier, repeated=True)


def paying_wallet(router_type: str) -> Wallet:
    """Return the active wallet that pays for a router.

    Raises ``InsufficientBalance`` when no wallet is ready.
    """
    router = Router.objects.select_related("wallet").filter(pk=router_type).first()
    wallet = router.wallet if router else None
    if wallet is None or wallet.status != WalletStatus.ACTIVE:
        advice = "No wallet is ready to pay for this router; an operator must assign one."
        raise InsufficientBalance({"router_type": [advice]})
    return wallet


def funds_verdict(wallet: Wallet, amount_micro: int, *, batch_type: str, now: datetime) -> str:
    """Return how the check of the wallet's funds came out, or raise ``InsufficientBalance``."""
    if batch_type != BatchType.IMMEDIATE:
        return "not asked: the money must be there when it is released"
    if available_micro(wallet, now=now) >= amount_micro:
        return "passed: available when asked for"
    if settings.UNDERFUNDED_PAYOUTS == "wait":
        return "short: it waits until there is enough"
    raise InsufficientBalance({"amount_usdt": ["More than the paying wallet has available."]})


def checks_of(payout: Payout, funds: str) -> dict[str, str]:
    """Return what a payout had to pass before it was accepted, and how each came out."""
    return {
        "recipient": "passed: a TRON address whose checksum is right",
        "amount": f"passed: {tokens_of(payout.amount_micro)} USDT is within the bounds",
        "router": f"passed: {payout.router_type}, paid from {payout.wallet.address}",
        "limits": f"passed: counted against the limits of {', '.join(payout.limit_kinds)}",
        "funds": funds,
        "review": f"{payout.get_review_display()}",
    }


def payout_of(
    caller: Caller,
    order: dict[str, Any],
    router_type: str,
    wallet: Wallet,
    due: datetime,
    now: datetime,
) -> Payout:
    """Return the payout of a validated order, not stored yet."""
    return Payout(
        id=new_id(now),  # lists by date go by the id's time
        owner_id=caller.user_id,
        api_key_id=caller.api_key_id,
        key_origin_id=caller.key_origin_id,
        recipient_address=order["recipient_address"],
        amount_micro=order["amount_usdt"],
        reason=order.get("reason", ""),
        reference_id=order.get("reference_id"),
        metadata=order.get("metadata"),
        custom_data=order.get("custom_data"),
        router_type=router_type,
        priority=Priority[order.get("priority", "NORMAL")],
        batch_type=order.get("batch_type", BatchType.IMMEDIATE),
        session_id=order.get("session_id", ""),
        node_id=order.get("node_id", ""),
        wallet=wallet,
        due_at=due,
        sign_after=due,
        created_at=now,
        updated_at=now,
    )
