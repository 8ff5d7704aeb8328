"""Counting everything again, after payouts were written past the triggers."""

from django.db import connection, transaction

from payouts.tallies.fold import LOCK
from payouts.tallies.models import Measure
from payouts.tallies.triggers import COLUMNS, counted_sql, took_sql

_SIGNED = """(SELECT payout.*, first.at FROM payouts_payout AS payout
                JOIN (SELECT DISTINCT ON (subject) subject, created_at AS at
                        FROM tron_chaintransaction ORDER BY subject, id) AS first
                  ON first.subject = payout.id) AS signed"""
_CONFIRMED = "(SELECT * FROM payouts_payout WHERE status = 'confirmed') AS confirmed"


def raw_sql() -> str:
    """Return a SELECT of ``COLUMNS`` that counts all payouts from the payouts themselves."""
    rows = " UNION ALL ".join(
        (
            counted_sql("payouts_payout"),
            took_sql(Measure.DISPATCH, _SIGNED, "at"),
            took_sql(Measure.CONFIRMATION, _CONFIRMED, "confirmed_at"),
        )
    )
    return f"""
        SELECT owner_id, router_type, hour, measure, bucket, sum(count), sum(total)
          FROM ({rows}) AS payout GROUP BY owner_id, router_type, hour, measure, bucket"""


def tallies_rebuild() -> None:
    """Forget the tallies and count all payouts. Nobody writes payouts meanwhile: they wait."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("LOCK TABLE payouts_payout IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM payouts_tally")
        cursor.execute("DELETE FROM payouts_tallydelta")
        cursor.execute(f"INSERT INTO payouts_tallydelta ({COLUMNS}) {raw_sql()}")
