"""Asking for a payout. No node is asked; one transaction writes all of it or nothing."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from access.caller import Caller
from access.idempotency import Answer, Key, KeyInUse, replayed
from lucidpay.api.json import dumps
from lucidpay.errors import Conflict, InvariantBroken
from lucidpay.ids import new_id
from lucidpay.money import tokens_of
from lucidpay.sql import constraint_of, undone_alone
from payouts.models import BatchType, Payout, Priority, Router
from payouts.policy.facts import known_from
from payouts.policy.funds import InsufficientBalance as InsufficientBalance
from payouts.policy.funds import funds_said, no_wallet, promised
from payouts.policy.known import Known, known_of
from payouts.policy.limits import EXCEEDED, ROUNDS_MAX, Claim, claim_of
from payouts.policy.refusals import exceeded, tightest
from payouts.policy.review import review_of
from payouts.policy.router import InvalidRouter as InvalidRouter
from payouts.policy.router import router_for
from payouts.queries import available_micro
from payouts.releases import due_at
from payouts.representation import payout_body
from payouts.store import store
from payouts.story import beginning
from wallets.models import Wallet, WalletStatus

# Its paths share it, so that a retry by another one cannot pay again.
ENDPOINT = "payouts.create"


class ReferenceTaken(Conflict):
    """This reference_id belongs to another payout of yours. Use a new one for a new payout."""


@dataclass(frozen=True)
class Draft:
    """A payout as it would be stored, and what it asks of the limits."""

    payout: Payout
    claim: Claim
    available_micro: int  # what its wallet could still pay


# What another request may have taken since the facts were read: they are read again then.
OVERTAKEN = {EXCEEDED, "idempotency_key_once_per_user", "payout_reference_once_per_owner"}


def payout_request(
    *,
    caller: Caller,
    order: dict[str, Any],
    body_hash: str,
    request_id: str,
    now: datetime,
    key: str | None,
) -> Answer:
    """Store a pending payout with its event, its announcement and the answer to its key.

    ``order`` is a validated body (``PayoutCreateIn``). Without an Idempotency-Key (``key``) the
    ``reference_id`` acts as one. The answer is 201, or that of an earlier request. Raises
    ``KeyInUse``, ``KeyReused``, ``ReferenceTaken``, ``InvalidRouter``, ``BreakerOpen``,
    ``LimitExceeded`` or ``InsufficientBalance``; nothing is stored then.

    Two statements: what is known, and what is stored (docs/adr/0007-a-payout-in-two-statements.md).
    """
    # Who waits for a schedule shares its row until the payout is stored (``releases.due_at``).
    is_scheduled = order.get("batch_type", BatchType.IMMEDIATE) != BatchType.IMMEDIATE
    with transaction.atomic() if is_scheduled else nullcontext():
        return _requested(caller, order, body_hash, request_id, now, key)


def _requested(
    caller: Caller,
    order: dict[str, Any],
    body_hash: str,
    request_id: str,
    now: datetime,
    key: str | None,
) -> Answer:
    under = None if key is None else Key(caller.user_id, ENDPOINT, key)
    exact = False
    for _ in range(ROUNDS_MAX):
        known = known_of(caller, order, under, exact=exact, now=now)
        if known.record is not None:
            return replayed(known.record, body_hash)
        if known.is_taken:
            return _repeat(caller, order["reference_id"], body_hash, has_key=key is not None)
        try:
            draft = draft_of(caller, order, known, now=now)
            details = _checked(draft, known)
        except InsufficientBalance:
            if exact:
                raise
            exact = True
            continue
        draft.payout.body_hash, draft.payout.request_id = body_hash, request_id
        try:
            return _stored(draft, details, under)
        except IntegrityError as error:
            if constraint_of(error) not in OVERTAKEN:
                raise
    raise exceeded(tightest(draft.claim.rooms))


def draft_of(caller: Caller, order: dict[str, Any], known: Known, *, now: datetime) -> Draft:
    """Return a validated order as a payout, its router chosen. Nothing is stored or reserved.

    Raises ``InvalidRouter``, or ``InsufficientBalance`` when no wallet is ready.
    """
    router_type = router_for(order.get("router_type"), has_kyc=known.has_kyc)
    purse = known.purses.get(router_type)
    if purse is None:
        raise no_wallet()
    due = due_at(order.get("batch_type", BatchType.IMMEDIATE), now)
    wallet = Wallet(id=purse.wallet_id, address=purse.address)
    payout = payout_of(caller, order, router_type, wallet, due, now)
    claim = claim_of([payout], known.limits, now=now)
    return Draft(payout, claim, purse.available_micro)


def _checked(draft: Draft, known: Known) -> dict[str, Any]:
    """Return what the first event of a draft tells, or raise what refuses it."""
    payout = draft.payout
    draft.claim.refuse()
    funds = funds_said(draft.available_micro, payout.amount_micro, batch_type=payout.batch_type)
    reviewed = reviewed_of(payout, known)
    return {"checks": checks_of(payout, funds), **reviewed}


def reviewed_of(payout: Payout, known: Known) -> dict[str, Any]:
    """Decide whether people must agree to a draft, as ``review_of``; return what it tells."""
    now = payout.created_at
    facts = known_from(known.review, [payout], now=now)
    return review_of([payout], known=facts, now=now)[payout.pk]


def _stored(draft: Draft, details: dict[str, Any], key: Key | None) -> Answer:
    """Store a draft and return its answer. Raises ``KeyInUse``, or ``IntegrityError``."""
    payout = draft.payout
    begun = beginning([payout], by=f"user {payout.owner_id}", details={payout.pk: details})
    body = payout_body(payout)
    answer = (
        None
        if key is None
        else key.record(
            body_hash=payout.body_hash,
            status_code=201,
            response=dumps(body),
            at=payout.created_at,
        )
    )
    with undone_alone():
        if not store(begun, rooms=draft.claim.rooms, key=key, answer=answer):
            raise KeyInUse
    if payout.due_at <= payout.created_at:
        promised(payout.wallet_id, payout.amount_micro)
    return Answer(201, body)


def earlier_payout(caller: Caller, reference_id: str | None) -> Payout | None:
    """Return the caller's payout of this reference, when there is one."""
    if reference_id is None:
        return None
    mine = Payout.objects.select_related("transaction").filter(owner_id=caller.user_id)
    return mine.filter(reference_id=reference_id).first()


def _repeat(caller: Caller, reference_id: str, body_hash: str, *, has_key: bool) -> Answer:
    """Return the payout that the same body has made, or raise ``ReferenceTaken``."""
    earlier = earlier_payout(caller, reference_id)
    if earlier is None:
        raise InvariantBroken(f"the payout of reference {reference_id} is gone")
    if has_key or earlier.body_hash != body_hash:
        raise ReferenceTaken({"payout_id": earlier.public_id, "status": earlier.status})
    return Answer(200, payout_body(earlier), replayed=True)


def paying_wallet(router_type: str) -> Wallet:
    """Return the active wallet that pays for a router.

    Raises ``InsufficientBalance`` when no wallet is ready.
    """
    router = Router.objects.select_related("wallet").filter(pk=router_type).first()
    wallet = router.wallet if router else None
    if wallet is None or wallet.status != WalletStatus.ACTIVE:
        raise no_wallet()
    return wallet


def funds_verdict(wallet: Wallet, amount_micro: int, *, batch_type: str, now: datetime) -> str:
    """Return how the check of the wallet's funds came out, or raise ``InsufficientBalance``."""
    is_asked = batch_type == BatchType.IMMEDIATE
    available = available_micro(wallet, now=now) if is_asked else 0
    return funds_said(available, amount_micro, batch_type=batch_type)


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
