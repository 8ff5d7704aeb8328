"""Payouts as they would be stored, and what is decided about them before they are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from access.caller import Caller
from lucidpay.ids import new_id
from lucidpay.money import tokens_of
from payouts.models import BatchType, Payout, Priority
from payouts.policy.facts import known_from
from payouts.policy.funds import Purse, funds_said, no_wallet
from payouts.policy.known import Known
from payouts.policy.limits import Claim, claim_of
from payouts.policy.review import review_of, review_whatever
from payouts.policy.router import router_for
from wallets.models import Wallet

Order = dict[str, Any]


@dataclass(frozen=True)
class Drafts:
    """Payouts of one caller and moment, what they ask of the limits, and who would pay them."""

    payouts: list[Payout]
    claim: Claim
    purses: dict[UUID, Purse]  # by wallet

    def funds(self) -> dict[UUID, str]:
        """Return how the check of each wallet's funds came out, or raise ``InsufficientBalance``.

        All that is asked of a wallet must be there.
        """
        batch_type = self.payouts[0].batch_type  # they come at one moment, or in one batch
        return {
            wallet: funds_said(self.purses[wallet].available_micro, micro, batch_type=batch_type)
            for wallet, micro in self._asked().items()
        }

    def fit(self) -> bool:
        """Return whether each wallet has all that is asked of it."""
        asked = self._asked()
        return all(micro <= self.purses[pk].available_micro for pk, micro in asked.items())

    def _asked(self) -> dict[UUID, int]:
        asked: Counter[UUID] = Counter()
        for payout in self.payouts:
            asked[payout.wallet_id] += payout.amount_micro
        return asked


def drafts_of(
    caller: Caller, orders: Iterable[Order], known: Known, *, due: datetime, now: datetime
) -> Drafts:
    """Return validated orders as payouts, their routers chosen. Nothing is stored or reserved.

    ``due``: when they are released. Raises ``InvalidRouter``, or ``InsufficientBalance`` when no
    wallet is ready.
    """
    payouts, purses = [], {}
    for order in orders:
        recipient = order["recipient_address"]
        router_type = router_for(
            order.get("router_type"),
            has_kyc=recipient in known.with_kyc,
            is_trusted=None if known.trusted is None else recipient in known.trusted,
        )
        purse = known.purses.get(router_type)
        if purse is None:
            raise no_wallet()
        purses[purse.wallet.pk] = purse
        payouts.append(payout_of(caller, order, router_type, purse.wallet, due, now))
    return Drafts(payouts, claim_of(payouts, known.limits, now=now), purses)


def details_of(
    drafts: Drafts,
    known: Known,
    *,
    funds: str | None = None,
    hits: dict[str, str] | None = None,
) -> dict[UUID, dict[str, Any]]:
    """Return what the first event of each draft tells, or raise what refuses them.

    ``funds`` says why the wallets' money is not looked at, if it is not; ``hits`` why people must
    look at all of them, whatever the rules say. Raises ``BreakerOpen``, ``LimitExceeded`` or
    ``InsufficientBalance``.
    """
    drafts.claim.refuse()
    said = dict.fromkeys(drafts.purses, funds) if funds else drafts.funds()
    reviewed = reviewed_of(drafts, known)
    if hits:
        reviewed = review_whatever(drafts.payouts, reviewed, hits)
    return {
        payout.pk: {"checks": checks_of(payout, said[payout.wallet_id]), **reviewed[payout.pk]}
        for payout in drafts.payouts
    }


def reviewed_of(drafts: Drafts, known: Known) -> dict[UUID, dict[str, Any]]:
    """Decide whether people must agree to drafts, as ``review_of``; return what it tells."""
    now = drafts.payouts[0].created_at
    facts = known_from(known.review, drafts.payouts, now=now)
    return review_of(drafts.payouts, known=facts, now=now)


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
    order: Order,
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
