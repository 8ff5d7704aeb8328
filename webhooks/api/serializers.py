"""The shapes that come in and go out."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import StrictCharField, StrictSerializer, WholeField
from lucidpay.api.moments import MomentField
from lucidpay.api.pagination import LIMIT_DEFAULT, LIMIT_MAX, CountField, PageQuery, PaginationOut
from lucidpay.api.schema import id_pattern
from tron.api.serializers import FlagField
from webhooks.api.headers import HeadersField
from webhooks.kinds import KINDS, TEST
from webhooks.models import Delivery, Outcome
from webhooks.models_endpoint import DisabledFor
from webhooks.services.rotate import OVERLAP_MAX_S
from webhooks.target import BadTarget, target_check

URL_MAX = 2000
SEQUENCE_MAX = 10**18 - 1
SECRET_PATTERN = "^whsec_[A-Za-z0-9+/]+=*$"  # noqa: S105 (what one looks like)


@extend_schema_field({"type": "string", "format": "uri", "maxLength": URL_MAX})
class UrlField(StrictCharField):
    """Where to; refused when nothing may be sent there."""

    def to_internal_value(self, data: Any) -> str:
        """Return the URL, or raise with what is wrong with it."""
        try:
            return target_check(super().to_internal_value(data))
        except BadTarget as error:
            raise serializers.ValidationError(str(error)) from None


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": list(KINDS)},
        "minItems": 1,
        "uniqueItems": True,
    }
)
class KindsField(serializers.ListField):
    """Types of events, each once."""

    child = serializers.ChoiceField(choices=KINDS)

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the types, or raise for unknown ones and for one that stands twice."""
        kinds = super().to_internal_value(data)
        if len(set(kinds)) < len(kinds):
            raise serializers.ValidationError("Name each type once.")
        return kinds


class EndpointIn(StrictSerializer):
    """Where to, and what of."""

    url = UrlField(
        max_length=URL_MAX, help_text="`https` in production; nothing internal is sent to."
    )
    events = KindsField(allow_empty=False, help_text="Types to be told of.")
    headers = HeadersField(
        required=False, help_text="Sent along with each request; values are never shown again."
    )
    active = FlagField(default=True, help_text="false: registered, and nothing is sent yet.")


class EndpointChangeIn(StrictSerializer):
    """What is to change; the rest stays."""

    schema_rules = {"minProperties": 1}

    url = UrlField(required=False, max_length=URL_MAX)
    events = KindsField(required=False, allow_empty=False, help_text="Replaces all of them.")
    headers = HeadersField(required=False, help_text="Replaces all of them; `{}` takes them off.")
    active = FlagField(
        required=False, help_text="true also forgets how it failed before; false stops it."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        if not attrs:
            raise serializers.ValidationError({"body": ["Name what is to change."]})
        return attrs


class RotateIn(StrictSerializer):
    """For how long the secret before signs as well."""

    overlap_seconds = WholeField(
        required=False,
        min_value=0,
        max_value=OVERLAP_MAX_S,
        help_text="0: not even once more. A day when absent.",
    )


class SinceIn(StrictSerializer):
    """From when on."""

    since = MomentField(
        help_text="A date (UTC) or an ISO 8601 time, no longer ago than deliveries are kept."
    )
    after = WholeField(
        default=0,
        min_value=0,
        max_value=SEQUENCE_MAX,
        help_text="`next_after` of the call before, when it had `more`.",
    )


class EndpointListQuery(PageQuery):
    """Filters of the list."""

    active = serializers.ChoiceField(required=False, choices=["true", "false"])


class DeliveryListQuery(PageQuery):
    """Filters of the list."""

    status = serializers.ChoiceField(required=False, choices=Delivery.Status.values)
    event_type = serializers.ChoiceField(
        required=False,
        choices=[*KINDS, TEST],
        help_text="Looked for in the newest 10 000 of each status.",
    )


class SequenceField(CountField):
    """A number of a stream in plain digits."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number, or raise when it is written otherwise."""
        if not re.fullmatch(r"0|[1-9][0-9]{0,17}", str(data), re.ASCII):
            self.fail("invalid")
        return int(data)


class StreamQuery(StrictSerializer):
    """Where to read on."""

    after = SequenceField(
        min_value=0,
        max_value=SEQUENCE_MAX,
        default=0,
        help_text="The last sequence you have; 0 reads from the first.",
    )
    limit = CountField(
        min_value=1, max_value=LIMIT_MAX, default=LIMIT_DEFAULT, help_text="Events a page."
    )


class EndpointOut(serializers.Serializer):
    """An endpoint."""

    webhook_id = serializers.RegexField(id_pattern("webhook"))
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=KINDS))
    headers = serializers.DictField(
        child=serializers.CharField(), help_text="Names, and asterisks for every value."
    )
    active = serializers.BooleanField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.ChoiceField(
        choices=DisabledFor.values,
        allow_null=True,
        help_text="`owner`: switched off; `failing`: it failed for too long; `gone`: answered 410.",
    )
    failures = serializers.IntegerField(min_value=0, help_text="Failed attempts in a row.")
    failing_since = serializers.DateTimeField(allow_null=True)
    paused_until = serializers.DateTimeField(
        allow_null=True, help_text="It asked with `Retry-After` to be left alone until then."
    )
    previous_secret_valid_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the secret before the present one signs as well."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EndpointSecretOut(EndpointOut):
    """An endpoint with its secret, which is shown this once."""

    secret = serializers.RegexField(SECRET_PATTERN)


class EndpointListOut(serializers.Serializer):
    """A page of endpoints."""

    webhooks = EndpointOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")


class AttemptRequestOut(serializers.Serializer):
    """What was sent."""

    url = serializers.CharField()
    headers = serializers.DictField(child=serializers.CharField())


class AttemptResponseOut(serializers.Serializer):
    """What came back, cut."""

    headers = serializers.DictField(child=serializers.CharField())
    body = serializers.CharField()


class DeliveryAttemptOut(serializers.Serializer):
    """One request and what came of it."""

    number = serializers.IntegerField(min_value=1)
    at = serializers.DateTimeField()
    duration_ms = serializers.IntegerField(min_value=0)
    outcome = serializers.ChoiceField(choices=Outcome.Kind.values)
    status_code = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    request = AttemptRequestOut()
    response = AttemptResponseOut(allow_null=True)


class DeliveryOut(serializers.Serializer):
    """One event on its way to one endpoint."""

    delivery_id = serializers.RegexField(id_pattern("delivery"))
    webhook_id = serializers.RegexField(id_pattern("webhook"))
    event_id = serializers.RegexField(
        id_pattern("evt"), help_text="The `webhook-id` it is sent with."
    )
    event_type = serializers.ChoiceField(choices=[*KINDS, TEST])
    status = serializers.ChoiceField(choices=Delivery.Status.values)
    attempts = serializers.IntegerField(min_value=0, help_text="In all.")
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    last_attempt = DeliveryAttemptOut(allow_null=True)


class DeliveryToldOut(DeliveryOut):
    """A delivery with all that is known of it."""

    attempts_log = DeliveryAttemptOut(many=True, help_text="The newest 50, the newest first.")
    request_body = serializers.CharField(help_text="Sent byte for byte, in every attempt.")


class DeliveryListOut(serializers.Serializer):
    """A page of deliveries."""

    deliveries = DeliveryOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")


class RedeliveredOut(serializers.Serializer):
    """How many are on their way again."""

    redelivered = serializers.IntegerField(min_value=0)
    more = serializers.BooleanField(help_text="Call again, with `after` = `next_after`.")
    next_after = serializers.IntegerField(min_value=0, allow_null=True)


class EventOut(serializers.Serializer):
    """An event, in the very words that webhooks send."""

    event_id = serializers.RegexField(id_pattern("evt"))
    sequence = serializers.IntegerField(min_value=1, help_text="Gapless in this stream.")
    type = serializers.ChoiceField(choices=KINDS)
    timestamp = serializers.DateTimeField()
    data = serializers.DictField(  # type: ignore[assignment]  # a field, no property
        help_text="A payout or a batch as it stood then."
    )


class StreamOut(serializers.Serializer):
    """A stretch of a stream, the oldest first."""

    events = EventOut(many=True)
    next_after = serializers.IntegerField(min_value=0, help_text="`after` of the next call.")
    has_more = serializers.BooleanField()
    oldest_sequence = serializers.IntegerField(
        min_value=1,
        allow_null=True,
        help_text="Not null: events between `after` and this one were forgotten.",
    )
