"""What people find out about recipients: identities that were checked, and addresses we trust."""

from datetime import datetime

from django.db import IntegrityError, transaction

from lucidpay.errors import Conflict, ValidationFailed
from payouts.models_limits import LimitKind
from payouts.models_recipients import LEVEL_MAX, KycRecord, KycStatus, TrustedRecipient
from payouts.services.limits import BY_MAX, REASON_MAX, limit_set
from tron.address import InvalidAddress, address_parse

NOTE_MAX = 200
HASH_LENGTH = 64
REPLACED = "replaced by a newer record"


class NotPending(Conflict):
    """Only a record that waits can be approved: this one was looked at before."""


class NotRevocable(Conflict):
    """This record is revoked already."""


class Expired(Conflict):
    """This record has expired. Add a new one."""


class TrustedBefore(Conflict):
    """This address is trusted already."""


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


def kyc_approve(*, record_id: int, by: str, now: datetime) -> KycRecord:
    """Let a record count; the one that counted for this address is revoked.

    Raises ``NotPending`` or ``Expired``.
    """
    with transaction.atomic():
        # All of the address, in order: two approvals at once leave one.
        address = KycRecord.objects.values_list("address", flat=True).get(pk=record_id)
        rows = KycRecord.objects.select_for_update().filter(address=address).order_by("pk")
        record = next(row for row in rows if row.pk == record_id)
        if record.status != KycStatus.PENDING:
            raise NotPending({"status": record.status})
        if record.expires_at <= now:
            raise Expired
        for row in rows:
            if row.status == KycStatus.APPROVED:
                _revoke(row, REPLACED, by, now)
        record.status, record.approved_by, record.approved_at = KycStatus.APPROVED, by[:BY_MAX], now
        record.save(update_fields=["status", "approved_by", "approved_at"])
    return record


def kyc_revoke(*, record_id: int, reason: str, by: str, now: datetime) -> KycRecord:
    """Let a record count no more, for good. Payouts asked for before are paid.

    Raises ``NotRevocable``.
    """
    with transaction.atomic():
        record = KycRecord.objects.select_for_update().get(pk=record_id)
        if record.status == KycStatus.REVOKED:
            raise NotRevocable
        _revoke(record, reason, by, now)
    return record


def _revoke(record: KycRecord, reason: str, by: str, now: datetime) -> None:
    record.status, record.revoked_reason = KycStatus.REVOKED, reason[:REASON_MAX]
    record.revoked_by, record.revoked_at = by[:BY_MAX], now
    record.save(update_fields=["status", "revoked_reason", "revoked_by", "revoked_at"])


def recipient_trust(
    *,
    address: str,
    note: str,
    hourly_micro: int | None,
    daily_micro: int | None,
    by: str,
    now: datetime,
) -> TrustedRecipient:
    """Trust an address, within limits of its own.

    Raises ``ValidationFailed`` or ``TrustedBefore``.
    """
    if wrong := _wrong_address(address):
        raise ValidationFailed(wrong)
    try:
        with transaction.atomic():
            made = TrustedRecipient.objects.create(
                address=address, note=note[:NOTE_MAX], added_by=by[:BY_MAX], added_at=now
            )
            limit_set(
                kind=LimitKind.TRUSTED, subject=address, hourly_micro=hourly_micro,
                daily_micro=daily_micro, by=by, now=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise TrustedBefore from error
    return made


def recipient_distrust(*, address: str, by: str, now: datetime) -> None:
    """Trust an address no more, or raise ``NotTrusted``. Payouts asked for before are paid."""
    rows = TrustedRecipient.objects.filter(address=address, removed_at=None)
    if not rows.update(removed_by=by[:BY_MAX], removed_at=now):
        raise NotTrusted


def _wrong_address(address: str) -> dict[str, list[str]]:
    try:
        address_parse(address)
    except InvalidAddress:
        return {"address": ["Not a TRON address: 34 characters from T on, with a valid checksum."]}
    return {}
