"""What a view says of its answers in the OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from lucidpay import errors
from lucidpay.errors import LucidError

# Details as they come with a code: a field → what is wrong with it, or facts of the conflict.
DETAILS: dict[str, dict[str, Any]] = {
    errors.VALIDATION: {"amount_usd": ["Unknown field."]},
    errors.CONFLICT: {"status": "processing"},
    errors.INVALID_ADDRESS: {
        "recipient_address": ["Not a TRON address: 34 characters from T on, with a valid checksum."]
    },
    errors.INVALID_ROUTER: {"router_type": ["The recipient has no valid KYC record."]},
    errors.INSUFFICIENT_BALANCE: {"amount_usdt": ["More than the paying wallet has available."]},
}


class ErrorBodyOut(serializers.Serializer):
    """What went wrong and where."""

    code = serializers.RegexField(
        r"^LUCID_ERR_[0-9]{4}$", help_text="Stable; decide by this and never by the message."
    )
    message = serializers.CharField(help_text="For people.")
    details = serializers.DictField(
        help_text="A wrong field → a list of messages; on a conflict, facts such as `status`."
    )
    request_id = serializers.CharField(
        max_length=128, help_text="Quote it when you ask for help: it stands in the log."
    )
    timestamp = serializers.DateTimeField()


class ErrorOut(serializers.Serializer):
    """The one shape of every error."""

    error = ErrorBodyOut()
    detail = serializers.CharField(help_text="The message again.")


def error_example(message: str, code: str, *, name: str = "") -> OpenApiExample:
    """Return the whole envelope of an error as it would be answered."""
    body = {
        "error": {
            "code": code,
            "message": message,
            "details": DETAILS.get(code, {}),
            "request_id": "6f1d0c6f6c0b4a0f9f5c",
            "timestamp": "2026-01-31T09:00:00.000000Z",
        },
        "detail": message,
    }
    return OpenApiExample(name or code, value=body, response_only=True)


def error_response(description: str, code: str) -> OpenApiResponse:
    """Return the schema of an error answer with an example that shows its code."""
    examples = [error_example(description, code)]
    return OpenApiResponse(ErrorOut, description=description, examples=examples)


def refusals(*kinds: type[LucidError]) -> dict[int, OpenApiResponse]:
    """Return the answers of these errors by status, each with an example of its own.

    Their words are those of the errors themselves, so the document cannot say others.
    """
    found = {status: [kind for kind in kinds if kind.status_code == status] for status in
             {kind.status_code for kind in kinds}}  # fmt: skip
    return {status: _refusal(found[status]) for status in sorted(found)}


def _refusal(kinds: Iterable[type[LucidError]]) -> OpenApiResponse:
    made = [(kind.__name__, kind()) for kind in kinds]
    examples = [
        error_example(error.message, error.code, name=f"{error.code} {name}")
        for name, error in made
    ]
    description = " ".join(f"`{error.code}` {error.message.rstrip('.')}." for _, error in made)
    return OpenApiResponse(ErrorOut, description=description, examples=examples)


def id_parameter(name: str, prefix: str) -> OpenApiParameter:
    """Return the description of a public id in a path."""
    return OpenApiParameter(
        name,
        {"type": "string", "pattern": id_pattern(prefix)},
        OpenApiParameter.PATH,
        description=f"`{prefix}_` and 32 lower-case hex digits. What is no id answers 404.",
        examples=[OpenApiExample("id", value=f"{prefix}_01890a5dac96774bbcceb302099a8057")],
    )


def answer_header(
    name: str, schema: dict[str, str], description: str, *, statuses: Iterable[int]
) -> OpenApiParameter:
    """Return the description of a header that answers of these statuses have."""
    return OpenApiParameter(
        name, schema, OpenApiParameter.HEADER, response=list(statuses), description=description
    )


def location_header(description: str, *, statuses: Iterable[int]) -> OpenApiParameter:
    """Return the description of where an answer says that a thing can be read."""
    schema = {"type": "string", "format": "uri-reference"}
    return answer_header("Location", schema, description, statuses=statuses)


def no_store_header(description: str, *, statuses: Iterable[int]) -> OpenApiParameter:
    """Return the description of how an answer says that no cache may keep it."""
    schema = {"type": "string", "const": "no-store"}
    return answer_header("Cache-Control", schema, description, statuses=statuses)


def id_pattern(prefix: str) -> str:
    """Return the regular expression of a public id."""
    return rf"^{prefix}_[0-9a-f]{{32}}$"
