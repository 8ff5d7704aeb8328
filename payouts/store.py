"""Storing payouts that begin, with all that belongs to them, in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from access.idempotency import Key
from access.models import IdempotencyRecord
from lucidpay.rows import Row, are_stored, insert_sql, row_of, rows_json
from lucidpay.sql import ask
from payouts.models import Payout, PayoutEvent
from payouts.policy.limits import RESERVE, reserving
from payouts.policy.refusals import Room
from webhooks.models import Event


@dataclass(frozen=True)
class Beginning:
    """What is stored of payouts that begin."""

    payouts: list[Payout]
    events: list[Row]
    announcements: list[Row]
    bodies: dict[UUID, dict[str, Any]]  # as callers see them, by key
    texts: dict[UUID, str]  # the same, written


@cache
def _statement() -> str:
    # The limits come last, and only for what was stored: whoever wants the same windows waits
    # from there until the commit. `turn` is false while another request with one of these
    # keys runs.
    return f"""
        WITH turn AS MATERIALIZED (
            SELECT coalesce(bool_and(pg_try_advisory_xact_lock(one)), true) AS is_ours
              FROM unnest(%(locks)s::bigint[]) AS one
        ), payout AS ({insert_sql(Payout, "payouts", "JOIN turn ON is_ours")} RETURNING 1
        ), event AS ({insert_sql(PayoutEvent, "events", "JOIN turn ON is_ours")}
        ), announcement AS ({insert_sql(Event, "announcements", "JOIN turn ON is_ours")}
        ), answer AS ({insert_sql(IdempotencyRecord, "answers", "JOIN turn ON is_ours")}
        ), stored AS (SELECT count(*) AS number FROM payout
        ), reserved AS ({RESERVE.format(where="JOIN stored ON stored.number > 0")})
        SELECT number FROM stored"""  # noqa: S608 (constants and names of our models)


def store(
    beginning: Beginning,
    *,
    rooms: Iterable[Room] = (),
    answers: Sequence[tuple[Key, Row]] = (),
) -> bool:
    """Store payouts with their events and announcements; reserve ``rooms``; keep ``answers``.

    All of it or nothing. Returns false, and nothing is stored, while another request with one of
    these keys is running. Raises ``IntegrityError`` when a reference, the key or the room in a
    window is taken.
    """
    facts = {
        "locks": [key.lock for key, _ in answers],
        "payouts": rows_json([row_of(payout) for payout in beginning.payouts]),
        "events": rows_json(beginning.events),
        "announcements": rows_json(beginning.announcements),
        "answers": rows_json([row for _, row in answers]),
        **reserving(list(rooms)),
    }
    [[number]] = ask(_statement(), facts)
    if number:
        are_stored(beginning.payouts)
    return bool(number)
