"""Rates of an exchange on chain: the ratio of what its pair holds.

One rate serves everybody for ``RATE_PAIR_VALID_S``; so does a refusal, within its process. The
spot price of a small pair can be moved by one trade: below ``RATE_PAIR_LIQUIDITY_MIN_USDT`` there
is no rate.
"""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from gateway.models_fees import Rate
from gateway.rates.pair import MS, Pool, UnfitPair, forget_pairs, pool_of
from gateway.rates.source import RATE_MAX_MICRO, RATE_MIN_MICRO, NoRate, RateNotRead
from lucidpay.money import UNITS_PER_TOKEN
from tron.reads import TURN_TIMEOUT_S, ChainAway, chain_read

log = structlog.get_logger(__name__)

BY = "the exchange on chain"
# After a node failed, so that those who wait behind do not each wait for the next failure.
PAUSE_S = 3

_asking = threading.Lock()
_refused: dict[str, tuple[float, NoRate]] = {}  # by pair: until when (monotonic), and how


class PairRates:
    """The rate of one pair."""

    def __init__(self, pair: str) -> None:
        self._pair = pair

    def rate(self, *, now: datetime) -> Rate:
        """Return a rate that holds, asking a node when none is kept; never in a transaction.

        Raises ``NoRate`` for a pair that gives none, ``RateNotRead`` when no node tells.
        """
        kept = self._kept(now)
        if kept is not None:
            return kept
        if not _asking.acquire(timeout=TURN_TIMEOUT_S):
            raise RateNotRead
        try:
            return self._kept(now) or self._asked(now)  # somebody may have asked meanwhile
        finally:
            _asking.release()

    def _kept(self, now: datetime) -> Rate | None:
        rows = Rate.objects.filter(source=Rate.Source.ONCHAIN, expires_at__gt=now)
        return rows.filter(details__pair=self._pair).order_by("-at", "-pk").first()

    def _asked(self, now: datetime) -> Rate:
        until, known = _refused.get(self._pair, (0.0, None))
        if known is not None and time.monotonic() < until:
            raise type(known)(known.details)
        try:
            return self._stored(self._pool(now), now)
        except NoRate as error:
            pause_s = PAUSE_S if isinstance(error, RateNotRead) else settings.RATE_PAIR_VALID_S
            _refused[self._pair] = time.monotonic() + pause_s, error
            raise

    def _pool(self, now: datetime) -> Pool:
        now_ms, age_max_s = int(now.timestamp() * MS), settings.TRON_HEAD_AGE_MAX_S
        try:
            return chain_read(
                lambda node: pool_of(node, self._pair, now_ms=now_ms, age_max_s=age_max_s)
            )
        except ChainAway as error:
            raise RateNotRead from error
        except UnfitPair as error:
            log.error("rate_pair_unfit", pair=self._pair, error=str(error))
            raise NoRate({"status": "pair_unfit"}) from error

    def _stored(self, pool: Pool, now: datetime) -> Rate:
        return Rate.objects.create(
            micro_per_trx=price_of(pool),
            source=Rate.Source.ONCHAIN,
            by=BY,
            details=_told(pool) | {"pair": self._pair},
            at=now,
            expires_at=now + timedelta(seconds=settings.RATE_PAIR_VALID_S),
        )


def price_of(pool: Pool) -> int:
    """Return micro-USDT a TRX, rounded down: in doubt the payer pays a sun more.

    Raises ``NoRate`` for a pair that holds too little, or a ratio that cannot be.
    """
    if pool.usdt_micro < settings.RATE_PAIR_LIQUIDITY_MIN_USDT * UNITS_PER_TOKEN:
        raise _unusable(pool, "too_little_liquidity")
    if pool.sun <= 0:
        raise _unusable(pool, "rate_out_of_range")
    micro = pool.usdt_micro * UNITS_PER_TOKEN // pool.sun
    if not RATE_MIN_MICRO <= micro <= RATE_MAX_MICRO:
        raise _unusable(pool, "rate_out_of_range")
    return micro


def _unusable(pool: Pool, status: str) -> NoRate:
    log.error("rate_pair_unusable", status=status, **_told(pool))
    return NoRate({"status": status})


def _told(pool: Pool) -> dict[str, Any]:
    return {
        "sun": pool.sun,
        "usdt_micro": pool.usdt_micro,
        "block_number": pool.block.number,
        "block_id": pool.block.block_id,
    }


def forget_rates() -> None:
    """Forget what this process keeps of pairs, as if it had just started. For tests."""
    _refused.clear()
    forget_pairs()
