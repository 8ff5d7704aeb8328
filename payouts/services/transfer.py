"""Sending USDT from a wallet that is named: a payout like any other, with a limit of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.caller import Caller
from access.idempotency import Answer, run_once
from lucidpay.errors import ValidationFailed
from payouts.models import Origin, Payout, RouterType
from payouts.policy.limits import claim_for, store_within_limits
from payouts.policy.review import review_of
from payouts.representation import payout_body
from payouts.services.draft import checks_of, payout_of
from payouts.services.request import InsufficientBalance, funds_verdict
from payouts.story import begin
from wallets.models import SIGNED_BY_PEOPLE, Wallet, WalletKind, WalletStatus
from wallets.queries import wallet_of
from wallets.services.operate import WalletNotReady

# As those of all payouts, its keys are remembered for good.
ENDPOINT = "payouts.transfer"
PEOPLE_SIGN = "not asked: it waits until people have signed it"


@dataclass(frozen=True)
class Wanted:
    """One request for a transfer. ``memo`` is written into the transaction, for all to read."""

    caller: Caller
    wallet_id: str
    to_address: str
    amount_micro: int
    memo: str
    body_hash: str
    request_id: str
    now: datetime
    key: str | None  # its Idempotency-Key, if it has one


def usdt_transfer(wanted: Wanted) -> Answer:
    """Store a pending payout from the wallet with all that belongs to it; return the answer.

    The recipient need not be trusted. Raises ``KeyInUse``, ``KeyReused``, ``WalletNotFound``,
    ``WalletNotReady``, ``ValidationFailed``, ``BreakerOpen``, ``LimitExceeded`` or
    ``InsufficientBalance``; nothing is stored then.
    """
    return run_once(
        user_id=wanted.caller.user_id,
        endpoint=ENDPOINT,
        key=wanted.key,
        body_hash=wanted.body_hash,
        run=lambda: _transfer(wanted),
    )


def _transfer(wanted: Wanted) -> Answer:
    payout = _draft(wanted)
    claim = claim_for([payout], now=wanted.now)
    claim.refuse()
    try:
        funds = funds_of(payout, now=wanted.now)
    except InsufficientBalance as error:
        raise InsufficientBalance({"amount": error.details["amount_usdt"]}) from error
    reviewed = review_of([payout], key_id=wanted.caller.api_key_id, now=wanted.now)[payout.pk]
    details: dict[str, Any] = {"checks": checks_of(payout, funds), **reviewed}
    if payout.memo:
        details["memo"] = payout.memo
    by = f"user {wanted.caller.user_id}"
    store_within_limits(claim, lambda: begin(payout, by=by, details=details))
    return Answer(201, payout_body(payout))


def _draft(wanted: Wanted) -> Payout:
    order = {"recipient_address": wanted.to_address, "amount_usdt": wanted.amount_micro}
    wallet = wallet_of(wanted.wallet_id)
    refuse_unready(wallet)
    if wallet.address == wanted.to_address:
        raise ValidationFailed({"to_address": ["This is the address of the wallet itself."]})
    now = wanted.now
    payout = payout_of(wanted.caller, order, RouterType.DIRECT, wallet, now, now)
    payout.origin, payout.memo = Origin.TRANSFER, wanted.memo
    payout.body_hash, payout.request_id = wanted.body_hash, wanted.request_id
    return payout


def refuse_unready(wallet: Wallet) -> None:
    """Raise ``WalletNotReady`` when a wallet cannot pay: watched, archived, or not opened yet."""
    if wallet.kind == WalletKind.WATCH or wallet.status != WalletStatus.ACTIVE:
        raise WalletNotReady({"status": wallet.status, "kind": wallet.kind})


def funds_of(payout: Payout, *, now: datetime) -> str:
    """Return how the check of the wallet's funds came out, or raise ``InsufficientBalance``.

    People see for themselves what a wallet has when they sign for it, which may be days later.
    """
    if payout.wallet.kind in SIGNED_BY_PEOPLE:
        return PEOPLE_SIGN
    return funds_verdict(payout.wallet, payout.amount_micro, batch_type=payout.batch_type, now=now)
