"""Screening: what the chain knows of a recipient, asked once, before a payout may be signed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from lucidpay.rows import rows_update
from payouts.models import Payout, Review
from payouts.models_review import RuleCode
from payouts.policy.review import Rules, rules_now
from payouts.policy.twins import TWIN, paid_without_order, twins_among, why_doubted
from payouts.queries import due_for_screening
from payouts.services.price import CONCURRENCY
from payouts.services.wait import (
    CANNOT_SIGN,
    NO_ANSWER,
    WAITS_FOR_APPROVAL,
    payouts_look_again,
    payouts_wait,
)
from payouts.states import Status
from payouts.story import SCREENED, tell
from tron.errors import NodeError, Refused, WrongChain
from tron.networks import network
from tron.node import Node, ask
from tron.nodes import Nodes, open_nodes
from tron.resources import is_blacklisted, is_contract

log = structlog.get_logger(__name__)

BY = "screening"
SAVED = ("screened_at", "screened_energy", "review", "wait_reason", "updated_at")
BLACKLISTED = "The USDT contract has blacklisted the recipient: what is sent there is frozen."
CONTRACT = "The recipient is a contract: what it does with USDT, only its code knows."


@dataclass(frozen=True)
class Screened:
    """What the chain says about a recipient, or why it could not be asked."""

    hits: dict[str, str]
    failure: str = ""
    energy: int = 0  # of a transfer there, where one is due and would go through


def payouts_screen(*, wallet_id: UUID, now: datetime) -> int:
    """Screen the next chunk of a wallet's pending payouts and return how many were.

    What is found makes a review required. Raises ``NodeError`` when no node answers; then these
    wait, and say so. One recipient about whom nothing can be learned stops no other.
    """
    waiting = due_for_screening(wallet_id, now=now, most=settings.PAYOUT_CHUNK)
    if not waiting:
        return 0
    asker = str(waiting[0].wallet.address)
    found = ask(_screen_all(_amounts(waiting, now), asker))
    with transaction.atomic():
        return _record([payout.pk for payout in waiting], found, rules_now(), now)


def _amounts(payouts: list[Payout], now: datetime) -> dict[str, int]:
    """Return, for each recipient, the largest amount that is due to it, 0 when none is.

    Where the largest would go through, the others do, and none of them uses more energy.
    """
    amounts: dict[str, int] = {}
    for payout in payouts:
        due_micro = payout.amount_micro if payout.due_at <= now else 0
        address = payout.recipient_address
        amounts[address] = max(amounts.get(address, 0), due_micro)
    return amounts


async def _screen_all(amounts: dict[str, int], asker: str) -> dict[str, Screened]:
    addresses = sorted(amounts)
    slots = asyncio.Semaphore(CONCURRENCY)
    async with open_nodes() as nodes:
        # When none answers at all, that is found out once and not once for each recipient.
        await nodes.read(lambda node: node.head())
        found = await asyncio.gather(
            *(_screen_alone(nodes, slots, one, amounts[one], asker) for one in addresses)
        )
    return dict(zip(addresses, found, strict=True))


async def _screen_alone(
    nodes: Nodes, slots: asyncio.Semaphore, recipient: str, amount: int, asker: str
) -> Screened:
    async with slots:
        try:
            return await nodes.read(lambda node: _screen(node, recipient, amount, asker))
        except WrongChain:
            raise
        except NodeError as error:
            log.warning("not_screened", recipient=recipient, error=str(error))
            return Screened({}, failure=NO_ANSWER)
        except Exception:
            log.critical("recipient_cannot_be_screened", recipient=recipient, exc_info=True)
            return Screened({}, failure=CANNOT_SIGN)


async def _screen(node: Node, recipient: str, amount: int, asker: str) -> Screened:
    contract = network().usdt_contract
    hits = {}
    if await is_blacklisted(node, contract=contract, asker=asker, address=recipient):
        hits[RuleCode.BLACKLISTED.value] = BLACKLISTED
    if await is_contract(node, recipient):
        hits[RuleCode.CONTRACT.value] = CONTRACT
    # What is not due yet, and what needs a look at the blacklist, is asked about again anyway.
    if not amount or RuleCode.BLACKLISTED.value in hits:
        return Screened(hits)
    return Screened(hits, energy=await _energy(node, recipient, amount, asker))


async def _energy(node: Node, recipient: str, amount: int, asker: str) -> int:
    """Return what the transfer would use now, 0 when it would fail: the signer then says why."""
    try:
        return await node.transfer_energy(
            contract=network().usdt_contract, sender=asker, recipient=recipient, amount=amount
        )
    except Refused:
        return 0


def _record(keys: list[UUID], found: dict[str, Screened], rules: Rules, now: datetime) -> int:
    """Write down what was found about those that still wait for it; return how many."""
    locked = Payout.objects.select_for_update(skip_locked=True).filter(pk__in=keys)
    rows = list(locked.filter(status=Status.PENDING, screened_at=None).order_by("pk"))
    failures = {row: found[row.recipient_address].failure for row in rows}
    _set_aside({row: failure for row, failure in failures.items() if failure}, now)
    screened = [row for row in rows if not failures[row]]
    twins = twins_among(screened, rules)
    hits = {row: _that_count(found[row.recipient_address].hits, rules) for row in screened}
    paid = paid_without_order(screened, now=now)
    for row in screened:
        if row.pk in twins | paid:
            said = why_doubted(row) if row.pk in paid else TWIN
            hits[row][RuleCode.DUPLICATE.value] = said
    for row in screened:
        row.screened_at = now
        row.screened_energy = found[row.recipient_address].energy
        if hits[row] and row.review != Review.REQUIRED:
            row.review, row.updated_at = Review.REQUIRED, now
        row.wait_reason = WAITS_FOR_APPROVAL if row.review == Review.REQUIRED else ""
    rows_update(screened, SAVED)
    hit = [row for row in screened if hits[row]]
    details = {row.pk: {"review": SCREENED, "hits": hits[row]} for row in hit}
    tell(hit, by=BY, now=now, note="screened: a person must look", details=details)
    return len(screened)


def _that_count(hits: dict[str, str], rules: Rules) -> dict[str, str]:
    return {code: reason for code, reason in hits.items() if rules[code].enabled}


def _set_aside(failures: dict[Payout, str], now: datetime) -> None:
    """Let these wait with a reason; what is not due yet must not become due by it."""
    payouts_look_again({row: why for row, why in failures.items() if row.due_at <= now}, now)
    for row, why in failures.items():
        if row.due_at > now:
            payouts_wait([row], why)
