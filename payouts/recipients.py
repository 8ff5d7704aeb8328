"""What the outside sees of KYC records and of trusted recipients."""

from datetime import datetime
from typing import Any

from lucidpay.api.pagination import Page, paginate
from lucidpay.clock import iso
from lucidpay.money import tokens_of
from payouts.models_limits import Limit, LimitKind
from payouts.models_recipients import KycRecord, KycStatus, TrustedRecipient
from payouts.services.recipients import NoRecord

HISTORY_MAX = 20


def kyc_body(record: KycRecord, *, now: datetime) -> dict[str, Any]:
    """Return one record."""
    return {
        "record_id": record.pk,
        "address": record.address,
        "kyc_hash": record.kyc_hash,
        "level": record.level,
        "status": record.status,
        "valid": record.status == KycStatus.APPROVED and record.expires_at > now,
        "expires_at": iso(record.expires_at),
        "added_by": record.added_by,
        "added_at": iso(record.added_at),
        "approved_by": record.approved_by or None,
        "approved_at": _time(record.approved_at),
        "revoked_by": record.revoked_by or None,
        "revoked_at": _time(record.revoked_at),
        "revoked_reason": record.revoked_reason or None,
    }


def kyc_of(address: str, *, now: datetime) -> dict[str, Any]:
    """Return the record that counts for an address, or else its newest, with its history.

    Raises ``NoRecord``.
    """
    rows = KycRecord.objects.filter(address=address)
    newest = list(rows.order_by("-pk")[:HISTORY_MAX])
    if not newest:
        raise NoRecord
    first = rows.filter(status=KycStatus.APPROVED).first() or newest[0]
    history = [kyc_body(one, now=now) for one in newest]
    return {**kyc_body(first, now=now), "history": history}


def trusted_page(filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of the addresses that are on the list or wait to be, newest first.

    ``filters``: ``address``, and ``is_approved``.
    """
    rows = TrustedRecipient.objects.filter(removed_at=None)
    if "address" in filters:
        rows = rows.filter(address=filters["address"])
    if "is_approved" in filters:
        rows = rows.filter(approved_at__isnull=not filters["is_approved"])
    found = TrustedRecipient.objects.all()
    return paginate(rows, query, load=lambda keys: list(found.filter(pk__in=keys).order_by("-pk")))


def trusted_bodies(rows: list[TrustedRecipient]) -> list[dict[str, Any]]:
    """Return addresses with their limits: as they hold, or as they were asked for."""
    limits = {
        limit.subject: limit
        for limit in Limit.objects.filter(
            kind=LimitKind.TRUSTED, subject__in=[row.address for row in rows]
        )
    }
    return [_trusted_body(row, limits.get(row.address)) for row in rows]


def _trusted_body(row: TrustedRecipient, limit: Limit | None) -> dict[str, Any]:
    holds = limit if limit is not None and row.approved_at is not None else row
    return {
        "address": row.address,
        "note": row.note or None,
        "status": "pending" if row.approved_at is None else "trusted",
        "hourly_limit_usdt": _tokens(holds.hourly_micro),
        "daily_limit_usdt": _tokens(holds.daily_micro),
        "added_by": row.added_by,
        "added_at": iso(row.added_at),
        "approved_by": row.approved_by or None,
        "approved_at": _time(row.approved_at),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


def _tokens(micro: int | None) -> Any:
    return None if micro is None else tokens_of(micro)
