"""What would become of a request, without making it. Nothing is stored and nothing reserved.

The same functions decide as on creation. Beyond them a node is asked what the transfer would
cost; a dry run that gets no answer says so, and is as right about the rest.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from access.caller import Caller
from lucidpay.errors import LucidError
from payouts.models import BatchType, Payout, Review, RouterType
from payouts.policy.approval import approvals_needed
from payouts.policy.known import known_of
from payouts.policy.refusals import BreakerOpen, LimitExceeded
from payouts.policy.router import InvalidRouter
from payouts.purse import purse_of, under_way
from payouts.releases import due_at
from payouts.services.draft import drafts_of, reviewed_of
from payouts.services.price import Offer, Quote, offer_for
from payouts.services.request import (
    InsufficientBalance,
    ReferenceTaken,
    earlier_payout,
)
from payouts.services.wait import NO_CHAIN, RECIPIENT_BLACKLISTED
from tron.errors import NodeError
from wallets import ledger
from wallets.models import Asset

log = structlog.get_logger(__name__)

# A caller waits for it; what is told after that is told as unknown.
NODE_TIMEOUT_S = 5.0
ACCEPTED, REVIEW, REFUSED, REPEATED = "accepted", "review", "refused", "repeated"
RULES: dict[type[LucidError], str] = {
    BreakerOpen: "breaker",
    LimitExceeded: "limits",
    InvalidRouter: "router",
    InsufficientBalance: "funds",
    ReferenceTaken: "reference",
}
NOT_PRICED = "It would be refused before it had a price."


@dataclass(frozen=True)
class Forecast:
    """What the chain would take for a payout; ``None`` is not known, and ``unknown`` says why."""

    energy: int | None = None
    fee_sun: int | None = None  # burned, with the stake that the wallet has now
    unstaked_sun: int | None = None  # what would be burned with none
    trx_after_sun: int | None = None
    is_blacklisted: bool | None = None
    unknown: str = ""


@dataclass(frozen=True)
class DryRun:
    """What would become of one request."""

    verdict: str
    rule: str = ""  # what decided against it, or for a review
    error: LucidError | None = None
    payout: Payout | None = None  # as it would be stored, or the one of an earlier request
    approvals_needed: int = 0
    usdt_after_micro: int | None = None
    forecast: Forecast = Forecast(unknown=NOT_PRICED)


def payout_dry_run(
    *, caller: Caller, order: dict[str, Any], body_hash: str, now: datetime
) -> DryRun:
    """Return what ``payout_request`` would answer to this order now. Raises nothing for it."""
    is_direct = order.get("router_type") == RouterType.DIRECT
    known = known_of(caller, [order], [], exact=True, now=now, is_direct=is_direct)
    if known.is_taken and (earlier := earlier_payout(caller, order["reference_id"])):
        return _repeated(earlier, body_hash)
    try:
        due = due_at(order.get("batch_type", BatchType.IMMEDIATE), now)
        drafts = drafts_of(caller, [order], known, due=due, now=now)
    except LucidError as error:
        return DryRun(REFUSED, RULES[type(error)], error)
    [payout], refusal = drafts.payouts, None
    try:
        drafts.claim.refuse()
        drafts.funds()
    except LucidError as error:
        refusal = error
    reviewed_of(drafts, known)
    is_required = payout.review == Review.REQUIRED
    needed = approvals_needed(payout.amount_micro) if is_required else 0
    verdict = REFUSED if refusal else REVIEW if needed else ACCEPTED
    rule = RULES[type(refusal)] if refusal else "review" if needed else ""
    return DryRun(
        verdict=verdict,
        rule=rule,
        error=refusal,
        payout=payout,
        approvals_needed=needed,
        usdt_after_micro=drafts.purses[payout.wallet_id].available_micro - payout.amount_micro,
        forecast=forecasts_of([payout])[0],
    )


def _repeated(earlier: Payout, body_hash: str) -> DryRun:
    if earlier.body_hash == body_hash:
        return DryRun(REPEATED, "reference", payout=earlier, forecast=Forecast())
    facts = {"payout_id": earlier.public_id, "status": earlier.status}
    return DryRun(REFUSED, "reference", ReferenceTaken(facts), earlier)


def forecasts_by(payouts: list[Payout], *, timeout_s: float) -> dict[UUID, Forecast]:
    """Return a forecast by key of payouts of any wallets; as ``forecasts_of``, wallet by wallet."""
    of_wallet: dict[UUID, list[Payout]] = defaultdict(list)
    for payout in payouts:
        of_wallet[payout.wallet_id].append(payout)
    found: dict[UUID, Forecast] = {}
    for mine in of_wallet.values():
        forecasts = forecasts_of(mine, timeout_s=timeout_s)
        found |= {one.pk: forecast for one, forecast in zip(mine, forecasts, strict=True)}
    return {payout.pk: found[payout.pk] for payout in payouts}


def forecasts_of(payouts: list[Payout], *, timeout_s: float | None = None) -> list[Forecast]:
    """Return a forecast of each of these payouts of one wallet, as if paid one after the other.

    Asks nodes, for ``timeout_s`` (``NODE_TIMEOUT_S``) at most; never within a transaction of the
    database.
    """
    wallet = payouts[0].wallet
    patience_s = NODE_TIMEOUT_S if timeout_s is None else timeout_s
    try:
        offer = offer_for(payouts, sender=str(wallet.address), timeout_s=patience_s)
    except NodeError as error:
        log.warning("dry_run_not_priced", error=str(error), code=error.code)
        return [Forecast(unknown=NO_CHAIN)] * len(payouts)
    return _forecasts(payouts, offer)


def _forecasts(payouts: list[Payout], offer: Offer) -> list[Forecast]:
    wallet = payouts[0].wallet
    usdt = ledger.wallet_account(wallet, Asset.USDT)
    trx = ledger.wallet_account(wallet, Asset.TRX)
    purse = purse_of(usdt, trx, offer.stake, under_way(wallet, offer.prices))
    found = []
    for payout in payouts:
        quote = offer.quotes[payout.pk]
        if quote.refusal:
            found.append(_unpriced(quote))
            continue
        energy_sun = quote.energy * offer.energy_price_sun
        fee_sun = purse.take(payout.amount_micro, energy_sun)
        unstaked_sun = energy_sun + offer.stake.bandwidth_sun
        found.append(
            Forecast(quote.energy, fee_sun, unstaked_sun, purse.trx_sun, is_blacklisted=False)
        )
    return found


def _unpriced(quote: Quote) -> Forecast:
    is_blacklisted = True if quote.refusal == RECIPIENT_BLACKLISTED else None
    return Forecast(energy=quote.energy or None, is_blacklisted=is_blacklisted,
                    unknown=quote.refusal)  # fmt: skip
