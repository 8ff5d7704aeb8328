"""What payments add up to since ever, kept by the database itself.

A trigger writes what a statement changed into ``PaymentSumChange``; ``payment_sums_fold`` adds it
up. Sums and changes read together, in one statement, are exact at every moment
(``gateway/sums.py``).
"""

import pgtrigger
from django.db import models

from gateway.models import Payment

FIGURES = ("payments", "successful", "failed", "volume", "fees", "refunded", "took_ms")
# A payment is successful once its payee was paid, whatever came after.
IS_PAID = "(status = 'completed' OR completed_at IS NOT NULL)"
HAS_FAILED = "(status IN ('failed', 'cancelled'))"


class PaymentFigures(models.Model):
    """Counts of payments; sums in micro-USDT, and in milliseconds from creation to completion."""

    # No foreign key: a trigger writes it on the way of every payment, whose own one has just
    # been checked.
    owner_id = models.BigIntegerField(null=True, help_text="None: everybody.")
    payments = models.BigIntegerField()
    successful = models.BigIntegerField()
    failed = models.BigIntegerField()
    # Wider than bigint: ten thousand payments of the largest amount would not fit into that.
    volume = models.DecimalField(max_digits=40, decimal_places=0)
    fees = models.DecimalField(max_digits=40, decimal_places=0)
    refunded = models.DecimalField(max_digits=40, decimal_places=0)
    took_ms = models.DecimalField(max_digits=40, decimal_places=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.payments}"


class PaymentSum(PaymentFigures):
    """The sums of one owner, or of everybody."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id"], nulls_distinct=False, name="payment_sum_once"
            )
        ]


class PaymentSumChange(PaymentFigures):
    """What one statement changed for one owner. Waits to be added up."""


def figures_sql(rows: str, sign: str = "") -> str:
    """Return a SELECT of the figures of each of these payments, negated by a sign."""
    took_ms = "round(extract(epoch FROM completed_at - created_at) * 1000)"
    values = {
        "payments": "1",
        "successful": f"{IS_PAID}::int",
        "failed": f"{HAS_FAILED}::int",
        "volume": f"CASE WHEN {IS_PAID} THEN amount_micro ELSE 0 END",
        "fees": f"CASE WHEN {IS_PAID} THEN fee_micro ELSE 0 END",
        "refunded": "refunded_micro",
        "took_ms": f"greatest(coalesce({took_ms}, 0), 0)",
    }
    listed = ", ".join(f"{sign}({sql}) AS {name}" for name, sql in values.items())
    return f"SELECT owner_id, {listed} FROM {rows}"  # noqa: S608 (names of our own)


def _insert_sql(*parts: str) -> str:
    sums = ", ".join(f"sum({name})" for name in FIGURES)
    moved = " OR ".join(f"sum({name}) <> 0" for name in FIGURES)
    return f"""
        INSERT INTO gateway_paymentsumchange (owner_id, {", ".join(FIGURES)})
        SELECT owner_id, {sums} FROM ({" UNION ALL ".join(parts)}) AS moved
         GROUP BY owner_id HAVING {moved};
        RETURN NULL;"""  # noqa: S608 (names of our own)


pgtrigger.register(
    pgtrigger.Trigger(
        name="payment_sum_insert",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=_insert_sql(figures_sql("new_rows")),
    ),
    pgtrigger.Trigger(
        name="payment_sum_update",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        # Of any column: PostgreSQL gives no rows to a statement trigger of chosen columns.
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=_insert_sql(figures_sql("new_rows"), figures_sql("old_rows", "-")),
    ),
)(Payment)
