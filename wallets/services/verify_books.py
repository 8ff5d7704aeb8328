"""Whether the books agree with themselves. Reads all of them: for `verify`, not for every day."""

from django.db import connection

# Each finds rows that cannot be: (what is wrong, SQL).
CHECKS = (
    (
        "a journal does not sum to zero",
        "SELECT 'journal ' || journal_id || ' ' || asset || ': ' || sum(units) FROM wallets_entry "
        "GROUP BY journal_id, asset HAVING sum(units) <> 0",
    ),
    (
        "a running balance is not the sum of its entries",
        "SELECT 'account ' || a.id || ': ' || a.balance_units || ', not ' || coalesce(e.units, 0) "
        "FROM wallets_account a LEFT JOIN (SELECT account_id, sum(units) AS units "
        "FROM wallets_entry GROUP BY account_id) e ON e.account_id = a.id "
        "WHERE a.kind = 'wallet' AND a.balance_units <> coalesce(e.units, 0)",
    ),
    (
        "what is held is not the sum of the open holds",
        "SELECT 'account ' || a.id || ': ' || a.held_units || ', not ' || coalesce(h.units, 0) "
        "FROM wallets_account a LEFT JOIN (SELECT account_id, sum(units) AS units "
        "FROM wallets_hold WHERE status = 'open' GROUP BY account_id) h ON h.account_id = a.id "
        "WHERE a.held_units <> coalesce(h.units, 0)",
    ),
)


def books_verify() -> list[str]:
    """Return one sentence for each contradiction in the books; none when all is well."""
    found = []
    with connection.cursor() as cursor:
        for what, query in CHECKS:
            cursor.execute(query)
            found += [f"{what}: {where}" for (where,) in cursor.fetchall()]
    return found
