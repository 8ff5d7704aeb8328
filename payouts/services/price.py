"""What a transfer may cost: asked of the chain for each recipient, before anything is locked."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from payouts.models import Payout
from payouts.services.wait import (
    CANNOT_SIGN,
    FEE_ABOVE_CHAIN,
    FEE_TOO_HIGH,
    NO_ANSWER,
    RECIPIENT_BLACKLISTED,
    SENDER_BLACKLISTED,
    USDT_DEPRECATED,
    USDT_PAUSED,
    USDT_TAKES_FEE,
    WOULD_REVERT,
)
from tron.errors import NodeError, OutcomeUnknown, Refused, WrongChain
from tron.models import TxStatus
from tron.networks import network
from tron.node import Node, ask
from tron.nodes import Nodes, open_nodes
from tron.resources import (
    Prices,
    Resources,
    Token,
    is_blacklisted,
    prices_of,
    resources_of,
    token_of,
)
from tron.transactions import SIGNATURE_BANDWIDTH, TRANSFER_BANDWIDTH
from wallets.fees import Stake, fee_limit_sun, stake_of

log = structlog.get_logger(__name__)

CONCURRENCY = 16
# What the screening was told is not asked again for so long: half as long as a signed transfer
# may wait for its block anyway.
SCREENING_FRESH = timedelta(seconds=60)
MEMO_OVERHEAD = 3  # its tag and the two bytes of its length
# After a receipt that failed, the estimate is given this much more room.
NEW_ATTEMPT_PERCENT = 150


@dataclass(frozen=True)
class Quote:
    """The fee limit of one payout, or why it cannot be sent now."""

    fee_limit_sun: int = 0
    energy: int = 0
    refusal: str = ""
    extra_sun: int = 0  # burned beside energy and a transfer's usual bytes: memo, signatures
    by_contract: bool = False  # it is the token that would refuse the transfer, or change it

    def facts(self) -> dict[str, Any]:
        """Return, for the payout's story, what was asked of the chain before it was signed."""
        return {
            "checks": {
                "token": "passed: not paused, not deprecated, takes no fee",
                "sender": "passed: not on the token's blacklist",
                "recipient": "passed: not on the token's blacklist",
                "transfer": f"passed: run without effect, it used {self.energy} energy",
            },
            "energy": self.energy,
            "fee_limit_sun": self.fee_limit_sun,
        }


@dataclass(frozen=True)
class Offer:
    """What the chain says about a chunk of payouts: a quote for each, and the wallet's stake."""

    quotes: dict[UUID, Quote]
    stake: Stake
    prices: Prices | None = None

    @property
    def energy_price_sun(self) -> int:
        """Return what one unit costs where none is staked."""
        return self.prices.energy_sun if self.prices else 0


def offer_for(
    payouts: list[Payout],
    *,
    sender: str,
    timeout_s: float | None = None,
    now: datetime | None = None,
    signatures: int = 1,
) -> Offer:
    """Return the offer for these payouts; each with its ``transaction`` loaded.

    With ``now``, nothing is asked again about those that were screened a moment before.
    ``signatures`` says how many each transaction will carry.

    Raises ``NodeError`` when the node cannot be asked, or not within ``timeout_s``. One payout
    about which it cannot be asked gets a refusal of its own and stops no other.

    The energy is measured by running the very transfer without effect: a recipient who holds no
    USDT yet costs twice as much as one who does.
    """
    fresh = {payout.pk for payout in payouts if now is not None and _is_fresh(payout, now)}
    offer = ask(_offer_in_time(payouts, fresh, sender, timeout_s))
    for payout in payouts:
        if offer.prices and (payout.memo or signatures > 1):
            extra = extra_sun(payout.memo, offer.prices, signatures)
            offer.quotes[payout.pk] = replace(offer.quotes[payout.pk], extra_sun=extra)
    return offer


def extra_sun(memo: str, prices: Prices, signatures: int) -> int:
    """Return what a transfer burns for its memo and for further signatures.

    One that is longer than the usual counts as if none of its bytes were paid from stake: which
    transfers the wallet's bandwidth covers is reckoned with the usual length.
    """
    memo_bytes = len(memo.encode())
    longer = memo_bytes + MEMO_OVERHEAD + SIGNATURE_BANDWIDTH * (signatures - 1)
    fees_sun = prices.memo_fee_sun if memo else 0
    fees_sun += prices.multi_sign_sun if signatures > 1 else 0
    return fees_sun + (TRANSFER_BANDWIDTH + longer) * prices.bandwidth_sun


def _is_fresh(payout: Payout, now: datetime) -> bool:
    """Return whether the chain has just said that this very transfer would go through.

    Not after an attempt: what came of that is not what the chain had said.
    """
    asked_at = payout.screened_at
    if asked_at is None or not payout.screened_energy or payout.tries:
        return False
    return now - asked_at < SCREENING_FRESH


async def _offer_in_time(
    payouts: list[Payout], fresh: set[UUID], sender: str, timeout_s: float | None
) -> Offer:
    try:
        async with asyncio.timeout(timeout_s):
            return await _offer(payouts, fresh, sender)
    except TimeoutError as error:
        raise OutcomeUnknown(f"no answer in {timeout_s} s") from error


async def _offer(payouts: list[Payout], fresh: set[UUID], sender: str) -> Offer:
    async with open_nodes() as nodes:
        prices, resources, token = await nodes.read(lambda node: _terms(node, sender))
        stake = stake_of(resources, prices)
        if refusal := token_refusal(token, sender=sender):
            refused = Quote(refusal=refusal, by_contract=True)
            quotes = {payout.pk: refused for payout in payouts}
            return Offer(quotes, stake, prices)
        slots, asked = asyncio.Semaphore(CONCURRENCY), [p for p in payouts if p.pk not in fresh]
        found = await asyncio.gather(
            *(_quote_alone(nodes, slots, one, sender, prices) for one in asked)
        )
    quotes = {one.pk: quote for one, quote in zip(asked, found, strict=True)}
    for payout in payouts:
        if payout.pk in fresh:
            quotes[payout.pk] = fee_limit(energy=payout.screened_energy, prices=prices)
    return Offer(quotes, stake, prices)


async def _terms(node: Node, sender: str) -> tuple[Prices, Resources, Token]:
    """Return what holds for the whole chunk, from one node."""
    token = await token_of(node, contract=network().usdt_contract, sender=sender)
    return await prices_of(node), await resources_of(node, sender), token


def token_refusal(token: Token, *, sender: str) -> str:
    """Return why this wallet can send nothing at all now, or nothing when it can."""
    if token.sender_is_blacklisted:
        log.critical("wallet_blacklisted", wallet=sender)
        return SENDER_BLACKLISTED
    if token.takes_fee:
        return USDT_TAKES_FEE
    if token.is_deprecated:
        return USDT_DEPRECATED
    return USDT_PAUSED if token.is_paused else ""


async def _quote_alone(
    nodes: Nodes, slots: asyncio.Semaphore, payout: Payout, sender: str, prices: Prices
) -> Quote:
    """Return the quote, or a refusal whatever goes wrong with this one.

    A node has just answered for the whole chunk. What none can say about one payout, or what is
    odd in that one's row, must not keep all the others waiting for ever.
    """
    async with slots:
        try:
            return await nodes.read(lambda node: _quote(node, payout, sender, prices))
        except WrongChain:
            raise
        except NodeError as error:
            log.warning("no_quote", payout=payout.public_id, error=str(error))
            return Quote(refusal=NO_ANSWER)
        except Exception:
            log.critical("payout_cannot_be_quoted", payout=payout.public_id, exc_info=True)
            return Quote(refusal=CANNOT_SIGN)


async def _quote(node: Node, payout: Payout, sender: str, prices: Prices) -> Quote:
    contract, recipient = network().usdt_contract, payout.recipient_address
    if await is_blacklisted(node, contract=contract, asker=sender, address=recipient):
        return Quote(refusal=RECIPIENT_BLACKLISTED, by_contract=True)
    try:
        energy = await node.transfer_energy(
            contract=contract, sender=sender, recipient=recipient, amount=payout.amount_micro
        )
    except Refused as error:
        return Quote(refusal=WOULD_REVERT, by_contract=error.code == "REVERT")
    return fee_limit(energy=energy, prices=prices, failed_before=_failed_before(payout))


def _failed_before(payout: Payout) -> bool:
    return payout.transaction is not None and payout.transaction.status == TxStatus.FAILED


def fee_limit(*, energy: int, prices: Prices, failed_before: bool = False) -> Quote:
    """Return the fee limit for this much energy: price and margin, within both caps.

    Half as much again after a failing receipt, as far as the caps allow; never less than
    ``fee_limit_sun``.
    """
    limit_sun = fee_limit_sun(energy, prices)
    if limit_sun > settings.TRON_FEE_LIMIT_MAX_SUN:
        return Quote(energy=energy, refusal=FEE_TOO_HIGH)
    if limit_sun > prices.fee_limit_max_sun:
        return Quote(energy=energy, refusal=FEE_ABOVE_CHAIN)
    if failed_before:
        larger_sun = -(-limit_sun * NEW_ATTEMPT_PERCENT // 100)
        limit_sun = min(larger_sun, settings.TRON_FEE_LIMIT_MAX_SUN, prices.fee_limit_max_sun)
    return Quote(energy=energy, fee_limit_sun=limit_sun)
