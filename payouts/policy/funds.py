"""Whether a wallet has the money for what is asked of it, before anything is held.

Only advice: the hold that the signer takes is what decides. So what other payouts are promised is
counted at most once a second a process, and not for every request over all that wait.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from lucidpay.errors import INSUFFICIENT_BALANCE, LucidError
from payouts.models import BatchType
from wallets.models import Wallet

# Who pays for these routers, what is free in the wallet, and what due payouts are promised of it:
# NULL where that was counted a moment ago, and once for a wallet that pays for several.
PURSES = """
WITH paying AS (SELECT type, wallet_id FROM payouts_router WHERE type = ANY(%(routers)s::text[])),
purse AS MATERIALIZED (
  SELECT wallet.id, address, balance_units - held_units AS free,
         CASE WHEN wallet.id <> ALL(%(counted)s::uuid[]) THEN (
           SELECT coalesce(sum(amount_micro), 0) FROM payouts_payout
            WHERE wallet_id = wallet.id AND status = 'pending' AND due_at <= %(now)s::timestamptz
         ) END AS promised
    FROM wallets_wallet AS wallet
    JOIN wallets_account AS account
      ON wallet_id = wallet.id AND account.kind = 'wallet' AND asset = 'USDT'
   WHERE status = 'active' AND wallet.id IN (SELECT wallet_id FROM paying))
SELECT type, purse.* FROM paying JOIN purse ON purse.id = wallet_id
"""
KEPT_S = 1.0


class InsufficientBalance(LucidError):
    """Insufficient balance"""

    code = INSUFFICIENT_BALANCE
    status_code = 500


@dataclass(frozen=True)
class Purse:
    """A wallet that pays, and what it could still pay."""

    wallet: Wallet  # its id and address
    available_micro: int


@dataclass
class _Promises:
    micro: int
    until_s: float  # of this process's monotonic clock


_kept: dict[UUID, _Promises] = {}


def promises_kept() -> dict[UUID, int]:
    """Return what wallets are promised, where that was counted a moment ago."""
    now_s = time.monotonic()
    return {key: one.micro for key, one in list(_kept.items()) if one.until_s > now_s}


def promised(wallet_id: UUID, amount_micro: int) -> None:
    """Note that a payout which is due was stored here."""
    kept = _kept.get(wallet_id)
    if kept is not None:
        kept.micro += amount_micro


def purses_from(rows: list[list[Any]], counted: dict[UUID, int]) -> dict[str, Purse]:
    """Return who pays for each router, by the rows of ``PURSES``; keep what was counted anew."""
    found = {}
    for router, wallet, address, free, promised_micro in rows:
        key = UUID(wallet)
        if promised_micro is not None:
            _kept[key] = _Promises(promised_micro, time.monotonic() + KEPT_S)
        taken = counted.get(key, 0) if promised_micro is None else promised_micro
        found[router] = Purse(Wallet(id=key, address=address), free - taken)
    return found


def funds_said(available_micro: int, amount_micro: int, *, batch_type: str) -> str:
    """Return how the check of a wallet's funds came out, or raise ``InsufficientBalance``."""
    if batch_type != BatchType.IMMEDIATE:
        return "not asked: the money must be there when it is released"
    if available_micro >= amount_micro:
        return "passed: available when asked for"
    if settings.UNDERFUNDED_PAYOUTS == "wait":
        return "short: it waits until there is enough"
    raise InsufficientBalance({"amount_usdt": ["More than the paying wallet has available."]})


def no_wallet() -> InsufficientBalance:
    """Return the error of a router that no wallet pays for."""
    advice = "No wallet is ready to pay for this router; an operator must assign one."
    return InsufficientBalance({"router_type": [advice]})
