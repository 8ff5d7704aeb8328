"""All that must be known before a payout is stored, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.caller import Caller
from access.idempotency import Key
from access.models import IdempotencyRecord
from lucidpay.sql import as_rows, ask
from payouts.kinds import ROUTERS_HERE, RouterType
from payouts.models_limits import LimitKind
from payouts.policy import facts, funds, used
from payouts.policy.funds import Purse
from payouts.policy.router import recipients_trusted

KNOWN = f"""
SELECT (SELECT json_agg(json_build_array(body_hash, status_code, response))
          FROM access_idempotencyrecord
         WHERE user_id = %(user)s::bigint AND endpoint = %(endpoint)s::text
           AND key = ANY(%(keys)s::text[])),
       EXISTS (SELECT FROM payouts_payout
                WHERE owner_id = %(user)s::bigint AND reference_id = ANY(%(references)s::text[])),
       (SELECT json_agg(address) FROM payouts_kycrecord
         WHERE address = ANY(%(recipients)s::text[]) AND status = 'approved'
           AND expires_at > %(now)s::timestamptz),
       (SELECT json_agg(it) FROM ({funds.PURSES}) AS it),
       (SELECT json_agg(it) FROM ({used.READ}) AS it),
       (SELECT json_agg(it) FROM ({facts.FACTS}) AS it)
"""  # noqa: S608 (constants of our modules)


@dataclass(frozen=True)
class Known:
    """What one statement found out about orders of one caller before they are decided."""

    records: list[IdempotencyRecord]  # what their keys have answered before
    is_taken: bool  # a reference belongs to an earlier payout
    with_kyc: frozenset[str]  # those of the recipients with a valid record
    purses: dict[str, Purse]  # by router, of those that have a wallet that is ready
    limits: used.Facts
    review: list[list[Any]]  # rows of ``facts.FACTS``
    trusted: frozenset[str] | None = None  # of the recipients, where direct payouts are asked for


def known_of(
    caller: Caller,
    orders: list[dict[str, Any]],
    keys: list[Key],
    *,
    exact: bool,
    now: datetime,
    is_direct: bool = False,
) -> Known:
    """Return what is known of validated orders. Nothing is locked, and one snapshot tells all.

    ``keys`` are Idempotency-Keys of theirs, all of one endpoint. With ``exact`` the promises of
    wallets are counted anew (``policy/funds.py``). ``is_direct``: they are for trusted recipients,
    of whom one statement more is asked.
    """
    recipients = [order["recipient_address"] for order in orders]
    # Which of them, a KYC record says.
    routers = (RouterType.DIRECT,) if is_direct else ROUTERS_HERE
    counted = funds.promises_kept() if not exact else {}
    values = {
        "keys": [one.key for one in keys],
        "endpoint": keys[0].endpoint if keys else None,
        "references": [order.get("reference_id") for order in orders],
        "now": now,
        "routers": [one.value for one in routers],
        "counted": list(counted),
        **used.asking(_subjects(caller, recipients, routers), now=now),
        **facts.asking(
            caller.user_id,
            [(order["recipient_address"], order["amount_usdt"]) for order in orders],
            key_id=caller.api_key_id,
            now=now,
        ),
    }
    [[records, is_taken, with_kyc, purses, rows, review]] = ask(KNOWN, values)
    return Known(
        records=[_record(*one) for one in records or []],
        is_taken=is_taken,
        with_kyc=frozenset(with_kyc or []),
        purses=funds.purses_from(as_rows(purses), counted),
        limits=used.facts_from(as_rows(rows)),
        review=as_rows(review),
        trusted=recipients_trusted(recipients) if is_direct else None,
    )


def _subjects(
    caller: Caller, recipients: list[str], routers: tuple[RouterType, ...]
) -> list[used.Subject]:
    """Return whoever's limits can hold for payouts that are asked for here."""
    found = [(LimitKind.ROUTER.value, router.value) for router in routers]
    if RouterType.DIRECT in routers:
        found += [(LimitKind.TRUSTED.value, one) for one in recipients]
    found.append((LimitKind.CALLER.value, str(caller.user_id)))
    found += [(LimitKind.RECIPIENT.value, one) for one in recipients]
    if caller.key_origin_id is not None:
        found.append((LimitKind.API_KEY.value, caller.key_origin_id.hex))
    return found


def _record(body_hash: str, status_code: int, response: str) -> IdempotencyRecord:
    return IdempotencyRecord(body_hash=body_hash, status_code=status_code, response=response)
