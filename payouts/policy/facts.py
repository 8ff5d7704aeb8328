"""What is known of orders before they are stored: one statement for one order or for a hundred."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from lucidpay.sql import as_rows, ask
from payouts.models import Payout
from payouts.policy.used import day_of

# Payouts that ended without paying count neither as a duplicate nor as known. `alike` asks left
# and right of the address itself, so that its own thousand payouts are not read one by one.
FACTS = """
    WITH caller AS MATERIALIZED (
        SELECT EXISTS (SELECT FROM payouts_reviewexemption
                        WHERE user_id = %(user)s::bigint
                           OR api_key_id = %(key)s::uuid) AS is_exempt,
               (SELECT jsonb_object_agg(code, jsonb_build_array(enabled, parameter))
                  FROM payouts_reviewrule) AS rules),
    asked AS (
        SELECT *, left(recipient, 4) AS head, right(recipient, 4) AS tail
          FROM unnest(%(recipients)s::text[], %(amounts)s::bigint[])
               WITH ORDINALITY AS asked (recipient, amount_micro, place))
    SELECT is_exempt, CASE WHEN place = 1 THEN rules END AS rules,
           CASE WHEN NOT is_exempt THEN (
               SELECT max(used_micro) FROM payouts_limitwindow
                WHERE kind = 'caller' AND subject = %(user)s::bigint::text AND period = 'day'
                  AND starts_at = %(day)s::timestamptz) END AS asked_micro,
           found.*
      FROM caller CROSS JOIN asked
      LEFT JOIN LATERAL (
          SELECT EXISTS (SELECT FROM wallets_wallet WHERE address = asked.recipient) AS is_own,
                 EXISTS (SELECT FROM payouts_payout
                          WHERE left(recipient_address, 4) = head
                            AND right(recipient_address, 4) = tail
                            AND recipient_address = asked.recipient
                            AND status IN ('processing', 'confirmed')) AS is_known,
                 coalesce(
                     (SELECT recipient_address FROM payouts_payout
                       WHERE left(recipient_address, 4) = head
                         AND right(recipient_address, 4) = tail
                         AND recipient_address < asked.recipient
                         AND status IN ('processing', 'confirmed') LIMIT 1),
                     (SELECT recipient_address FROM payouts_payout
                       WHERE left(recipient_address, 4) = head
                         AND right(recipient_address, 4) = tail
                         AND recipient_address > asked.recipient
                         AND status IN ('processing', 'confirmed') LIMIT 1),
                     (SELECT address FROM payouts_trustedrecipient
                       WHERE left(address, 4) = head
                         AND right(address, 4) = tail
                         AND address <> asked.recipient
                         AND approved_at IS NOT NULL AND removed_at IS NULL LIMIT 1)) AS alike,
                 (SELECT max(created_at) FROM payouts_payout
                   WHERE recipient_address = asked.recipient
                     AND amount_micro = asked.amount_micro
                     AND status NOT IN ('failed', 'cancelled')) AS same_at
      ) AS found ON NOT is_exempt
     ORDER BY place
"""


@dataclass(frozen=True)
class Facts:
    """What the rules are asked about one order."""

    is_own: bool = False
    is_known: bool = False  # paid before, or under way
    alike: str = ""  # a known address with the same beginning and end
    same_at: datetime | None = None  # when the same amount was last asked for this recipient
    # By the same caller since midnight UTC, this order not counted nor what was given back.
    asked_today_micro: int = 0


@dataclass(frozen=True)
class Known:
    """What is known of the caller, the rules as they are set, and the facts of each order."""

    is_exempt: bool
    rules: dict[str, tuple[bool, int | None]]
    facts: list[Facts]


def facts_of(payouts: list[Payout], *, key_id: UUID | None, now: datetime) -> Known:
    """Return what is known of payouts of one owner that are about to be stored.

    Each counts as asked for when it is the turn of those after it.
    """
    if not payouts:
        return Known(is_exempt=False, rules={}, facts=[])
    orders = [(payout.recipient_address, payout.amount_micro) for payout in payouts]
    values = asking(payouts[0].owner_id, orders, key_id=key_id, now=now)
    [[told]] = ask(f"SELECT json_agg(it) FROM ({FACTS}) AS it", values)  # noqa: S608 (a constant)
    return known_from(as_rows(told), payouts, now=now)


def asking(
    owner_id: int, orders: list[tuple[str, int]], *, key_id: UUID | None, now: datetime
) -> dict[str, Any]:
    """Return the values of ``FACTS`` for one owner's orders: (recipient, micro-USDT)."""
    return {
        "user": owner_id,
        "key": key_id,
        "day": day_of(now),
        "recipients": [recipient for recipient, _ in orders],
        "amounts": [amount_micro for _, amount_micro in orders],
    }


def known_from(rows: list[Any], payouts: list[Payout], *, now: datetime) -> Known:
    """Return what the rows of ``FACTS``, told as JSON, say of these payouts."""
    is_exempt, rules, asked_micro = rows[0][:3]
    facts = [] if is_exempt else [_facts(row[3:], asked_micro) for row in rows]
    known_rules = {code: (on, bound) for code, (on, bound) in (rules or {}).items()}
    return Known(is_exempt, known_rules, _in_turn(payouts, facts, now))


def _facts(found: tuple[Any, ...], asked_micro: int) -> Facts:
    is_own, is_known, alike, same_at = found
    same_at = datetime.fromisoformat(same_at) if same_at else None
    return Facts(is_own, is_known, alike or "", same_at, asked_micro or 0)


def _in_turn(payouts: list[Payout], facts: list[Facts], now: datetime) -> list[Facts]:
    seen: set[tuple[str, int]] = set()
    before_micro = 0
    told = []
    for payout, one in zip(payouts, facts, strict=False):
        order = (payout.recipient_address, payout.amount_micro)
        told.append(
            replace(
                one,
                same_at=now if order in seen else one.same_at,
                asked_today_micro=one.asked_today_micro + before_micro,
            )
        )
        seen.add(order)
        before_micro += payout.amount_micro
    return told
