"""Query parameters: known ones are validated, unknown ones are errors."""

from typing import Any

from rest_framework.request import Request

from lucidpay.api.fields import StrictSerializer
from lucidpay.errors import ValidationFailed


def query_of(request: Request, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """Return the validated query parameters, or raise with each wrong one named.

    A parameter that is given twice is refused: which of the two is meant cannot be known.
    """
    repeated = [
        name for name in request.query_params if len(request.query_params.getlist(name)) > 1
    ]
    if repeated:
        raise ValidationFailed({name: ["Given more than once."] for name in repeated})
    parsed = serializer(data=request.query_params.dict())
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)


class NoQuery(StrictSerializer):
    """No query parameter is known."""
