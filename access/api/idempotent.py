"""What calls that are safe to repeat say of it, in the API's documentation."""

from collections.abc import Iterable

from drf_spectacular.utils import OpenApiParameter

from access import idempotency
from lucidpay.api.schema import answer_header


def key_parameter(each: str, replay: str) -> OpenApiParameter:
    """Return the description of a key: what each is for, and what a replay does not do again."""
    return OpenApiParameter(
        idempotency.HEADER,
        {
            "type": "string",
            "minLength": 1,
            "maxLength": idempotency.LENGTH_MAX,
            "pattern": "^[!-~]([ -~]*[!-~])?$",
        },
        OpenApiParameter.HEADER,
        description=f"1–255 printable characters; a fresh UUID for each {each} you mean to make. "
        f"The same key and body replay the first answer instead of {replay} again.",
    )


def replayed_header(description: str, *, statuses: Iterable[int]) -> OpenApiParameter:
    """Return the description of how an answer says that an earlier request was given it."""
    schema = {"type": "string", "const": "true"}
    return answer_header(idempotency.REPLAYED, schema, description, statuses=statuses)
