"""The kill switch: while it is on, nothing is signed and nothing is sent. Reading goes on.

It is pulled by people, and by LucidPay itself when money moves that nobody ordered or nodes
contradict each other. Only people let go of it. Signer and sender look at it before each chunk.
"""

from collections.abc import Iterable
from datetime import datetime

import structlog

from lucidpay.errors import Conflict
from tron.models import Halt, HaltCause

log = structlog.get_logger(__name__)

REASON_MAX, SUBJECT_MAX = 500, 200


class Halted(RuntimeError):
    """The kill switch is on."""


class NothingToLift(Conflict):
    """None of these halts is open. See `manage.py kill_switch` for those that are."""


def halt(*, cause: HaltCause, subject: str = "", reason: str, by: str, now: datetime) -> Halt:
    """Stop all signing and sending; return the halt. A fact that stopped it before is kept once.

    Logged as critical in any case: it is what alerts are made of.
    """
    text = {"reason": reason[:REASON_MAX], "by": by, "at": now}
    made, is_new = Halt.objects.get_or_create(
        cause=cause, subject=subject[:SUBJECT_MAX], lifted_at=None, defaults=text
    )
    log.critical("halted", cause=cause, subject=subject, reason=reason, by=by, new=is_new)
    return made


def halt_once(*, cause: HaltCause, subject: str, reason: str, by: str, now: datetime) -> None:
    """Stop all signing and sending for a fact that stays, unless it has stopped them before.

    Else a person who understood it could never go on: it is met again in every sweep.
    """
    if not Halt.objects.filter(cause=cause, subject=subject[:SUBJECT_MAX]).exists():
        halt(cause=cause, subject=subject, reason=reason, by=by, now=now)


def pull(*, reason: str, by: str, now: datetime) -> Halt:
    """Stop all signing and sending by a person's hand; return the halt.

    One for each person and reason: whoever lifts their own must not lift, unread, another's.
    """
    subject = f"{by}: {reason}"
    return halt(cause=HaltCause.OPERATOR, subject=subject, reason=reason, by=by, now=now)


def lift(*, halts: Iterable[int], reason: str, by: str, now: datetime) -> int:
    """Close these halts and return how many were open.

    They are named one by one, so that one which came meanwhile is not lifted unread. Raises
    ``NothingToLift`` when none of them is open.
    """
    named = sorted(halts)
    rows = Halt.objects.filter(pk__in=named, lifted_at=None)
    count = rows.update(lifted_by=by, lifted_reason=reason[:REASON_MAX], lifted_at=now)
    if not count:
        raise NothingToLift
    log.critical("halt_lifted", halts=named, reason=reason, by=by)
    return count


def open_halts() -> list[Halt]:
    """Return why all stands still, the oldest first; nothing while all is well."""
    return list(Halt.objects.filter(lifted_at=None).order_by("pk"))


def refuse_halted() -> None:
    """Raise ``Halted`` while the kill switch is on."""
    first = Halt.objects.filter(lifted_at=None).order_by("pk").first()
    if first is not None:
        raise Halted(f"the kill switch is on ({first.get_cause_display()}): {first.reason}")
