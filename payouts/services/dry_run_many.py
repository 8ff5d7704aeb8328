"""What would become of a batch, without making it. Nothing is stored and nothing reserved.

The functions that decide on creation decide here, in the same order. One row that is refused
refuses the batch, and the others are still told as they would be without it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings

from access.caller import Caller
from lucidpay.errors import LucidError
from payouts.models import BatchType, Payout, Review
from payouts.models_batch import Batch
from payouts.policy.approval import needed_for, tiers_now
from payouts.policy.limits import claim_for
from payouts.policy.refusals import LimitExceeded
from payouts.policy.review import review_of
from payouts.policy.router import InvalidRouter, kyc_valid, router_for
from payouts.queries import available_micro
from payouts.releases import due_at
from payouts.services.draft import Order, payout_of
from payouts.services.dry_run import (
    ACCEPTED,
    REFUSED,
    REPEATED,
    REVIEW,
    RULES,
    DryRun,
    Forecast,
    forecasts_by,
)
from payouts.services.request import (
    InsufficientBalance,
    ReferenceTaken,
    paying_wallet,
)
from payouts.services.request_many import (
    earlier_of,
    funds_verdicts,
    orders_of,
    refuse_too_much,
    repeat_of,
)
from wallets.models import Wallet

# A hundred recipients are asked about; a public node takes some of these at a time.
NODE_TIMEOUT_S = 15.0
BATCH = "batch"  # the rule of the limit of one batch


@dataclass
class WalletAfter:
    """What would be left in one of the paying wallets."""

    wallet: Wallet
    payouts: int = 0
    amount_micro: int = 0
    usdt_after_micro: int = 0
    trx_after_sun: int | None = None
    is_priced: bool = True  # all rows so far


@dataclass(frozen=True)
class BatchDryRun:
    """What would become of one request for a batch; its rows in order."""

    verdict: str
    rows: list[DryRun]
    rule: str = ""
    error: LucidError | None = None
    batch: Batch | None = None  # the one that an earlier request has made
    wallets: list[WalletAfter] = field(default_factory=list)


def batch_dry_run(*, caller: Caller, order: Order, body_hash: str, now: datetime) -> BatchDryRun:
    """Return what ``batch_request`` would answer to this order now. Raises nothing for it."""
    orders = orders_of(order)
    earlier = earlier_of(caller, orders)
    error: LucidError | None = None
    try:
        if earlier:
            made = repeat_of(caller, orders, earlier, body_hash, has_key=False)
            same = [DryRun(REPEATED, "reference", payout=one) for one in made.payouts]
            return BatchDryRun(REPEATED, _priceless(same), "reference", batch=made.batch)
        refuse_too_much(sum(one["amount_usdt"] for one in orders), settings.BATCH_AMOUNT_MAX_USDT)
    except (ReferenceTaken, LimitExceeded) as refusal:
        error = refusal
    is_too_much = isinstance(error, LimitExceeded)
    rows = _drafted(caller, orders, earlier, now)
    drafts = [row.payout for row in rows if row.payout and row.verdict != REFUSED]
    error = error or _first_of(rows) or _refusal(drafts, now)
    review_of(drafts, key_id=caller.api_key_id, now=now)
    forecasts = forecasts_by(drafts, timeout_s=NODE_TIMEOUT_S)
    rows, wallets = _told(rows, forecasts, now)
    if error is not None:
        rule = BATCH if is_too_much else RULES[type(error)]
        return BatchDryRun(REFUSED, rows, rule, error, wallets=wallets)
    needs_review = any(row.verdict == REVIEW for row in rows)
    verdict, rule = (REVIEW, "review") if needs_review else (ACCEPTED, "")
    return BatchDryRun(verdict, rows, rule, wallets=wallets)


def _priceless(rows: list[DryRun]) -> list[DryRun]:
    return [replace(row, forecast=Forecast()) for row in rows]


def _drafted(
    caller: Caller, orders: list[Order], earlier: list[Payout], now: datetime
) -> list[DryRun]:
    """Return each row with its payout as it would be stored, or why it would not be."""
    taken = {payout.reference_id: payout for payout in earlier}
    has_kyc = kyc_valid([order["recipient_address"] for order in orders], now=now)
    due = due_at(orders[0].get("batch_type", BatchType.HOURLY), now)
    rows, wallets = [], dict[str, Wallet]()
    for order in orders:
        known = taken.get(order.get("reference_id") or "")
        if known is not None:
            facts = {"payout_id": known.public_id, "status": known.status}
            rows.append(DryRun(REFUSED, "reference", ReferenceTaken(facts), known))
            continue
        try:
            router = router_for(
                order.get("router_type"), has_kyc=order["recipient_address"] in has_kyc
            )
            wallet = wallets.get(router) or wallets.setdefault(router, paying_wallet(router))
        except (InvalidRouter, InsufficientBalance) as error:
            rows.append(DryRun(REFUSED, RULES[type(error)], error))
            continue
        rows.append(DryRun(ACCEPTED, payout=payout_of(caller, order, router, wallet, due, now)))
    return rows


def _first_of(rows: list[DryRun]) -> LucidError | None:
    return next((row.error for row in rows if row.error is not None), None)


def _refusal(drafts: list[Payout], now: datetime) -> LucidError | None:
    try:
        claim_for(drafts, now=now).refuse()
        funds_verdicts(drafts, drafts[0].batch_type, now)
    except LucidError as error:
        return error
    return None


def _told(
    rows: list[DryRun], forecasts: dict[UUID, Forecast], now: datetime
) -> tuple[list[DryRun], list[WalletAfter]]:
    """Return the rows with review, price and what each leaves, and the wallets after all."""
    tiers = tiers_now()
    after: dict[UUID, WalletAfter] = {}
    told = []
    for row in rows:
        payout = row.payout
        if payout is None or row.verdict == REFUSED:
            told.append(row)
            continue
        if payout.wallet_id not in after:
            available = available_micro(payout.wallet, now=now)
            after[payout.wallet_id] = WalletAfter(payout.wallet, usdt_after_micro=available)
        forecast, wallet = forecasts[payout.pk], after[payout.wallet_id]
        _pay(wallet, payout, forecast)
        is_held = payout.review == Review.REQUIRED
        told.append(
            replace(
                row,
                verdict=REVIEW if is_held else ACCEPTED,
                rule="review" if is_held else "",
                approvals_needed=needed_for(payout.amount_micro, tiers) if is_held else 0,
                usdt_after_micro=wallet.usdt_after_micro,
                forecast=forecast,
            )
        )
    return told, list(after.values())


def _pay(wallet: WalletAfter, payout: Payout, forecast: Forecast) -> None:
    wallet.payouts += 1
    wallet.amount_micro += payout.amount_micro
    wallet.usdt_after_micro -= payout.amount_micro
    wallet.is_priced = wallet.is_priced and forecast.fee_sun is not None
    # What an unpriced one burns is not taken off for those after it.
    wallet.trx_after_sun = forecast.trx_after_sun if wallet.is_priced else None
