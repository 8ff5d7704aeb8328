"""All that must be known before a payout is stored, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.caller import Caller
from access.idempotency import Key
from access.models import IdempotencyRecord
from lucidpay.sql import as_rows, ask, flat
from payouts.kinds import ROUTERS_HERE
from payouts.models_limits import LimitKind
from payouts.policy import facts, funds, used
from payouts.policy.funds import Purse

KNOWN = flat(f"""
SELECT (SELECT json_build_array(body_hash, status_code, response) FROM access_idempotencyrecord
         WHERE user_id = %(user)s::bigint AND endpoint = %(endpoint)s::text
           AND key = %(idempotency_key)s::text),
       EXISTS (SELECT FROM payouts_payout
                WHERE owner_id = %(user)s::bigint AND reference_id = %(reference)s::text),
       EXISTS (SELECT FROM payouts_kycrecord
                WHERE address = %(recipient)s::text AND status = 'approved'
                  AND expires_at > %(now)s::timestamptz),
       (SELECT json_agg(it) FROM ({funds.PURSES}) AS it),
       (SELECT json_agg(it) FROM ({used.READ}) AS it),
       (SELECT json_agg(it) FROM ({facts.FACTS}) AS it)
""")  # noqa: S608 (constants of our modules)


@dataclass(frozen=True)
class Known:
    """What one statement found out about an order before it is decided."""

    record: IdempotencyRecord | None  # what its key has answered before
    is_taken: bool  # its reference belongs to an earlier payout
    has_kyc: bool
    purses: dict[str, Purse]  # by router, of those that have a wallet that is ready
    limits: used.Facts
    review: list[list[Any]]  # rows of ``facts.FACTS``


def known_of(
    caller: Caller, order: dict[str, Any], key: Key | None, *, exact: bool, now: datetime
) -> Known:
    """Return what is known of a validated order. Nothing is locked, and one snapshot tells all.

    With ``exact`` the promises of wallets are counted anew (``policy/funds.py``).
    """
    recipient = order["recipient_address"]
    counted = funds.promises_kept() if not exact else {}
    values = {
        "idempotency_key": key.key if key else None,
        "endpoint": key.endpoint if key else None,
        "reference": order.get("reference_id"),
        "recipient": recipient,
        "now": now,
        "routers": [one.value for one in ROUTERS_HERE],  # which of them, a KYC record says
        "counted": list(counted),
        **used.asking(_subjects(caller, recipient), now=now),
        **facts.asking(
            caller.user_id, [(recipient, order["amount_usdt"])], key_id=caller.api_key_id, now=now
        ),
    }
    [[record, is_taken, has_kyc, purses, rows, review]] = ask(KNOWN, values)
    return Known(
        record=_record(record),
        is_taken=is_taken,
        has_kyc=has_kyc,
        purses=funds.purses_from(as_rows(purses), counted),
        limits=used.facts_from(as_rows(rows)),
        review=as_rows(review),
    )


def _subjects(caller: Caller, recipient: str) -> list[used.Subject]:
    """Return whoever's limits can hold for a payout that is asked for here."""
    found = [(LimitKind.ROUTER.value, router.value) for router in ROUTERS_HERE]
    found += [(LimitKind.CALLER.value, str(caller.user_id)), (LimitKind.RECIPIENT.value, recipient)]
    if caller.key_origin_id is not None:
        found.append((LimitKind.API_KEY.value, caller.key_origin_id.hex))
    return found


def _record(found: tuple[str, int, str] | None) -> IdempotencyRecord | None:
    if found is None:
        return None
    body_hash, status_code, response = found
    return IdempotencyRecord(body_hash=body_hash, status_code=status_code, response=response)
