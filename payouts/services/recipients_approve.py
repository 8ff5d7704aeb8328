"""Letting count what is told of recipients. People alone do, in the admin."""

from datetime import datetime

from django.db import transaction

from lucidpay.errors import Conflict
from payouts.models_limits import LimitKind
from payouts.models_recipients import KycRecord, KycStatus, TrustedRecipient
from payouts.services.limits import BY_MAX, limit_set
from payouts.services.recipients import NotTrusted, recipient_propose, revoke_locked

REPLACED = "replaced by a newer record"


class NotPending(Conflict):
    """Only a record that waits can be approved: this one was looked at before."""


class Expired(Conflict):
    """This record has expired. Add a new one."""


class ApprovedAlready(Conflict):
    """Somebody has approved this address already."""


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
                revoke_locked(row, REPLACED, by, now)
        record.status, record.approved_by, record.approved_at = KycStatus.APPROVED, by[:BY_MAX], now
        record.save(update_fields=["status", "approved_by", "approved_at"])
    return record


def recipient_approve(*, recipient_id: int, by: str, now: datetime) -> TrustedRecipient:
    """Trust an address that somebody asked for, within the limits that were asked for with it.

    People alone do, in the admin. Raises ``ApprovedAlready`` or ``NotTrusted``.
    """
    with transaction.atomic():
        row = TrustedRecipient.objects.select_for_update().get(pk=recipient_id)
        if row.removed_at is not None:
            raise NotTrusted
        if row.approved_at is not None:
            raise ApprovedAlready
        row.approved_by, row.approved_at = by[:BY_MAX], now
        row.save(update_fields=["approved_by", "approved_at"])
        limit_set(
            kind=LimitKind.TRUSTED, subject=row.address, hourly_micro=row.hourly_micro,
            daily_micro=row.daily_micro, by=by, now=now,
        )  # fmt: skip
    return row


def recipient_trust(
    *,
    address: str,
    note: str,
    hourly_micro: int | None,
    daily_micro: int | None,
    by: str,
    now: datetime,
) -> TrustedRecipient:
    """Trust an address at once, within limits of its own: a person's word in the admin.

    Raises ``ValidationFailed`` or ``TrustedBefore``.
    """
    with transaction.atomic():
        made = recipient_propose(
            address=address, note=note, hourly_micro=hourly_micro, daily_micro=daily_micro,
            by=by, now=now,
        )  # fmt: skip
        return recipient_approve(recipient_id=made.pk, by=by, now=now)
