"""What is known of a payout's review, in the words of the admin."""

from datetime import datetime
from typing import Any

from access.console import time_text
from payouts.models import Payout, PayoutEvent, Priority, Review
from payouts.models_review import Approval
from payouts.policy.approval import approvals_needed


def hits_told(payout: Payout) -> list[str]:
    """Return why a person must look, as the rules said it, the first first."""
    events = PayoutEvent.objects.filter(payout=payout, details__has_key="hits").order_by("pk")
    return reasons_in(list(events))


def reasons_in(events: list[PayoutEvent]) -> list[str]:
    """Return the reasons that these events tell."""
    hits = [(event.details or {}).get("hits", {}) for event in events]
    return [str(reason) for told in hits for reason in told.values()]


def review_facts(payout: Payout, *, now: datetime) -> list[tuple[str, Any]]:
    """Return whether people must agree, who has, and what they agree to beside the amount."""
    facts: list[tuple[str, Any]] = [("review", payout.get_review_display())]
    if payout.screened_at is not None:
        facts.append(("recipient screened", time_text(payout.screened_at)))
    if payout.review == Review.NOT_REQUIRED:
        return facts
    given = Approval.objects.filter(payout=payout).select_related("approver").order_by("pk")
    return [
        *facts,
        ("approvals needed", approvals_needed(payout.amount_micro)),
        *[("approved by", _approval(payout, one, now)) for one in given],
    ]


def _approval(payout: Payout, approval: Approval, now: datetime) -> str:
    text = f"{approval.approver.username}, {time_text(approval.at)}: {approval.reason}"
    if approval.round != payout.review_round:
        return f"{text} (void)"
    if not approval.approver.is_active:
        return f"{text} (does not count: the account is closed)"
    if approval.expires_at <= now and payout.review != Review.APPROVED:
        return f"{text} (expired)"
    return text


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
