"""Limits: each window holds what its payouts took, and no more than it may.

What failed or was cancelled has given back. Windows that were cleared are not missed.
"""

from lucidpay.verification.findings import Rule, payout_sql

TODO = "correct used_micro to the sum of its payouts; find out who wrote to the window"
# Every window that a payout took from, by what can never be changed of the payout.
TAKEN = """
    SELECT payout.id, payout.amount_micro, kind, period.name AS period,
           date_trunc(period.name, payout.created_at, 'UTC') AS starts_at,
           CASE WHEN kind IN ('router', 'lifted') THEN payout.router_type
                WHEN kind = 'api_key' THEN replace(payout.api_key_id::text, '-', '')
                WHEN kind = 'caller' THEN payout.owner_id::text
                WHEN kind = 'transfer' THEN replace(payout.wallet_id::text, '-', '')
                ELSE payout.recipient_address END AS subject
      FROM payouts_payout AS payout
     CROSS JOIN unnest(payout.limit_kinds) AS kind
     CROSS JOIN (VALUES ('hour'), ('day')) AS period(name)
     WHERE payout.status NOT IN ('failed', 'cancelled')
"""
OTHER_USE = Rule(
    "the {0} of {1} {2} from {3} says {4} micro-USDT are used, its payouts sum to {5}",
    TODO,
    f"""SELECT kept.period, kept.kind, kept.subject, kept.starts_at, kept.used_micro,
               coalesce(taken.micro, 0)
          FROM payouts_limitwindow AS kept
          LEFT JOIN (SELECT kind, subject, period, starts_at, sum(amount_micro) AS micro
                       FROM ({TAKEN} AND payout.created_at
                             >= date_trunc('day', %(since)s::timestamptz, 'UTC')) AS one
                      GROUP BY kind, subject, period, starts_at) AS taken
               USING (kind, subject, period, starts_at)
         WHERE kept.starts_at >= date_trunc('day', %(since)s::timestamptz, 'UTC')
           AND kept.used_micro <> coalesce(taken.micro, 0)""",
)
UNRESERVED = Rule(
    "{0} counts against the {1} of {2} {3}, and there is no such window",
    "the limit lets out more than it may: cancel the payout or lower the limit",
    f"""SELECT {payout_sql("taken.id")}, taken.period, taken.kind, taken.subject
          FROM ({TAKEN} AND payout.created_at
                >= date_trunc('day', %(now)s::timestamptz, 'UTC')) AS taken
          LEFT JOIN payouts_limitwindow AS kept USING (kind, subject, period, starts_at)
         WHERE kept.id IS NULL
           AND taken.starts_at >= date_trunc(taken.period, %(now)s::timestamptz, 'UTC')""",
)
CHECKS = (OTHER_USE, UNRESERVED)
