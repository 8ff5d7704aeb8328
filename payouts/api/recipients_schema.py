"""The shapes of KYC records and of trusted recipients, and their examples."""

from typing import Any

from rest_framework import serializers

from lucidpay.api.fields import (
    AmountField,
    StrictCharField,
    StrictSerializer,
    TokensField,
    WholeField,
)
from lucidpay.api.moments import MomentField
from lucidpay.api.pagination import PAGINATION_EXAMPLE, PageQuery, PaginationOut
from lucidpay.money import UNITS_MAX
from payouts.api.described import answered, asked
from payouts.models_recipients import LEVEL_MAX, KycStatus
from payouts.services.recipients import NOTE_MAX
from tron.api.fields import ADDRESS_PATTERN, AddressField

HASH_PATTERN = "^[0-9a-f]{64}$"
PENDING, TRUSTED = "pending", "trusted"


class KycIn(StrictSerializer):
    """What was checked."""

    address = AddressField(
        help_text="Base58check, `T…`.", error_messages={"null": "Not a TRON address."}
    )
    kyc_hash = serializers.RegexField(
        HASH_PATTERN, trim_whitespace=False, help_text="SHA-256 of the evidence, in hex."
    )
    level = WholeField(min_value=1, max_value=LEVEL_MAX, help_text=f"1 … {LEVEL_MAX}.")
    expires_at = MomentField(help_text="From then on it counts no more.")


class KycRevokeIn(StrictSerializer):
    """Why."""

    reason = StrictCharField(required=False, max_length=200, help_text="Kept with the record.")


class KycOut(serializers.Serializer):
    """A KYC record."""

    record_id = serializers.IntegerField()
    address = serializers.RegexField(ADDRESS_PATTERN)
    kyc_hash = serializers.RegexField(HASH_PATTERN)
    level = serializers.IntegerField()
    status = serializers.ChoiceField(
        choices=KycStatus.values, help_text="`pending`: it waits for a person in the admin."
    )
    valid = serializers.BooleanField(help_text="Whether it counts now: approved, in time.")
    expires_at = serializers.DateTimeField()
    added_by = serializers.CharField()
    added_at = serializers.DateTimeField()
    approved_by = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    revoked_by = serializers.CharField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_reason = serializers.CharField(allow_null=True)


class KycHistoryOut(KycOut):
    """The record that counts for an address, or its newest one, and the newest of all."""

    history = KycOut(many=True, help_text="Newest first, at most 20.")


class TrustIn(StrictSerializer):
    """Whom to trust, and how far."""

    address = AddressField(
        help_text="Base58check, `T…`.", error_messages={"null": "Not a TRON address."}
    )
    note = StrictCharField(required=False, max_length=NOTE_MAX, help_text="Whose address it is.")
    hourly_limit_usdt = AmountField(
        required=False, allow_null=True, low_units=0, high_units=UNITS_MAX, places=6,
        help_text="In each calendar hour (UTC). Absent or `null`: no limit.",
    )  # fmt: skip
    daily_limit_usdt = AmountField(
        required=False, allow_null=True, low_units=0, high_units=UNITS_MAX, places=6,
        help_text="In each calendar day (UTC). Absent or `null`: no limit.",
    )  # fmt: skip


class TrustedQuery(PageQuery):
    """Filters of the list."""

    address = AddressField(required=False)
    status = serializers.ChoiceField(required=False, choices=[PENDING, TRUSTED])


class TrustedOut(serializers.Serializer):
    """An address that may be paid directly, or waits to be."""

    address = serializers.RegexField(ADDRESS_PATTERN)
    note = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(
        choices=[PENDING, TRUSTED], help_text="`pending`: it waits for a person in the admin."
    )
    hourly_limit_usdt = TokensField(allow_null=True, help_text="As it holds now; null: none.")
    daily_limit_usdt = TokensField(allow_null=True)
    added_by = serializers.CharField()
    added_at = serializers.DateTimeField()
    approved_by = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class TrustedListOut(serializers.Serializer):
    """A page of them."""

    trusted_recipients = TrustedOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")


_ADDRESS = "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL"
_KYC: dict[str, Any] = {
    "record_id": 17,
    "address": _ADDRESS,
    "kyc_hash": "ab" * 32,
    "level": 2,
    "status": "pending",
    "valid": False,
    "expires_at": "2099-01-31T00:00:00Z",
    "added_by": "kim (API)",
    "added_at": "2026-01-31T09:00:00.000000Z",
    "approved_by": None,
    "approved_at": None,
    "revoked_by": None,
    "revoked_at": None,
    "revoked_reason": None,
}
_APPROVED = _KYC | {
    "status": "approved", "valid": True, "approved_by": "lee",
    "approved_at": "2026-01-31T10:00:00.000000Z",
}  # fmt: skip
_REVOKED = _APPROVED | {
    "status": "revoked", "valid": False, "revoked_by": "kim (API)",
    "revoked_at": "2026-02-01T10:00:00.000000Z", "revoked_reason": "left",
}  # fmt: skip
KYC_ADD_EXAMPLES = [
    asked("checked", {name: _KYC[name] for name in ("address", "kyc_hash", "level", "expires_at")}),
    answered("waits", _KYC, "201"),
]
KYC_EXAMPLE = answered("approved", {**_APPROVED, "history": [_APPROVED]}, "200")
KYC_REVOKE_EXAMPLES = [
    asked("with a reason", {"reason": "left"}),
    answered("revoked", {**_REVOKED, "history": [_REVOKED]}, "200"),
]
_TRUSTED: dict[str, Any] = {
    "address": _ADDRESS,
    "note": "exchange deposits",
    "status": PENDING,
    "hourly_limit_usdt": 5000,
    "daily_limit_usdt": 20000,
    "added_by": "kim (API)",
    "added_at": "2026-01-31T09:00:00.000000Z",
    "approved_by": None,
    "approved_at": None,
}
TRUST_EXAMPLES = [
    asked("within limits", {"address": _ADDRESS, "note": "exchange deposits",
                            "hourly_limit_usdt": 5000, "daily_limit_usdt": "20000"}),
    answered("waits", _TRUSTED, "201"),
]  # fmt: skip
TRUSTED_EXAMPLE = answered(
    "one",
    {
        "trusted_recipients": [
            _TRUSTED | {"status": TRUSTED, "approved_by": "lee",
                        "approved_at": "2026-01-31T10:00:00.000000Z"}
        ],
        "pagination": PAGINATION_EXAMPLE,
        "filters": {},
    },
    "200",
)  # fmt: skip
