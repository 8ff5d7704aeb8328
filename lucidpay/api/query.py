"""Query parameters: known ones are validated, unknown ones are errors."""

from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

from rest_framework.request import Request

from lucidpay.api.fields import StrictSerializer, reader_of
from lucidpay.errors import ValidationFailed


def query_of(request: Request, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """Return the validated query parameters, or raise with each wrong one named.

    A parameter that is given twice is refused: which of the two is meant cannot be known. So is
    one that is no UTF-8: Django would read another text than was sent, and filter by that.
    """
    if not request.META.get("QUERY_STRING"):
        return dict(_nothing(serializer))
    try:
        unquote_to_bytes(request.META.get("QUERY_STRING", "").encode("latin-1")).decode()
    except UnicodeDecodeError as error:
        raise ValidationFailed({"query": ["Not UTF-8."]}) from error
    repeated = [
        name for name in request.query_params if len(request.query_params.getlist(name)) > 1
    ]
    if repeated:
        raise ValidationFailed({name: ["Given more than once."] for name in repeated})
    return dict(reader_of(serializer).run_validation(request.query_params.dict()))


@cache
def _nothing(serializer: type[StrictSerializer]) -> dict[str, Any]:
    """Return what no parameters at all mean: the defaults."""
    return dict(reader_of(serializer).run_validation({}))


class NoQuery(StrictSerializer):
    """No query parameter is known."""


def body_of(request: Request, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """Return the validated body of a call that takes no query, or raise with what is wrong."""
    query_of(request, NoQuery)
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
