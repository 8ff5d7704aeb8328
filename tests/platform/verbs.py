"""What people do to payouts, in a process of its own that can kill itself at a named point.

``python -m tests.platform.verbs VERB KEY POINT``; the key is that of a batch or of a payout. As
with ``tests.platform.worker``, the platform's code knows nothing of these points.
"""

import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.platform.verb_points import VERB_POINT_NAMES
from tests.platform.worker import after, before, die  # sets Django up

# ruff: noqa: E402, I001
from django.contrib.auth.models import Group

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.person import Person
from payouts.policy.approval import content_hash
from payouts.services import batch, move_due, review

BY = "tests"


def release(key: UUID) -> None:
    """Release a batch by hand."""
    batch.batch_release(batch_id=key, by=BY, now=utc_now())


def cancel(key: UUID) -> None:
    """Cancel what is left of a batch."""
    batch.batch_cancel(batch_id=key, by=BY, reason="", now=utc_now())


def approve(key: UUID) -> None:
    """Approve a payout as the one approver there is."""
    approver, is_new = User.objects.get_or_create(username="approver", is_staff=True)
    if is_new:
        approver.groups.add(Group.objects.get(name="approver"))
    payout = Payout.objects.get(pk=key)
    review.payout_approve(
        payout_id=key, by=Person(approver.pk), seen_hash=content_hash(payout), reason="ok",
        now=utc_now(),
    )  # fmt: skip


def chunks_of_one() -> None:
    """Let what is done in chunks be done payout by payout."""
    move_due.CHUNK = 1


def at_once(module: Any, name: str) -> Callable[[], None]:
    """Return what makes a process die when this function has returned."""
    return lambda: after(module, name, if_any=False)


VERBS = {"release": release, "cancel": cancel, "approve": approve}
POINTS: dict[str, dict[str, Callable[[], None]]] = {
    "release": {
        "after its row is released": lambda: before(batch, "due_move", 0),
        "after some payouts are moved": at_once(move_due, "tell"),
        "before commit": at_once(batch, "due_move"),
    },
    "cancel": {
        "after some payouts are cancelled": at_once(batch, "cancel_locked"),
        "before commit": at_once(batch, "batch_tell"),
    },
    "approve": {
        "after the approval is stored": at_once(review, "approval_of"),
        "after it says approved": at_once(review, "tell"),
        "before commit": at_once(review.outbox, "record"),
    },
}
assert {verb: (*points, "after commit") for verb, points in POINTS.items()} == VERB_POINT_NAMES

if __name__ == "__main__":
    verb, key, point = sys.argv[1], UUID(sys.argv[2]), sys.argv[3]
    chunks_of_one()
    if point in POINTS[verb]:
        POINTS[verb][point]()
    VERBS[verb](key)
    if point == "after commit":
        die()
