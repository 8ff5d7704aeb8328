"""The one door through which a payout's status moves, and the story it leaves behind."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lucidpay.api.json import dumps, written
from lucidpay.errors import InvariantBroken, ensure
from lucidpay.rows import Row, insert, rows_update
from payouts.models import Payout, PayoutEvent
from payouts.policy.limits import give_back
from payouts.representation import payout_body
from payouts.states import ARROWS, Status
from payouts.store import Beginning, store
from webhooks import outbox
from webhooks.outbox import Fact

# What others are told. A return to pending is our affair: the payout is still under way.
ANNOUNCED = {
    Status.PROCESSING: "payout.processing",
    Status.CONFIRMED: "payout.confirmed",
    Status.FAILED: "payout.failed",
    Status.CANCELLED: "payout.cancelled",
}
CREATED = "payout.created"
# These pay nothing any more, so what they took from the limits is given back.
UNPAID = (Status.FAILED, Status.CANCELLED)
ASKED_FOR = "asked for"  # the note of every first event
# Steps that leave the status as it is; an event's details name them as "review".
SCREENED, APPROVED, REJECTED = "screened", "approved", "rejected"
EDITED, APPROVAL_EXPIRED = "edited", "approval_expired"


def begin(payout: Payout, *, by: str, details: dict[str, Any]) -> None:
    """Store a new payout with its first event and its announcement.

    ``details`` says what was checked before it was accepted, and how that came out.
    """
    begin_many([payout], by=by, details={payout.pk: details})


def begin_many(payouts: list[Payout], *, by: str, details: dict[UUID, dict[str, Any]]) -> None:
    """Store new payouts, asked for at one moment, as ``begin`` does; ``details`` by payout key.

    One statement, however many they are. The caller reserves what they take from the limits.
    """
    ensure(transaction.get_connection().in_atomic_block, "a payout begins in a transaction")
    store(beginning(payouts, by=by, details=details))


def beginning(payouts: list[Payout], *, by: str, details: dict[UUID, dict[str, Any]]) -> Beginning:
    """Return what is to be stored of new payouts, asked for at one moment."""
    ensure(all(one.status == Status.PENDING for one in payouts), "a payout begins as pending")
    ensure(len({one.created_at for one in payouts}) == 1, "payouts begin at one moment")
    now = payouts[0].created_at
    bodies = {one.pk: payout_body(one) for one in payouts}
    texts = {key: dumps(body) for key, body in bodies.items()}
    told = [Fact(one.pk, one.owner_id, written(texts[one.pk])) for one in payouts]
    return Beginning(
        # By their references: two requests that share some would else wait for each other.
        payouts=sorted(payouts, key=lambda one: one.reference_id or ""),
        events=_events(payouts, by=by, now=now, note=ASKED_FOR, details=details),
        announcements=outbox.events_of(CREATED, told, at=now),
        bodies=bodies,
        texts=texts,
    )


def advance(
    payouts: list[Payout],
    *,
    to: Status,
    by: str,
    now: datetime,
    note: str,
    details: dict[UUID, dict[str, Any]] | None = None,
    changes: tuple[str, ...] = (),
) -> None:
    """Move payouts, locked by the caller, to a status; write an event and an announcement of each.

    Those that end unpaid give back what they took from the limits, here and nowhere else.

    ``changes`` names further fields the caller has set on the rows, saved with the status;
    ``details`` gives facts for the event by payout key. Raises ``InvariantBroken`` for an arrow
    that does not exist, and changes nothing then.
    """
    ensure(transaction.get_connection().in_atomic_block, "status change outside a transaction")
    starts = {payout.pk: payout.status for payout in payouts}
    for payout in payouts:
        if (Status(payout.status), to) not in ARROWS:
            raise InvariantBroken(f"{payout}: {payout.status} → {to} is no arrow")
    for payout in payouts:
        payout.status, payout.updated_at = to, now
    _save(payouts, ["status", "updated_at", *changes])
    tell(payouts, by=by, now=now, note=note, starts=starts, details=details)
    if to in ANNOUNCED:
        outbox.record(ANNOUNCED[to], map(fact_of, payouts), at=now)
    if to in UNPAID:
        give_back(payouts)


def fact_of(payout: Payout) -> Fact:
    """Return what an event tells of a payout as it stands now."""
    return Fact(payout.pk, payout.owner_id, payout_body(payout))


def _save(payouts: list[Payout], fields: list[str]) -> None:
    """Write these fields in one statement: a plain one where all rows get the same."""
    values = [{name: getattr(payout, name) for name in fields} for payout in payouts]
    if values and all(one == values[0] for one in values):
        Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(**values[0])
    else:
        rows_update(payouts, fields)


def tell(
    payouts: list[Payout],
    *,
    by: str,
    now: datetime,
    note: str,
    starts: dict[UUID, str] | None = None,
    details: dict[UUID, dict[str, Any]] | None = None,
) -> None:
    """Write one event of each payout's story; without ``starts`` its status did not move."""
    told = _events(payouts, by=by, now=now, note=note, starts=starts, details=details)
    insert(PayoutEvent, told)


def _events(
    payouts: list[Payout],
    *,
    by: str,
    now: datetime,
    note: str,
    starts: dict[UUID, str] | None = None,
    details: dict[UUID, dict[str, Any]] | None = None,
) -> list[Row]:
    return [
        {
            "payout_id": payout.pk,
            "from_status": (starts or {}).get(payout.pk, ""),
            "to_status": payout.status,
            "by": by,
            "note": note,
            "details": (details or {}).get(payout.pk),
            "request_id": payout.request_id,
            "at": now,
        }
        for payout in payouts
    ]
