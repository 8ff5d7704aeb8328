"""What a transfer may cost: asked of the chain for each recipient, before anything is locked."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from payouts.models import Payout
from tron.errors import Refused
from tron.networks import network
from tron.node import Node, ask, open_node

CONCURRENCY = 16


@dataclass(frozen=True)
class Quote:
    """The fee limit of one payout, or why it cannot be sent now."""

    fee_limit_sun: int = 0
    refusal: str = ""


def quotes_of(payouts: list[Payout], *, sender: str) -> dict[UUID, Quote]:
    """Return a quote for each payout. Raises ``NodeError`` when the node cannot be asked.

    The energy is measured by running the very transfer without effect: a recipient who holds no
    USDT yet costs twice as much as one who does.
    """
    return ask(_quotes(payouts, sender))


async def _quotes(payouts: list[Payout], sender: str) -> dict[UUID, Quote]:
    slots = asyncio.Semaphore(CONCURRENCY)
    async with open_node() as node:
        price_sun = await node.energy_price_sun()
        found = await asyncio.gather(
            *(_quote(node, slots, one, sender, price_sun) for one in payouts)
        )
    return {payout.pk: quote for payout, quote in zip(payouts, found, strict=True)}


async def _quote(
    node: Node, slots: asyncio.Semaphore, payout: Payout, sender: str, price_sun: int
) -> Quote:
    async with slots:
        try:
            energy = await node.transfer_energy(
                contract=network().usdt_contract,
                sender=sender,
                recipient=payout.recipient_address,
                amount=payout.amount_micro,
            )
        except Refused:
            return Quote(refusal="The USDT contract would refuse this transfer now.")
    return fee_limit(energy=energy, price_sun=price_sun)


def fee_limit(*, energy: int, price_sun: int) -> Quote:
    """Return the fee limit for this much energy: price and margin, within the policy's cap.

    It bounds staked energy too (java-tron ``VMActuator.getAccountEnergyLimitWithFixRatio``), so
    it is never lower for a wallet that has enough of its own.
    """
    with_margin = energy * (100 + settings.TRON_ENERGY_MARGIN_PERCENT) // 100
    limit_sun = with_margin * price_sun
    if limit_sun > settings.TRON_FEE_LIMIT_MAX_SUN:
        return Quote(refusal="The network fee would be above TRON_FEE_LIMIT_MAX_SUN.")
    return Quote(fee_limit_sun=limit_sun)
