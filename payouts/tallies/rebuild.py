"""Counting everything again, after payouts were written past the triggers."""

from django.db import connection, transaction

from payouts.tallies.fold import LOCK
from payouts.tallies.models import Measure
from payouts.tallies.triggers import COLUMNS, cost_sql, counted_sql, took_sql

_SIGNED = """(SELECT payout.*, first.at FROM payouts_payout AS payout
                JOIN (SELECT DISTINCT ON (subject) subject, created_at AS at
                        FROM tron_chaintransaction ORDER BY subject, id) AS first
                  ON first.subject = payout.id) AS signed"""
_CONFIRMED = "(SELECT * FROM payouts_payout WHERE status = 'confirmed') AS confirmed"


_ENDED = """(SELECT payout.owner_id, router_type, payout.created_at, fee_sun, energy_used,
                     energy_staked
                FROM payouts_payout AS payout JOIN tron_chaintransaction AS tx
                  ON tx.subject = payout.id AND tx.status IN ('succeeded', 'failed')
                 AND tx.settled_at IS NOT NULL) AS ended"""


def raw_sql(*, with_costs: bool = True) -> str:
    """Return a SELECT of ``COLUMNS`` that counts all payouts from the payouts themselves."""
    parts = [
        counted_sql("payouts_payout"),
        took_sql(Measure.DISPATCH, _SIGNED, "at"),
        took_sql(Measure.CONFIRMATION, _CONFIRMED, "confirmed_at"),
        *([cost_sql(_ENDED)] if with_costs else []),
    ]
    rows = " UNION ALL ".join(parts)
    return f"""
        SELECT owner_id, router_type, hour, measure, bucket, sum(count), sum(total)
          FROM ({rows}) AS payout GROUP BY owner_id, router_type, hour, measure, bucket"""


def tallies_rebuild(*, with_costs: bool = True) -> None:
    """Forget the tallies and count all payouts. Nobody writes payouts meanwhile: they wait.

    Without costs: as long as the database does not know what they are made of.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("LOCK TABLE payouts_payout IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM payouts_tally")
        cursor.execute("DELETE FROM payouts_tallydelta")
        counted = raw_sql(with_costs=with_costs)
        cursor.execute(f"INSERT INTO payouts_tallydelta ({COLUMNS}) {counted}")
