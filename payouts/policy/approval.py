"""What an approval is bound to, who may give it, and how many a payout needs."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.trail import keys_made_by, makers_of
from lucidpay.api.json import dumps
from lucidpay.clock import iso
from payouts.history import USER
from payouts.models import BatchType, Payout, PayoutEvent, Review
from payouts.models_review import Approval, ApprovalTier
from payouts.story import ASKED_FOR, EDITED


def content_hash(payout: Payout) -> str:
    """Return the SHA-256, in hex, of what a person agrees to; any edit makes it another.

    A scheduled payout is agreed to for its release, whose hour its schedule decides; the round
    makes an edit that is taken back another content, too.
    """
    is_immediate = payout.batch_type == BatchType.IMMEDIATE
    content = {
        "payout": payout.public_id,
        "round": payout.review_round,
        "recipient_address": payout.recipient_address,
        "amount_micro": payout.amount_micro,
        "router_type": payout.router_type,
        "wallet": str(payout.wallet_id),
        "due": iso(payout.due_at) if is_immediate else payout.batch_type,
        "reason": payout.reason,
        "reference_id": payout.reference_id,
        "metadata": payout.metadata,
        "custom_data": payout.custom_data,
        "priority": payout.priority,
    }
    # Only where there is one: what was agreed to before payouts had memos goes on to hold.
    if payout.memo:
        content["memo"] = payout.memo
    return hashlib.sha256(dumps(content, sort_keys=True).encode()).hexdigest()


def contents_hash(payouts: Iterable[Payout], *, of: str) -> str:
    """Return the SHA-256, in hex, of just these payouts as they stand, in any order.

    ``of`` says what they are seen as, so that what was seen as one thing is not taken for another.
    """
    digest = hashlib.sha256(of.encode())
    for content in sorted(content_hash(payout) for payout in payouts):
        digest.update(content.encode())
    return digest.hexdigest()


def needed_for(amount_micro: int, tiers: Iterable[tuple[int, int]]) -> int:
    """Return how many people must agree; ``tiers``: (from micro-USDT, people)."""
    reached = [(start, people) for start, people in tiers if start <= amount_micro]
    return max(reached)[1] if reached else 1


def tiers_now() -> list[tuple[int, int]]:
    """Return the table of tiers."""
    return list(ApprovalTier.objects.values_list("from_amount_micro", "approvals_needed"))


def approvals_needed(amount_micro: int) -> int:
    """Return how many people must agree to a payout of this amount that needs review."""
    return needed_for(amount_micro, tiers_now())


@dataclass
class Agreed:
    """Who has agreed to a payout as it stands, and how many they were told it needs."""

    approvers: set[int] = field(default_factory=set)
    needed: int = 1


def agreed_of(payouts: Iterable[Payout], *, now: datetime) -> dict[UUID, Agreed]:
    """Return, by payout, the approvals of exactly what it says, in time. One statement.

    Without those whose account was closed meanwhile: it may have been somebody else who used it.
    """
    hashes = {payout.pk: content_hash(payout) for payout in payouts}
    given = Approval.objects.filter(
        payout__in=list(hashes), expires_at__gt=now, approver__is_active=True
    )
    agreed = {key: Agreed() for key in hashes}
    rows = given.values_list("payout", "approver", "content_hash", "needed")
    for key, approver, content, needed in rows:
        if content == hashes[key]:
            agreed[key].approvers.add(approver)
            agreed[key].needed = max(agreed[key].needed, needed)
    return agreed


def not_agreed(payouts: list[Payout], *, now: datetime) -> list[Payout]:
    """Return those approved payouts whose approvals do not hold: too few, too old, of another.

    Call it with the rows locked, or it says nothing about the next moment.
    """
    approved = [payout for payout in payouts if payout.review == Review.APPROVED]
    if not approved:
        return []
    tiers, agreed = tiers_now(), agreed_of(approved, now=now)
    return [
        payout
        for payout in approved
        if len(agreed[payout.pk].approvers - {payout.owner_id})
        # With its batch it may need more people than alone: the approvals say how many.
        < max(needed_for(payout.amount_micro, tiers), agreed[payout.pk].needed)
    ]


def asked_by(payouts: list[Payout]) -> set[int]:
    """Return the users who asked for one of these payouts or edited it: they never approve it.

    Its owner, who also owns the key it was asked with; who made that key for them, and has seen
    its token; who asked again for it as a retry; and everybody who edited it.
    """
    found = _acted_on(payouts).values_list("by", flat=True).distinct()
    makers = makers_of(_keys_of(payouts)).values()
    return {payout.owner_id for payout in payouts} | set(makers) | _people_in(found)


def askers_of(payouts: list[Payout]) -> dict[UUID, set[int]]:
    """Return, by payout, who never approves it, as ``asked_by`` does. Two statements."""
    makers = makers_of(_keys_of(payouts))
    askers = {payout.pk: {payout.owner_id} for payout in payouts}
    for payout in payouts:
        if payout.api_key_id in makers:
            askers[payout.pk].add(makers[payout.api_key_id])
    for key, by in _acted_on(payouts).values_list("payout", "by"):
        askers[key] |= _people_in([by])
    return askers


def _keys_of(payouts: list[Payout]) -> set[UUID]:
    return {payout.api_key_id for payout in payouts if payout.api_key_id is not None}


def _acted_on(payouts: list[Payout]) -> QuerySet[PayoutEvent]:
    told = PayoutEvent.objects.filter(payout__in=[payout.pk for payout in payouts])
    return told.filter(Q(note=ASKED_FOR) | Q(details__review=EDITED))


def _people_in(acted: Iterable[str]) -> set[int]:
    found = [USER.fullmatch(by) for by in acted]
    return {int(match[1]) for match in found if match}


def approvable_by(rows: QuerySet[Payout], user_id: int, *, now: datetime) -> QuerySet[Payout]:
    """Return, of payouts that wait for people, those that this person could approve now.

    As ``refuse_approval`` decides of each: neither asked for, edited nor approved by them, and
    the chain was asked about the recipient.
    """
    told = PayoutEvent.objects.filter(payout=OuterRef("pk"), by=f"user {user_id}")
    acted = told.filter(Q(note=ASKED_FOR) | Q(details__review=EDITED))
    agreed = Approval.objects.filter(
        payout=OuterRef("pk"),
        approver=user_id,
        round=OuterRef("review_round"),
        expires_at__gt=now,
    )
    mine = Q(owner=user_id) | Q(api_key__isnull=False, api_key__in=keys_made_by(user_id))
    free = rows.filter(~Exists(acted), ~Exists(agreed), screened_at__isnull=False)
    return free.exclude(mine)
