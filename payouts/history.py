"""The whole story of one payout: what was asked, checked, signed, answered and proven.

One reading for the API, the admin and the terminal, in a fixed number of SQL statements and of
bounded size, however long the storm was.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Window
from django.db.models.functions import RowNumber

from access.models import User
from payouts.models import Payout, PayoutEvent
from payouts.proof import Proof, proofs_of
from payouts.states import Status
from payouts.story import ASKED_FOR
from tron.models import FINAL, ChainTransaction, NodeAnswer
from tron.words import end_in_words

EVENTS_MAX = 200
ATTEMPTS_MAX = 50
ANSWERS_MAX = 20  # of one attempt: the last ones
# What an event is called, by the arrow it took.
TYPES = {
    (Status.PENDING, Status.PROCESSING): "signed",
    (Status.PROCESSING, Status.CONFIRMED): "confirmed",
    (Status.PROCESSING, Status.FAILED): "failed",
    (Status.PENDING, Status.FAILED): "failed",
    (Status.PENDING, Status.CANCELLED): "cancelled",
    (Status.PROCESSING, Status.PENDING): "pending_again",
}
USER = re.compile(r"user (\d+)")


@dataclass
class Attempt:
    """One signed transaction of a payout, with what was answered and what is proven."""

    number: int
    tx: ChainTransaction
    signed_sha256: str
    in_words: str
    proof: Proof | None = None
    answers: list[NodeAnswer] = field(default_factory=list)
    answers_by_outcome: dict[str, int] = field(default_factory=dict)
    first_answer_at: datetime | None = None

    @property
    def answers_total(self) -> int:
        """Return how many answers of nodes there were, those left out included."""
        return sum(self.answers_by_outcome.values())


@dataclass(frozen=True)
class Moment:
    """One line of the story. ``status`` is the payout's from then on."""

    at: datetime
    type: str
    status: str
    by: str
    message: str
    details: dict[str, Any]
    from_status: str = ""
    attempt: Attempt | None = None


@dataclass(frozen=True)
class History:
    """Everything that happened to a payout, the oldest first."""

    payout: Payout
    moments: list[Moment]
    attempts: list[Attempt]
    events_total: int
    attempts_total: int
    retried_as: list[UUID]

    @property
    def last_by(self) -> str:
        """Return who caused the newest change of status."""
        return self._last_change.by if self._last_change else ""

    @property
    def last_message(self) -> str:
        """Return what was noted at the newest change of status."""
        return self._last_change.message if self._last_change else ""

    @property
    def _last_change(self) -> Moment | None:
        return next((one for one in reversed(self.moments) if one.from_status), None)


def history_of(payout: Payout, *, now: datetime) -> History:
    """Return the story of a payout: its last events and attempts, each with its last answers."""
    events, events_total = _last(PayoutEvent.objects.filter(payout=payout), EVENTS_MAX)
    rows = ChainTransaction.objects.filter(subject=payout.pk)
    txs, attempts_total = _last(rows, ATTEMPTS_MAX)
    attempts = _attempts(txs, attempts_total - len(txs), now)
    retries = Payout.objects.filter(retry_of=payout).order_by("pk")
    moments = [_told(event) for event in events]
    moments += [moment for attempt in attempts for moment in _on_chain(attempt)]
    return History(
        payout=payout,
        # Stable: an event stands before what the chain did in the same moment.
        moments=sorted(moments, key=lambda moment: moment.at),
        attempts=attempts,
        events_total=events_total,
        attempts_total=attempts_total,
        retried_as=list(retries.values_list("pk", flat=True)[:ATTEMPTS_MAX]),
    )


def _last(rows: Any, most: int) -> tuple[list[Any], int]:
    """Return the newest rows, in order, and how many there are in all."""
    found = list(rows.order_by("-pk")[:most])[::-1]
    return found, len(found) if len(found) < most else rows.count()


def _attempts(txs: list[ChainTransaction], before: int, now: datetime) -> list[Attempt]:
    proofs = proofs_of(tx for tx in txs if tx.status in FINAL)
    attempts = {
        tx.pk: Attempt(
            number=number,
            tx=tx,
            signed_sha256=hashlib.sha256(bytes.fromhex(tx.signed_hex)).hexdigest(),
            in_words=end_in_words(tx, now=now),
            proof=proofs.get(tx.pk),
        )
        for number, tx in enumerate(txs, start=before + 1)
    }
    _add_answers(attempts)
    return list(attempts.values())


def _add_answers(attempts: dict[int, Attempt]) -> None:
    rows = NodeAnswer.objects.filter(transaction__in=list(attempts))
    age = Window(RowNumber(), partition_by="transaction_id", order_by="-pk")
    for answer in rows.annotate(age=age).filter(age__lte=ANSWERS_MAX).order_by("pk"):
        attempts[answer.transaction_id].answers.append(answer)
    counted = rows.values_list("transaction_id", "outcome").annotate(Count("pk"), Min("at"))
    for pk, outcome, count, first_at in counted.order_by("outcome"):
        attempt = attempts[pk]
        attempt.answers_by_outcome[outcome] = count
        attempt.first_answer_at = min(first_at, attempt.first_answer_at or first_at)


def _told(event: PayoutEvent) -> Moment:
    return Moment(
        at=event.at,
        type=_type(event),
        status=event.to_status,
        by=event.by,
        message=event.note,
        details=dict(event.details or {}),
        from_status=event.from_status,
    )


def _type(event: PayoutEvent) -> str:
    if step := (event.details or {}).get("review"):
        return str(step)
    if event.from_status:
        return TYPES[Status(event.from_status), Status(event.to_status)]
    if event.note == ASKED_FOR:
        return "created"
    return "retried" if "retried_as" in (event.details or {}) else "note"


def _on_chain(attempt: Attempt) -> list[Moment]:
    """Return what the chain's side did: the first sending, and the end."""
    tx, facts = attempt.tx, {"attempt": attempt.number, "txid": attempt.tx.txid}
    moments = []
    if attempt.first_answer_at is not None:
        text = f"attempt {attempt.number} sent for the first time"
        moments.append(
            Moment(attempt.first_answer_at, "sent", Status.PROCESSING, "sender", text, facts)
        )
    if tx.final_at is not None:
        kind, text = f"chain_{tx.status}", attempt.in_words
        moments.append(
            Moment(tx.final_at, kind, Status.PROCESSING, "scanner", text, facts, attempt=attempt)
        )
    return moments


def names_of(history: History) -> dict[str, str]:
    """Return the names of the people behind ``user 17``, in one statement."""
    found = {one.by: USER.fullmatch(one.by) for one in history.moments}
    keys = {by: int(match[1]) for by, match in found.items() if match}
    users = User.objects.in_bulk(set(keys.values())) if keys else {}
    return {by: users[key].username for by, key in keys.items() if key in users}
