"""Reading what payments add up to since ever, and adding up what changed."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.models_sums import FIGURES
from lucidpay.sql import ask, fold

CHUNK = 5_000
# Of whoever changes the sums: two at once would wait for each other's rows.
LOCK = 7_215_409_921_336_854_118
_NAMES = ", ".join(FIGURES)
_SUMS = ", ".join(f"sum({name})" for name in FIGURES)
_ADDED = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in FIGURES)
# Each change counts twice: for its owner and for everybody.
_FOLD = f"""
    WITH taken AS (
        DELETE FROM gateway_paymentsumchange
         WHERE id IN (SELECT id FROM gateway_paymentsumchange ORDER BY id LIMIT %s)
        RETURNING owner_id, {_NAMES}
    ), summed AS (
        INSERT INTO gateway_paymentsum AS kept (owner_id, {_NAMES})
        SELECT owner_id, {_SUMS} FROM taken GROUP BY ROLLUP (owner_id)
        HAVING sum(payments) IS NOT NULL
        ON CONFLICT (owner_id) DO UPDATE SET {_ADDED}
    )
    SELECT count(*) FROM taken"""  # noqa: S608 (names of our own)

_READ = f"""
    SELECT {", ".join(f"coalesce(sum({name}), 0)" for name in FIGURES)} FROM (
      SELECT {_NAMES} FROM gateway_paymentsum WHERE {{summed}}
       UNION ALL
      SELECT {_NAMES} FROM gateway_paymentsumchange WHERE {{changed}}
    ) AS lines"""  # noqa: S608 (names of our own)
_MINE = "owner_id = %(owner)s::bigint"
OF_OWNER = _READ.format(summed=_MINE, changed=_MINE)
OF_ALL = _READ.format(summed="owner_id IS NULL", changed="true")


@dataclass(frozen=True)
class Figures:
    """What payments add up to; sums in micro-USDT."""

    payments: int
    successful: int
    failed: int
    volume_micro: int
    fees_micro: int
    refunded_micro: int
    took_ms: int

    @property
    def average_s(self) -> Decimal | None:
        """Return how many seconds a payment took from being asked for to its payee being paid."""
        return seconds(self.took_ms, self.successful)


def seconds(took_ms: int, number: int) -> Decimal | None:
    """Return the average of this many times, in seconds to the millisecond."""
    return Decimal(took_ms // number).scaleb(-3) if number else None


def payment_figures(*, owner_id: int | None) -> Figures:
    """Return the sums over all payments of an owner, or (``None``) of everybody's.

    One statement, whose cost does not grow with the payments.
    """
    [sums] = ask(OF_ALL if owner_id is None else OF_OWNER, {"owner": owner_id})
    return Figures(*map(int, sums))


def payment_sums_fold() -> int:
    """Add the oldest changes to the sums and forget them; return how many they were.

    Both happen in one statement, so whoever reads sees each change once. Returns 0 while
    another worker is at it.
    """
    return fold(_FOLD, lock=LOCK, chunk=CHUNK)
