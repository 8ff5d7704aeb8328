"""Stories: every change of status by an allowed arrow, told once, announced once.

Invariant 8: one event and one row in the outbox for each, in the same transaction.
"""

from typing import Any

from lucidpay.verification.findings import FORGOTTEN_UNTIL, Rule, payout_sql
from payouts.states import ARROWS
from payouts.story import ANNOUNCED, CREATED

LOOK = "somebody wrote to the database by hand: find out who, and compare with a backup"
PAYOUT = payout_sql("payout.id")
STEPS = """
    steps AS (
        SELECT event.id, event.payout_id, event.from_status, event.to_status,
               lag(event.to_status) OVER story AS before, row_number() OVER story AS place
          FROM payouts_payoutevent AS event
          JOIN payouts_payout AS payout ON payout.id = event.payout_id
         WHERE payout.created_at >= %(since)s
        WINDOW story AS (PARTITION BY event.payout_id ORDER BY event.id))"""


def _arrows() -> dict[str, Any]:
    return {"arrows": [f"{start}>{end}" for start, end in ARROWS]}


def _announced() -> dict[str, Any]:
    return {
        "statuses": [status.value for status in ANNOUNCED],
        "types": list(ANNOUNCED.values()),
        "created": CREATED,
    }


NO_ARROW = Rule(
    "{0}: event {1} tells of {2} → {3}, which is no arrow",
    LOOK,
    f"""WITH {STEPS} SELECT {payout_sql("payout_id")}, id, from_status, to_status FROM steps
         WHERE from_status <> '' AND NOT from_status || '>' || to_status = ANY(%(arrows)s)
            OR place = 1 AND (from_status <> '' OR to_status <> 'pending')""",
    _arrows,
)
BROKEN_STORY = Rule(
    "{0}: event {1} goes on from {2}, but the story had come to {3}",
    LOOK,
    f"""WITH {STEPS} SELECT {payout_sql("payout_id")}, id,
               CASE WHEN from_status = '' THEN to_status ELSE from_status END, before FROM steps
         WHERE place > 1
           AND before <> CASE WHEN from_status = '' THEN to_status ELSE from_status END""",
)
OTHER_END = Rule(
    "{0} is {1}, but its story ends with {2}",
    LOOK,
    f"""SELECT {PAYOUT}, payout.status, coalesce(last.to_status, 'nothing')
          FROM payouts_payout AS payout
          LEFT JOIN LATERAL (SELECT to_status FROM payouts_payoutevent
                              WHERE payout_id = payout.id ORDER BY id DESC LIMIT 1) AS last ON true
         WHERE payout.created_at >= %(since)s AND last.to_status IS DISTINCT FROM payout.status""",
)
NOT_ANNOUNCED = Rule(
    "{0}: {1} happened {2} times and was announced {3} times",
    LOOK,
    f"""WITH kinds AS (
            SELECT * FROM unnest(%(statuses)s::text[], %(types)s::text[]) AS kind (status, type)),
        told AS (
            SELECT event.payout_id AS id, kinds.type, count(*) AS times
              FROM payouts_payoutevent AS event
              JOIN kinds ON kinds.status = event.to_status
             WHERE event.from_status <> '' GROUP BY 1, 2
            UNION ALL SELECT id, %(created)s, 1 FROM payouts_payout),
        announced AS (
            SELECT subject AS id, type, count(*) AS times FROM webhooks_event
             WHERE type = %(created)s OR type IN (SELECT type FROM kinds) GROUP BY 1, 2)
        SELECT {PAYOUT}, type, coalesce(told.times, 0), coalesce(announced.times, 0)
          FROM told FULL JOIN announced USING (id, type)
          LEFT JOIN payouts_payout AS payout USING (id)
         WHERE coalesce(told.times, 0) <> coalesce(announced.times, 0)
           AND (payout.id IS NULL OR payout.created_at >= %(since)s
                                     AND payout.created_at > {FORGOTTEN_UNTIL})""",
    _announced,
)

CHECKS = (NO_ARROW, BROKEN_STORY, OTHER_END, NOT_ANNOUNCED)
