"""What a wallet held, step by step, as its comparisons with the chain have kept it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lucidpay.sql import ask

# A month of comparisons every five minutes. Where they are made more often the history is shorter.
COMPARED_MAX = 10_000
# Read backwards through the index of the newest comparisons, never further than the bound.
LAST_OF_EACH_STEP = """
    SELECT DISTINCT ON (step) step, at, ledger_units, chain_units FROM (
        SELECT at, ledger_units, chain_units,
               date_bin(%(step_s)s::int * interval '1 second', at, %(since)s::timestamptz) AS step
          FROM wallets_reconciliation
         WHERE wallet_id = %(wallet)s::uuid AND asset = %(asset)s::varchar
         ORDER BY block_number DESC LIMIT %(most)s::int
    ) AS newest
     WHERE at >= %(since)s::timestamptz AND at <= %(until)s::timestamptz
     ORDER BY step, at DESC
"""


@dataclass(frozen=True)
class Closing:
    """The last comparison of a step, in base units."""

    at: datetime
    books_units: int
    chain_units: int


def closings(
    wallet_id: UUID, asset: str, *, until: datetime, length: timedelta, step: timedelta
) -> list[Closing]:
    """Return what a wallet held at the end of each step, oldest first; steps without one are left.

    One statement that looks at ``COMPARED_MAX`` comparisons at most.
    """
    facts = {
        "wallet": wallet_id, "asset": asset, "since": until - length, "until": until,
        "step_s": step // timedelta(seconds=1), "most": COMPARED_MAX,
    }  # fmt: skip
    rows = ask(LAST_OF_EACH_STEP, facts, keeps_plan=False)
    return [Closing(at, books, chain) for _, at, books, chain in rows]
