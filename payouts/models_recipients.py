"""What is known of recipients: whose identity was checked, and whom we trust."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Right

from access.audit import audited
from lucidpay.arrows import arrows
from lucidpay.money import UNITS_MAX

ADDRESS_SHAPE = r"^T[1-9A-HJ-NP-Za-km-z]{33}$"
LEVEL_MAX = 10


class KycStatus(models.TextChoices):
    """Where a record is; revoked ones stay as history."""

    PENDING = "pending", "waits for somebody to look at it"
    APPROVED = "approved", "approved"
    REVOKED = "revoked", "revoked"


@audited()
class KycRecord(models.Model):
    """That somebody's identity was checked. Only a hash of the evidence is kept here."""

    address = models.CharField(max_length=34)
    kyc_hash = models.CharField(max_length=64, help_text="SHA-256 of the evidence, in hex.")
    level = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=KycStatus, default=KycStatus.PENDING)
    added_by = models.CharField(max_length=100)
    added_at = models.DateTimeField()
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=100, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "KYC record"
        constraints = [
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS_SHAPE), name="kyc_address_shape"
            ),
            models.CheckConstraint(
                condition=Q(kyc_hash__regex=r"^[0-9a-f]{64}$"), name="kyc_hash_shape"
            ),
            models.CheckConstraint(
                condition=Q(level__range=(1, LEVEL_MAX)), name="kyc_level_in_range"
            ),
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(status=KycStatus.APPROVED),
                name="kyc_one_approved_per_address",
            ),
            models.CheckConstraint(
                condition=~Q(status=KycStatus.APPROVED) | Q(approved_at__isnull=False),
                name="kyc_approved_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["address", "id"], name="kyc_by_address")]
        triggers = [
            arrows(
                "kyc_arrows",
                "status",
                [
                    (KycStatus.PENDING, KycStatus.APPROVED),
                    (KycStatus.PENDING, KycStatus.REVOKED),
                    (KycStatus.APPROVED, KycStatus.REVOKED),
                ],
            ),
            pgtrigger.Protect(name="kyc_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="kyc_evidence_frozen",
                operation=pgtrigger.UpdateOf(
                    "address", "kyc_hash", "level", "expires_at", "added_by", "added_at"
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what was checked cannot be rewritten: add a new record';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}, level {self.level}"


@audited()
class TrustedRecipient(models.Model):
    """An address that may be paid directly, once a person has agreed to it.

    Then its limits are a ``Limit`` of kind ``trusted``; here stands what was asked for.
    """

    address = models.CharField(max_length=34)
    note = models.CharField(max_length=200, blank=True, help_text="Whose address it is.")
    hourly_micro = models.BigIntegerField(null=True)
    daily_micro = models.BigIntegerField(null=True)
    added_by = models.CharField(max_length=100)
    added_at = models.DateTimeField()
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True, help_text="None: it counts for nothing yet.")
    removed_by = models.CharField(max_length=100, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS_SHAPE), name="trusted_address_shape"
            ),
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(removed_at=None),
                name="trusted_once_per_address",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="")
                | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
                name="trusted_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(hourly_micro=None) | Q(hourly_micro__range=(0, UNITS_MAX)))
                & (Q(daily_micro=None) | Q(daily_micro__range=(0, UNITS_MAX))),
                name="trusted_limits_in_range",
            ),
        ]
        indexes = [
            models.Index(
                Left("address", 4),
                Right("address", 4),
                condition=Q(removed_at=None),
                name="trusted_alike",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="trusted_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="trusted_frozen",
                operation=pgtrigger.UpdateOf(
                    "address", "hourly_micro", "daily_micro", "added_by", "added_at"
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'whom somebody trusted cannot be rewritten';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} ({self.note})"
