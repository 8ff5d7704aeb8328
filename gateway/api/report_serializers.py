"""Reports as callers ask for them, and as they are answered."""

from typing import Any

from rest_framework import serializers

from gateway.models_report import Report
from gateway.services.report_request import DAYS_MAX
from gateway.states import PaymentStatus, ReportStatus
from lucidpay.api.fields import StrictSerializer, TokensField
from lucidpay.api.moments import MomentField
from lucidpay.api.pagination import PageQuery, PaginationOut


class StrictBooleanField(serializers.BooleanField):
    """``true`` or ``false``: DRF's own field would take "yes" and 1 as well."""

    def to_internal_value(self, data: Any) -> bool:
        """Return it, or raise when it is something else."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ReportIn(StrictSerializer):
    """Of which time, which payments, and as what."""

    start_date = MomentField(help_text="From then on (UTC), by when payments were created.")
    end_date = MomentField(
        end_of_day=True,
        help_text="Before then; of a date the whole day. "
        f"At most {DAYS_MAX} days after `start_date`.",
    )
    status_filter = serializers.ChoiceField(
        required=False, allow_null=True, choices=PaymentStatus.values,
        help_text="Only payments of this status.",
    )  # fmt: skip
    include_failed = StrictBooleanField(
        default=False,
        help_text="Whether failed and cancelled payments have rows; they are counted in any case. "
        "A `status_filter` that names them does the same.",
    )
    format = serializers.ChoiceField(choices=Report.Format.values, default=Report.Format.JSON)


class ReportOut(serializers.Serializer):
    """A report. Its sums are of `generated_at`; once it is ready, of the very rows in the file."""

    report_id = serializers.CharField()
    status = serializers.ChoiceField(choices=ReportStatus.values)
    format = serializers.ChoiceField(choices=Report.Format.values)
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField(help_text="Not in it any more.")
    status_filter = serializers.ChoiceField(allow_null=True, choices=PaymentStatus.values)
    include_failed = serializers.BooleanField()
    total_payments = serializers.IntegerField()
    successful_payments = serializers.IntegerField(help_text="Their payees were paid.")
    failed_payments = serializers.IntegerField(help_text="Failed or cancelled.")
    total_volume = TokensField(help_text="Of successful payments.")
    total_fees = TokensField(help_text="Of successful payments.")
    net_volume = TokensField(help_text="`total_volume` less `total_fees`.")
    refunded_volume = TokensField(help_text="Refunds that did not fail.")
    row_count = serializers.IntegerField(help_text="Payments that the file lists.")
    progress = serializers.IntegerField(min_value=0, max_value=100, help_text="Percent.")
    size_bytes = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True, help_text="Of the file.")
    error_message = serializers.CharField(allow_null=True, help_text="Why there is no file.")
    generated_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    download_url = serializers.CharField(
        allow_null=True,
        help_text="Opens without a token; whoever has it can read the file. A new one comes with "
        "each answer.",
    )
    download_expires_at = serializers.DateTimeField(allow_null=True)


class ReportListQuery(PageQuery):
    """Which reports."""

    status = serializers.ChoiceField(required=False, choices=ReportStatus.values)


class ReportFiltersOut(serializers.Serializer):
    """The filters that were given."""

    status = serializers.ChoiceField(required=False, choices=ReportStatus.values)


class ReportListOut(serializers.Serializer):
    """A page of reports."""

    reports = ReportOut(many=True)
    pagination = PaginationOut()
    filters = ReportFiltersOut()


class DownloadQuery(StrictSerializer):
    """What a signed link says."""

    expires = serializers.CharField(required=False, max_length=20, help_text="Epoch seconds.")
    signature = serializers.CharField(required=False, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a half of a link."""
        if len(attrs) == 1:
            missing = ({"expires", "signature"} - attrs.keys()).pop()
            raise serializers.ValidationError({missing: ["Both or none."]})
        return attrs
