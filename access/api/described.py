"""What calls that can be repeated say of their keys, for the API's documentation."""

from drf_spectacular.utils import OpenApiParameter

from access import idempotency

KEY_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": idempotency.LENGTH_MAX,
    "pattern": "^[!-~]([ -~]*[!-~])?$",
}


def key_parameter(what: str) -> OpenApiParameter:
    """Return the description of the header; ``what`` is what one key stands for."""
    return OpenApiParameter(
        idempotency.HEADER,
        KEY_SCHEMA,
        OpenApiParameter.HEADER,
        description=f"1–255 printable characters; a fresh UUID for each {what} you mean. The same "
        "key and body replay the first answer instead of doing it again.",
    )


def replayed_header(*statuses: int) -> OpenApiParameter:
    """Return the description of the header that tells a repeated answer."""
    return OpenApiParameter(
        idempotency.REPLAYED,
        {"type": "string", "const": "true"},
        OpenApiParameter.HEADER,
        response=list(statuses),
        description="There when an earlier request with this key was answered so.",
    )


def location_header(what: str, *statuses: int) -> OpenApiParameter:
    """Return the description of the header that says where to look."""
    return OpenApiParameter(
        "Location",
        {"type": "string", "format": "uri-reference"},
        OpenApiParameter.HEADER,
        response=list(statuses),
        description=f"Where the {what} can be read.",
    )
