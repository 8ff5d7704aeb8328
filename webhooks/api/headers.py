"""Headers that an owner wants to be sent along."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from webhooks.representation import MASK

COUNT_MAX, NAME_MAX, VALUE_MAX = 20, 100, 1000
# RFC 9110 §5.6.2, token.
NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
VALUE = r"^[!-~]([ -~]{0,998}[!-~])?$"
# They would override what we send, or break HTTP.
REFUSED = frozenset(
    {
        "host", "content-length", "content-type", "content-encoding", "transfer-encoding",
        "connection", "keep-alive", "upgrade", "te", "trailer", "expect", "accept-encoding",
        "user-agent",
    }
)  # fmt: skip
REFUSED_PREFIXES = ("proxy-", "webhook-", "x-webhook-")


def name_problem(name: str) -> str | None:
    """Return what is wrong with a header's name, ``None`` when nothing is."""
    if not re.fullmatch(NAME, name, re.ASCII):
        return f"Not a name of a header: 1–{NAME_MAX} letters, digits and !#$%&'*+-.^_`|~."
    if name.lower() in REFUSED or name.lower().startswith(REFUSED_PREFIXES):
        return "This header is ours or HTTP's own and cannot be set."
    return None


def value_problem(value: Any) -> str | None:
    """Return what is wrong with a header's value, ``None`` when nothing is."""
    if not isinstance(value, str) or not re.fullmatch(VALUE, value, re.ASCII):
        return f"1–{VALUE_MAX} printable ASCII characters, without blanks at the ends."
    if value == MASK:
        return "This is how values are hidden, and not one. Send the value itself."
    return None


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": COUNT_MAX,
        "propertyNames": {"pattern": NAME},
        "additionalProperties": {"type": "string", "pattern": VALUE},
    }
)
class HeadersField(serializers.Field):
    """Names and values of headers; no message ever repeats a value."""

    default_error_messages = {
        "invalid": "An object of header names and values is required.",
        "count": f"At most {COUNT_MAX} headers.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the headers, or raise with each wrong one named."""
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(data) > COUNT_MAX:
            self.fail("count")
        problems = {name: _problem(name, data) for name in data}
        if any(problems.values()):
            raise serializers.ValidationError({name: [p] for name, p in problems.items() if p})
        return dict(data)

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        """Return them as they are."""
        return value


def _problem(name: str, headers: dict[str, Any]) -> str | None:
    if sum(other.lower() == name.lower() for other in headers) > 1:
        return "Given twice: upper and lower case make no difference."
    return name_problem(name) or value_problem(headers[name])
