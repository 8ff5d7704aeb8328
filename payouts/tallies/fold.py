"""Adding up what changed, so that reading never has much to add."""

from lucidpay.sql import fold
from payouts.tallies.triggers import COLUMNS

CHUNK = 5_000
# Of whoever changes the sums: two at once would wait for each other's rows.
LOCK = 7_215_409_921_336_854_117
_KEY = "owner_id, hour, router_type, measure, bucket"
# Each change counts four times: for its owner and for everybody, in its hour and since ever.
_FOLD = f"""
    WITH taken AS (
        DELETE FROM payouts_tallydelta
         WHERE id IN (SELECT id FROM payouts_tallydelta ORDER BY id LIMIT %s)
        RETURNING {COLUMNS}
    ), summed AS (
        INSERT INTO payouts_tally AS kept ({_KEY}, count, total)
        SELECT {_KEY}, sum(count), sum(total) FROM taken
         GROUP BY router_type, measure, bucket, CUBE (owner_id, hour)
        ON CONFLICT ({_KEY}) DO UPDATE
           SET count = kept.count + excluded.count, total = kept.total + excluded.total
    )
    SELECT count(*) FROM taken"""


def tallies_fold() -> int:
    """Add the oldest changes to the tallies and forget them; return how many they were.

    Both happen in one statement, so whoever reads sees each change once. Returns 0 while
    another worker is at it.
    """
    return fold(_FOLD, lock=LOCK, chunk=CHUNK)
