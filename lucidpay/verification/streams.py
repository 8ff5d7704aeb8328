"""Streams: every event has its place, and no number is missing or told twice."""

from lucidpay.verification.findings import Rule

LOOK = "somebody wrote to the database by hand: receivers may have missed what stood there"
EVENT = "'evt_' || replace(event.id::text, '-', '')"

NO_PLACE = Rule(
    "{0} ({1}) has no place in any stream, so nobody will hear of it",
    LOOK,
    f"""SELECT {EVENT}, event.type FROM webhooks_event AS event
          LEFT JOIN webhooks_place AS place ON place.event_id = event.id
         WHERE place.id IS NULL AND event.type <> 'webhook.test'""",
)
NO_EVENT = Rule(
    "place {0} (number {1}) is of an event that is gone",
    LOOK,
    """SELECT place.id, place.sequence FROM webhooks_place AS place
         LEFT JOIN webhooks_event AS event ON event.id = place.event_id
        WHERE event.id IS NULL""",
)
OTHER_OWNER = Rule(
    "{0} is of user {1}, but stands in the stream of user {2}",
    LOOK,
    f"""SELECT {EVENT}, event.owner_id, place.owner_id FROM webhooks_event AS event
          JOIN webhooks_place AS place ON place.event_id = event.id
         WHERE place.owner_id IS DISTINCT FROM event.owner_id""",
)
GAP = Rule(
    "the stream of {0} goes on with {1} after {2}",
    LOOK,
    """WITH numbers AS (
           SELECT 0 AS owner_id, sequence AS number FROM webhooks_place
            WHERE sequence IS NOT NULL
           UNION ALL
           SELECT owner_id, owner_sequence FROM webhooks_place
            WHERE sequence IS NOT NULL AND owner_id IS NOT NULL),
       steps AS (
           SELECT owner_id, number,
                  lag(number) OVER (PARTITION BY owner_id ORDER BY number) AS before
             FROM numbers)
       SELECT CASE owner_id WHEN 0 THEN 'everybody' ELSE 'user ' || owner_id END, number, before
         FROM steps WHERE number IS NULL OR number <> before + 1""",
)
BEHIND = Rule(
    "the stream of {0} says it ends with {1}, and ends with {2}",
    LOOK,
    """WITH ends AS (
           SELECT 0 AS owner_id, max(sequence) AS number FROM webhooks_place
           UNION ALL
           SELECT owner_id, max(owner_sequence) FROM webhooks_place
            WHERE owner_id IS NOT NULL GROUP BY owner_id)
       SELECT CASE owner_id WHEN 0 THEN 'everybody' ELSE 'user ' || owner_id END,
              coalesce(stream.last, 0), ends.number
         FROM ends LEFT JOIN webhooks_stream AS stream USING (owner_id)
        WHERE ends.number IS NOT NULL AND ends.number <> coalesce(stream.last, 0)""",
)
WAITS = Rule(
    "{0} ({1}) of {2} still waits for its place, so nobody has heard of it",
    "see that workers serve the queue payment-gateway, and their log",
    f"""SELECT {EVENT}, event.type, event.created_at FROM webhooks_place AS place
          JOIN webhooks_event AS event ON event.id = place.event_id
         WHERE place.sequence IS NULL AND event.created_at < %(late)s""",
)

CHECKS = (NO_PLACE, NO_EVENT, OTHER_OWNER, GAP, BEHIND, WAITS)
