"""Times that callers name."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.clock import iso

MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][ -~]*)?\Z")
MOMENT_SCHEMA = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
}


@extend_schema_field(MOMENT_SCHEMA)
class MomentField(serializers.Field):
    """A date (UTC) or an ISO 8601 time; without an offset it is UTC."""

    def __init__(self, *, end_of_day: bool = False, **kwargs: Any) -> None:
        self.end_of_day = end_of_day
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        """Return the moment; an end date means the end of that day."""
        try:
            # Digits of other scripts, weeks and single-digit months would pass as well.
            if not isinstance(data, str) or not MOMENT.match(data):
                raise ValueError(data)
            day = parse_date(data)
            moment = self._of_day(day) if day else parse_datetime(data)
            if moment is not None:
                aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                return aware.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise serializers.ValidationError("A date or an ISO 8601 time is required.")

    def _of_day(self, day: date) -> datetime:
        return datetime.combine(day, time.max if self.end_of_day else time.min, UTC)

    def to_representation(self, value: datetime) -> str:
        """Return ISO 8601 with ``Z``."""
        return iso(value)
