"""What the chain would take for a payout file, as far as it is asked."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import structlog

from lucidpay.money import tokens_of
from payouts.models import Payout
from payouts.services.dry_run import Forecast, forecasts_by
from payouts.services.price import CONCURRENCY
from tron.errors import NodeError
from tron.networks import network
from tron.node import ask
from tron.nodes import open_nodes

log = structlog.get_logger(__name__)

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Prices:
    """What the first rows of a file would cost now. Energy in units, all else in sun."""

    asked: int = 0  # rows
    priced: int = 0
    energy: int = 0
    fee_sun: int = 0  # burned, with the stake there is now
    unstaked_sun: int = 0  # what would be burned with none
    blacklisted: int = 0
    unknown: dict[str, int] = field(default_factory=dict)  # rows by why they have no price


def prices_of(drafts: list[Payout]) -> Prices:
    """Return what these rows cost with today's stake, and without.

    Asks nodes, for ``TIMEOUT_S`` and wallet at most; never within a transaction.
    """
    found = list(forecasts_by(drafts, timeout_s=TIMEOUT_S).values())
    priced = [one for one in found if one.fee_sun is not None]
    return Prices(
        asked=len(found),
        priced=len(priced),
        energy=sum(one.energy or 0 for one in priced),
        fee_sun=sum(one.fee_sun or 0 for one in priced),
        unstaked_sun=sum(one.unstaked_sun or 0 for one in priced),
        blacklisted=sum(one.is_blacklisted is True for one in found),
        unknown=dict(Counter(_unknown(found))),
    )


def prices_told(drafts: list[Payout], *, rows: int) -> list[str]:
    """Return, in sentences, what these rows, the first of ``rows``, cost; as ``prices_of``."""
    prices = prices_of(drafts)
    told = [_costs(prices, rows)] if prices.priced else []
    if prices.blacklisted:
        told.append(f"{prices.blacklisted} rows go to addresses that the token has blacklisted.")
    return told + [
        f"{count} rows have no price: {reason}" for reason, count in prices.unknown.items()
    ]


def new_holders_among(drafts: list[Payout]) -> int | None:
    """Return how many recipients of these hold no USDT yet: a transfer to them costs about twice.

    ``None`` when no node tells. Asks nodes, for ``TIMEOUT_S`` at most.
    """
    addresses = sorted({payout.recipient_address for payout in drafts})
    try:
        return sum(ask(_hold_nothing(addresses)))
    except (NodeError, TimeoutError) as error:
        log.warning("holders_not_known", error=str(error))
        return None


async def _hold_nothing(addresses: list[str]) -> list[bool]:
    contract, slots = network().usdt_contract, asyncio.Semaphore(CONCURRENCY)
    async with asyncio.timeout(TIMEOUT_S), open_nodes() as nodes:

        async def holds_nothing(address: str) -> bool:
            async with slots:
                return not await nodes.read(
                    lambda node: node.token_balance(contract, address, side="wallet")
                )

        # When none answers at all, that is found out once and not once for each recipient.
        await nodes.read(lambda node: node.head())
        return await asyncio.gather(*map(holds_nothing, addresses))


def _unknown(found: list[Forecast]) -> list[str]:
    return [one.unknown for one in found if one.fee_sun is None and not one.is_blacklisted]


def _costs(prices: Prices, rows: int) -> str:
    return (
        f"Of {rows} rows {prices.priced} are priced: they use {prices.energy} energy and burn "
        f"{tokens_of(prices.fee_sun)} TRX with the stake there is now."
    )
