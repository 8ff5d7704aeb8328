"""What is known of a payout's review, in the words of the admin."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from access.console import time_text
from payouts.models import Payout, PayoutEvent, Priority, Review
from payouts.models_review import Approval
from payouts.policy.approval import approvals_needed


def hits_told(payout: Payout) -> list[str]:
    """Return why a person must look, as the rules said it, the first first."""
    events = PayoutEvent.objects.filter(payout=payout, details__has_key="hits").order_by("pk")
    return reasons_in(list(events))


def hits_by_payout(payouts: list[Payout]) -> dict[UUID, list[tuple[str, str]]]:
    """Return why people must look at each of these payouts: rules and what they said."""
    told = PayoutEvent.objects.filter(
        payout__in=[payout.pk for payout in payouts], details__has_key="hits"
    )
    found: dict[UUID, list[tuple[str, str]]] = {}
    for key, details in told.order_by("pk").values_list("payout", "details"):
        found.setdefault(key, []).extend((details or {}).get("hits", {}).items())
    return found


def reasons_in(events: list[PayoutEvent]) -> list[str]:
    """Return the reasons that these events tell."""
    hits = [(event.details or {}).get("hits", {}) for event in events]
    return [str(reason) for told in hits for reason in told.values()]


@dataclass(frozen=True)
class Signature:
    """An approval, whether it counts, and why not if it does not."""

    name: str
    at: datetime
    reason: str
    void: str

    def __str__(self) -> str:
        text = f"{self.name}, {time_text(self.at)}: {self.reason}"
        return f"{text} ({self.void})" if self.void else text


def review_facts(payout: Payout, *, now: datetime) -> list[tuple[str, Any]]:
    """Return whether people must agree, who has, and what they agree to beside the amount."""
    facts: list[tuple[str, Any]] = [("review", payout.get_review_display())]
    if payout.screened_at is not None:
        facts.append(("recipient screened", time_text(payout.screened_at)))
    if payout.review == Review.NOT_REQUIRED:
        return facts
    given = signatures_of(payout, now=now)
    return [
        *facts,
        ("approvals needed", approvals_needed(payout.amount_micro)),
        *[("approved by", str(one)) for one in given],
    ]


def signatures_of(payout: Payout, *, now: datetime) -> list[Signature]:
    """Return all approvals of a payout ever given, the oldest first."""
    given = Approval.objects.filter(payout=payout).select_related("approver").order_by("pk")
    return [
        Signature(one.approver.username, one.at, one.reason, _void(payout, one, now))
        for one in given
    ]


def _void(payout: Payout, approval: Approval, now: datetime) -> str:
    if approval.round != payout.review_round:
        return "void"
    if not approval.approver.is_active:
        return "does not count: the account is closed"
    if approval.expires_at <= now and payout.review != Review.APPROVED:
        return "expired"
    return ""


def order_facts(payout: Payout) -> list[tuple[str, Any]]:
    """Return what an approval is bound to, beside amount and recipient."""
    facts = [
        ("asked by", payout.owner.username),
        ("reason", payout.reason),
        ("memo", payout.memo),
        ("reference", payout.reference_id),
        ("router", payout.get_router_type_display()),
        ("paid from", f"{payout.wallet.name} ({payout.wallet.address})"),
        ("priority", Priority(payout.priority).label.lower()),
        ("due", time_text(payout.due_at)),
        ("metadata", payout.metadata),
        ("custom data", payout.custom_data),
    ]
    return [(name, value) for name, value in facts if value not in ("", None)]
