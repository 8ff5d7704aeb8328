"""What is told of recipients: identities that were checked, and addresses to be trusted.

People alone let any of it count (``recipients_approve.py``); taking it back needs nobody else.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from lucidpay.errors import NOT_FOUND, Conflict, LucidError, ValidationFailed
from payouts.models_recipients import LEVEL_MAX, KycRecord, KycStatus, TrustedRecipient
from payouts.services.limits import BY_MAX, REASON_MAX
from tron.address import InvalidAddress, address_parse

NOTE_MAX = 200
HASH_LENGTH = 64


class NotRevocable(Conflict):
    """This record is revoked already."""


class NoRecord(LucidError):
    """There is no KYC record of this address."""

    code = NOT_FOUND
    status_code = 404


class TrustedBefore(Conflict):
    """This address is on the list already, or waits to be approved."""


class NotTrusted(Conflict):
    """This address is not trusted."""


def kyc_check(
    *, address: str, kyc_hash: str, level: int, expires_at: datetime, now: datetime
) -> None:
    """Raise ``ValidationFailed`` with everything that is wrong with a record to be."""
    wrong = _wrong_address(address)
    if len(kyc_hash) != HASH_LENGTH or set(kyc_hash) - set("0123456789abcdef"):
        wrong["kyc_hash"] = ["64 lower-case hex digits are required."]
    if not 1 <= level <= LEVEL_MAX:
        wrong["level"] = [f"From 1 to {LEVEL_MAX}."]
    if expires_at <= now:
        wrong["expires_at"] = ["This time is over."]
    if wrong:
        raise ValidationFailed(wrong)


def kyc_add(
    *, address: str, kyc_hash: str, level: int, expires_at: datetime, by: str, now: datetime
) -> KycRecord:
    """Store that an identity was checked; it counts for nothing until somebody approves it.

    ``kyc_hash`` is the SHA-256 of the evidence in lower-case hex, ``level`` 1 … 10. Raises
    ``ValidationFailed``.
    """
    kyc_check(address=address, kyc_hash=kyc_hash, level=level, expires_at=expires_at, now=now)
    return KycRecord.objects.create(
        address=address, kyc_hash=kyc_hash, level=level, expires_at=expires_at,
        added_by=by[:BY_MAX], added_at=now,
    )  # fmt: skip


def kyc_revoke(*, record_id: int, reason: str, by: str, now: datetime) -> KycRecord:
    """Let a record count no more, for good. Payouts asked for before are paid.

    Raises ``NotRevocable``.
    """
    with transaction.atomic():
        record = KycRecord.objects.select_for_update().get(pk=record_id)
        if record.status == KycStatus.REVOKED:
            raise NotRevocable
        revoke_locked(record, reason, by, now)
    return record


def kyc_revoke_address(*, address: str, reason: str, by: str, now: datetime) -> KycRecord:
    """Let nothing that is known of an address count any more, nor what waits to be looked at.

    Returns the newest record that this ended. Raises ``NoRecord`` or ``NotRevocable``.
    """
    with transaction.atomic():
        rows = list(KycRecord.objects.select_for_update().filter(address=address).order_by("pk"))
        if not rows:
            raise NoRecord
        ended = [row for row in rows if row.status != KycStatus.REVOKED]
        if not ended:
            raise NotRevocable({"status": rows[-1].status})
        for row in ended:
            revoke_locked(row, reason, by, now)
    return ended[-1]


def revoke_locked(record: KycRecord, reason: str, by: str, now: datetime) -> None:
    """Let a record that the caller has locked count no more."""
    record.status, record.revoked_reason = KycStatus.REVOKED, reason[:REASON_MAX]
    record.revoked_by, record.revoked_at = by[:BY_MAX], now
    record.save(update_fields=["status", "revoked_reason", "revoked_by", "revoked_at"])


def recipient_propose(
    *,
    address: str,
    note: str,
    hourly_micro: int | None,
    daily_micro: int | None,
    by: str,
    now: datetime,
) -> TrustedRecipient:
    """Ask that an address be trusted within these limits (``None``: none).

    It counts for nothing until a person approves it: who is trusted is paid outside the routers'
    limits, and a stolen key must not put its thief's address on the list. Raises
    ``ValidationFailed`` or ``TrustedBefore``.
    """
    if wrong := _wrong_address(address):
        raise ValidationFailed(wrong)
    try:
        with transaction.atomic():
            return TrustedRecipient.objects.create(
                address=address, note=note[:NOTE_MAX], hourly_micro=hourly_micro,
                daily_micro=daily_micro, added_by=by[:BY_MAX], added_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise TrustedBefore from error


def recipient_distrust(*, address: str, by: str, now: datetime) -> None:
    """Trust an address no more, or raise ``NotTrusted``; also one that waits to be approved.

    Payouts asked for before are paid.
    """
    rows = TrustedRecipient.objects.filter(address=address, removed_at=None)
    if not rows.update(removed_by=by[:BY_MAX], removed_at=now):
        raise NotTrusted


def _wrong_address(address: str) -> dict[str, list[str]]:
    try:
        address_parse(address)
    except InvalidAddress:
        return {"address": ["Not a TRON address: 34 characters from T on, with a valid checksum."]}
    return {}
