"""What `GET /api/v1/payments/analytics` tells of the last days: one statement."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.models_sums import HAS_FAILED, IS_PAID
from gateway.policy.fees import half_even
from gateway.sums import seconds
from lucidpay.clock import iso
from lucidpay.ids import first_id_at
from lucidpay.money import tokens_of
from lucidpay.sql import ask
from payouts.queries import ID_SLACK
from payouts.stats import percent

DAYS_DEFAULT, DAYS_MAX = 30, 365
_STATEMENT = f"""
SELECT count(*), count(*) FILTER (WHERE {IS_PAID}), count(*) FILTER (WHERE {HAS_FAILED}),
       coalesce(sum(amount_micro) FILTER (WHERE {IS_PAID}), 0),
       coalesce(sum(fee_micro) FILTER (WHERE {IS_PAID}), 0),
       coalesce(sum(greatest(
         round(extract(epoch FROM completed_at - created_at) * 1000), 0)), 0),
       mode() WITHIN GROUP (ORDER BY extract(hour FROM created_at AT TIME ZONE 'UTC')::int),
       mode() WITHIN GROUP (ORDER BY amount_micro)
  FROM gateway_payment
 WHERE {{mine}} AND id >= %(first)s::uuid AND created_at >= %(start)s::timestamptz
"""  # noqa: S608 (conditions of our own)
OF_ALL = _STATEMENT.format(mine="true")
OF_OWNER = _STATEMENT.format(mine="owner_id = %(owner)s::bigint")


def analytics_body(*, days: int, owner_id: int | None, now: datetime) -> dict[str, Any]:
    """Return the figures of the payments created in the last days, of one owner or everybody.

    Volume, fees, their average and the time are of successful ones: whose payees were paid.
    """
    start = now.astimezone(UTC) - timedelta(days=days)
    facts = {"owner": owner_id, "start": start, "first": first_id_at(start - ID_SLACK)}
    [found] = ask(OF_ALL if owner_id is None else OF_OWNER, facts, keeps_plan=False)
    total, paid, failed, volume, fees, took_ms = map(int, found[:6])
    hour, amount = found[6:]
    return {
        "total_payments": total,
        "total_volume": tokens_of(volume),
        "average_payment_size": tokens_of(half_even(volume, paid)) if paid else Decimal(0),
        "success_rate_percent": percent(paid, paid + failed),
        "failed_payments": failed,
        "average_processing_time_seconds": seconds(took_ms, paid),
        "peak_hour": hour,
        "most_common_amount": None if amount is None else tokens_of(amount),
        "total_fees_collected": tokens_of(fees),
        "timestamp": iso(now),
    }
