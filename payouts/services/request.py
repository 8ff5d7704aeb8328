"""Asking for a payout. No node is asked; one transaction writes all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from access.caller import Caller
from access.idempotency import Answer, Key, KeyInUse, replayed
from lucidpay.errors import Conflict, InvariantBroken, LucidError
from lucidpay.rows import Row
from lucidpay.sql import constraint_of, undone_alone
from lucidpay.together import Together
from payouts.models import BatchType, Payout, Router, RouterType
from payouts.policy.funds import InsufficientBalance as InsufficientBalance
from payouts.policy.funds import funds_said, no_wallet, promised
from payouts.policy.known import Known, known_of
from payouts.policy.limits import EXCEEDED, ROUNDS_MAX
from payouts.policy.refusals import exceeded, tightest
from payouts.policy.router import InvalidRouter as InvalidRouter
from payouts.queries import available_micro
from payouts.releases import due_at
from payouts.representation import payout_body
from payouts.services.draft import Drafts, Order, details_of, drafts_of
from payouts.store import store
from payouts.story import beginning
from wallets.models import Wallet, WalletStatus

# Of `POST payouts`. Its paths share it, so that a retry by another one cannot pay again.
ENDPOINT = "payouts.create"
# Some twenty times as long as a group takes on a busy machine. One that waits for a lock must not
# hold up those that need none: repetitions, and what is refused.
PATIENCE_S = 1.0

log = structlog.get_logger(__name__)


class ReferenceTaken(Conflict):
    """This reference_id belongs to another payout of yours. Use a new one for a new payout."""


@dataclass(frozen=True)
class Asked:
    """One request for a payout. ``order`` is a validated body (``PayoutCreateIn``)."""

    caller: Caller
    order: Order
    body_hash: str
    request_id: str
    now: datetime
    key: str | None  # its Idempotency-Key, if it has one
    endpoint: str = ENDPOINT  # whose keys these are

    @cached_property
    def under(self) -> Key | None:
        """Return the key as it is stored."""
        return None if self.key is None else Key(self.caller.user_id, self.endpoint, self.key)

    @property
    def is_direct(self) -> bool:
        """Return whether it is for a trusted recipient: then one statement more is asked."""
        return self.order.get("router_type") == RouterType.DIRECT


# What another request may have taken since the facts were read: they are read again then.
OVERTAKEN = {EXCEEDED, "idempotency_key_once_per_user", "payout_reference_once_per_owner"}


def payout_request(asked: Asked) -> Answer:
    """Store a pending payout with its event, its announcement and the answer to its key.

    Without an Idempotency-Key the ``reference_id`` acts as one. The answer is 201, or that of an
    earlier request. Raises ``KeyInUse``, ``KeyReused``, ``ReferenceTaken``, ``InvalidRouter``,
    ``BreakerOpen``, ``LimitExceeded`` or ``InsufficientBalance``; nothing is stored then.

    Two statements: what is known, and what is stored (docs/adr/0007-a-payout-in-two-statements.md).
    Requests of one caller that come at the same time share them, while nothing speaks against any
    of them (docs/adr/0008-requests-that-meet-share-their-statements.md).
    """
    if asked.order.get("batch_type", BatchType.IMMEDIATE) != BatchType.IMMEDIATE:
        # Who waits for a schedule shares its row until the payout is stored (``releases.due_at``).
        with transaction.atomic():
            return _answer(asked)
    # A transaction around is somebody else's, who may still undo it.
    if settings.PAYOUTS_TOGETHER_MAX == 1 or connection.in_atomic_block:
        return _answer(asked)
    group = (asked.caller.user_id, asked.caller.api_key_id, asked.endpoint)
    return _meeting.do(group, asked) or _answer(asked)


def _answers(asks: list[Asked]) -> list[Answer | None]:
    """Answer requests of one caller; ``None`` to each when one of them must be looked at alone.

    What is caught here has stored nothing, for sure. Of anything else (a connection that is lost)
    nobody knows, so nobody may try again by themselves.
    """
    if len(asks) == 1:
        return [_answer(asks[0])]
    now = max(one.now for one in asks)
    because = "one was asked for before"
    try:
        known = _known(asks, exact=False, now=now)
        if not (known.records or known.is_taken):
            drafts = _drafts(asks, known, now)
            details = details_of(drafts, known)
            if drafts.fit():
                return [*_stored(asks, drafts, details)]
            because = "funds"
    except (LucidError, IntegrityError, DataError) as error:
        because = type(error).__name__
    log.info("payouts_go_alone", number=len(asks), because=because)
    return [None] * len(asks)


_meeting: Together[Asked, Answer | None] = Together(
    _answers, most=settings.PAYOUTS_TOGETHER_MAX, patience_s=PATIENCE_S
)


def _answer(asked: Asked) -> Answer:
    """Answer one request: it alone is looked at, and looked at again when it was overtaken."""
    exact = False
    for _ in range(ROUNDS_MAX):
        known = _known([asked], exact=exact, now=asked.now)
        if known.records:
            return replayed(known.records[0], asked.body_hash)
        if known.is_taken:
            return _repeat(asked)
        drafts = _drafts([asked], known, asked.now)
        try:
            details = details_of(drafts, known)
        except InsufficientBalance:
            if exact:
                raise
            exact = True
            continue
        try:
            return _stored([asked], drafts, details)[0]
        except IntegrityError as error:
            if constraint_of(error) not in OVERTAKEN:
                raise
    raise exceeded(tightest(drafts.claim.rooms))


def _known(asks: list[Asked], *, exact: bool, now: datetime) -> Known:
    keys = [one.under for one in asks if one.under is not None]
    orders, first = [one.order for one in asks], asks[0]
    return known_of(first.caller, orders, keys, exact=exact, now=now, is_direct=first.is_direct)


def _drafts(asks: list[Asked], known: Known, now: datetime) -> Drafts:
    # Several are due at once; who waits for a schedule comes alone.
    due = due_at(asks[0].order.get("batch_type", BatchType.IMMEDIATE), now)
    drafts = drafts_of(asks[0].caller, [one.order for one in asks], known, due=due, now=now)
    for one, payout in zip(asks, drafts.payouts, strict=True):
        payout.body_hash, payout.request_id = one.body_hash, one.request_id
    return drafts


def _stored(asks: list[Asked], drafts: Drafts, details: dict[UUID, dict[str, Any]]) -> list[Answer]:
    """Store drafts and return their answers. Raises ``KeyInUse``, or ``IntegrityError``."""
    by = f"user {asks[0].caller.user_id}"
    begun = beginning(drafts.payouts, by=by, details=details)
    answers = [
        Answer(201, begun.bodies[payout.pk], text=begun.texts[payout.pk])
        for payout in drafts.payouts
    ]
    records = _records(asks, answers, drafts.payouts[0].created_at)
    with undone_alone():
        if not store(begun, rooms=drafts.claim.rooms, answers=records):
            raise KeyInUse
    for payout in drafts.payouts:
        if payout.due_at <= payout.created_at:
            promised(payout.wallet_id, payout.amount_micro)
    return answers


def _records(asks: list[Asked], answers: list[Answer], at: datetime) -> list[tuple[Key, Row]]:
    """Return what each key is to remember. One that is there twice is refused by its constraint."""
    return [
        (one.under, one.under.row(answer, body_hash=one.body_hash, at=at))
        for one, answer in zip(asks, answers, strict=True)
        if one.under is not None
    ]


def earlier_payout(caller: Caller, reference_id: str | None) -> Payout | None:
    """Return the caller's payout of this reference, when there is one."""
    if reference_id is None:
        return None
    mine = Payout.objects.select_related("transaction").filter(owner_id=caller.user_id)
    return mine.filter(reference_id=reference_id).first()


def _repeat(asked: Asked) -> Answer:
    """Return the payout that the same body has made, or raise ``ReferenceTaken``."""
    reference_id = asked.order["reference_id"]
    earlier = earlier_payout(asked.caller, reference_id)
    if earlier is None:
        raise InvariantBroken(f"the payout of reference {reference_id} is gone")
    if asked.key is not None or earlier.body_hash != asked.body_hash:
        raise ReferenceTaken({"payout_id": earlier.public_id, "status": earlier.status})
    return Answer(200, payout_body(earlier), replayed=True)


def paying_wallet(router_type: str) -> Wallet:
    """Return the active wallet that pays for a router.

    Raises ``InsufficientBalance`` when no wallet is ready.
    """
    router = Router.objects.select_related("wallet").filter(pk=router_type).first()
    wallet = router.wallet if router else None
    if wallet is None or wallet.status != WalletStatus.ACTIVE:
        raise no_wallet()
    return wallet


def funds_verdict(wallet: Wallet, amount_micro: int, *, batch_type: str, now: datetime) -> str:
    """Return how the check of the wallet's funds came out, or raise ``InsufficientBalance``."""
    is_asked = batch_type == BatchType.IMMEDIATE
    available = available_micro(wallet, now=now) if is_asked else 0
    return funds_said(available, amount_micro, batch_type=batch_type)
