"""Reviews: what needed people was agreed to, by enough of them, by others than who asked."""

from collections.abc import Iterator
from typing import Any

from lucidpay.verification.findings import FETCH, GRACE, Finding, Rule, Scope, payout_sql
from payouts.models import Payout, Review
from payouts.policy.approval import content_hash
from payouts.states import Status
from payouts.story import ASKED_FOR, EDITED

LOOK = "find out who wrote to the database; ask the approvers named in its story"
PAYOUT = payout_sql("payout.id")
UNDER_WAY = "payout.status IN ('processing', 'confirmed') AND payout.created_at >= %(since)s"


def _given() -> dict[str, Any]:
    return {"asked": ASKED_FOR, "edited": EDITED, "grace": GRACE}


NOT_AGREED = Rule(
    "{0} is {1}, but its review is {2}",
    LOOK,
    f"""SELECT {PAYOUT}, payout.status, payout.review FROM payouts_payout AS payout
         WHERE {UNDER_WAY} AND payout.review NOT IN ('not_required', 'approved')""",
)
NEVER_ASKED = Rule(
    "{0} is {1} without a review, but its story tells why it needed one",
    LOOK,
    f"""SELECT {PAYOUT}, payout.status FROM payouts_payout AS payout
         WHERE {UNDER_WAY} AND payout.review = 'not_required'
           AND EXISTS (SELECT FROM payouts_payoutevent AS event
                        WHERE event.payout_id = payout.id AND event.details ? 'hits')""",
)
# A signer notes when it began; an approval may have come while it asked the chain.
TOO_FEW = Rule(
    "{0} is {1} with {2} of {3} approvals in time by others than who asked for it or edited it",
    LOOK,
    f"""SELECT {PAYOUT}, payout.status, count(DISTINCT approval.approver_id),
               coalesce(max(approval.needed), 1)
          FROM payouts_payout AS payout
          LEFT JOIN tron_chaintransaction AS tx ON tx.id = payout.transaction_id
          LEFT JOIN payouts_approval AS approval
            ON approval.payout_id = payout.id AND approval.round = payout.review_round
           AND approval.at <= tx.created_at + %(grace)s AND approval.expires_at > tx.created_at
           AND approval.approver_id <> payout.owner_id
           AND NOT EXISTS (
               SELECT FROM payouts_payoutevent AS event
                WHERE event.payout_id = payout.id
                  AND event.by = 'user ' || approval.approver_id
                  AND (event.note = %(asked)s OR event.details->>'review' = %(edited)s))
         WHERE {UNDER_WAY} AND payout.review = 'approved'
         GROUP BY payout.id
        HAVING count(DISTINCT approval.approver_id) < coalesce(max(approval.needed), 1)""",
    _given,
)
REJECTED_BUT_OPEN = Rule(
    "{0} was rejected, but is {1}",
    LOOK,
    f"""SELECT {PAYOUT}, payout.status FROM payouts_payout AS payout
         WHERE payout.review = 'rejected' AND payout.status <> 'cancelled'
           AND payout.created_at >= %(since)s""",
)


def changed_since(scope: Scope) -> Iterator[Finding]:
    """Yield payouts under way that do not say any more what was agreed to."""
    rows = Payout.objects.filter(
        review=Review.APPROVED,
        status__in=(Status.PROCESSING, Status.CONFIRMED),
        created_at__gte=scope.since,
    ).prefetch_related("approvals")
    for payout in rows.iterator(chunk_size=FETCH):
        content = content_hash(payout)
        given = [one for one in payout.approvals.all() if one.round == payout.review_round]
        if any(one.content_hash != content for one in given):
            yield Finding(f"{payout} is not what was approved: somebody changed it", LOOK)


CHECKS = (NOT_AGREED, NEVER_ASKED, TOO_FEW, REJECTED_BUT_OPEN, changed_since)
