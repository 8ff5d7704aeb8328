"""Screening: what the chain knows of a recipient, asked once, before a payout may be signed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from payouts.models import Payout, Review
from payouts.models_review import RuleCode
from payouts.policy.review import Rules, rules_now
from payouts.policy.twins import TWIN, twins_among
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
from tron.errors import NodeError, WrongChain
from tron.networks import network
from tron.node import Node, ask
from tron.nodes import Nodes, open_nodes
from tron.resources import is_blacklisted, is_contract

log = structlog.get_logger(__name__)

BY = "screening"
BLACKLISTED = "The USDT contract has blacklisted the recipient: what is sent there is frozen."
CONTRACT = "The recipient is a contract: what it does with USDT, only its code knows."


@dataclass(frozen=True)
class Screened:
    """What the chain says about a recipient, or why it could not be asked."""

    hits: dict[str, str]
    failure: str = ""


def payouts_screen(*, wallet_id: UUID, now: datetime) -> int:
    """Screen the next chunk of a wallet's pending payouts and return how many were.

    What is found makes a review required. Raises ``NodeError`` when no node answers; then these
    wait, and say so. One recipient about whom nothing can be learned stops no other.
    """
    waiting = due_for_screening(wallet_id, now=now, most=settings.PAYOUT_CHUNK)
    if not waiting:
        return 0
    asker = str(waiting[0].wallet.address)
    found = ask(_screen_all({payout.recipient_address for payout in waiting}, asker))
    with transaction.atomic():
        return _record([payout.pk for payout in waiting], found, rules_now(), now)


async def _screen_all(recipients: set[str], asker: str) -> dict[str, Screened]:
    addresses = sorted(recipients)
    slots = asyncio.Semaphore(CONCURRENCY)
    async with open_nodes() as nodes:
        # When none answers at all, that is found out once and not once for each recipient.
        await nodes.read(lambda node: node.head())
        found = await asyncio.gather(
            *(_screen_alone(nodes, slots, one, asker) for one in addresses)
        )
    return dict(zip(addresses, found, strict=True))


async def _screen_alone(
    nodes: Nodes, slots: asyncio.Semaphore, recipient: str, asker: str
) -> Screened:
    async with slots:
        try:
            return await nodes.read(lambda node: _screen(node, recipient, asker))
        except WrongChain:
            raise
        except NodeError as error:
            log.warning("not_screened", recipient=recipient, error=str(error))
            return Screened({}, failure=NO_ANSWER)
        except Exception:
            log.critical("recipient_cannot_be_screened", recipient=recipient, exc_info=True)
            return Screened({}, failure=CANNOT_SIGN)


async def _screen(node: Node, recipient: str, asker: str) -> Screened:
    contract = network().usdt_contract
    hits = {}
    if await is_blacklisted(node, contract=contract, asker=asker, address=recipient):
        hits[RuleCode.BLACKLISTED.value] = BLACKLISTED
    if await is_contract(node, recipient):
        hits[RuleCode.CONTRACT.value] = CONTRACT
    return Screened(hits)


def _record(keys: list[UUID], found: dict[str, Screened], rules: Rules, now: datetime) -> int:
    """Write down what was found about those that still wait for it; return how many."""
    locked = Payout.objects.select_for_update(skip_locked=True).filter(pk__in=keys)
    rows = list(locked.filter(status=Status.PENDING, screened_at=None).order_by("pk"))
    failures = {row: found[row.recipient_address].failure for row in rows}
    _set_aside({row: failure for row, failure in failures.items() if failure}, now)
    screened = [row for row in rows if not failures[row]]
    twins = twins_among(screened, rules)
    hits = {row: _that_count(found[row.recipient_address].hits, rules) for row in screened}
    for row in screened:
        if row.pk in twins:
            hits[row][RuleCode.DUPLICATE.value] = TWIN
    for row in screened:
        row.screened_at = now
        if hits[row] and row.review != Review.REQUIRED:
            row.review, row.updated_at = Review.REQUIRED, now
        row.wait_reason = WAITS_FOR_APPROVAL if row.review == Review.REQUIRED else ""
    Payout.objects.bulk_update(screened, ["screened_at", "review", "wait_reason", "updated_at"])
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
