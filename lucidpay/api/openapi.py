"""The OpenAPI document: what drf-spectacular cannot know by itself."""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from lucidpay import errors
from lucidpay.api.errors import UNAUTHENTICATED_MESSAGE, UNEXPECTED_MESSAGE
from lucidpay.api.fields import StrictSerializer
from lucidpay.api.schema import error_response, refusals

# The first mount of a path is its alias; it answers the same and is not documented twice.
ALIASES = ("/api/v1/payouts", "/api/v1/stats")
JSON = "application/json"
# Whole tokens as text: what a number that went through a double could have lost.
DECIMAL_TEXT = "^[0-9]{1,16}([.][0-9]{1,18})?$"

_TEXT = r"[^\u0000-\u001f\u007f-\u009f]*"
VISIBLE_TEXT = rf"^{_TEXT}[^\u0000-\u001f\u007f-\u009f\s]{_TEXT}$"


def _header(description: str, schema: dict[str, Any], *, always: bool = False) -> dict[str, Any]:
    return {"description": description, "schema": schema} | ({"required": True} if always else {})


_COUNT = {"type": "integer", "minimum": 0}
HEADERS = {
    "X-Request-ID": _header(
        "The id you sent, or one that was made. It stands in every log line of this request.",
        {"type": "string", "minLength": 1, "maxLength": 128},
        always=True,
    ),
    "X-RateLimit-Limit": _header("Calls a minute.", _COUNT),
    "X-RateLimit-Remaining": _header("Calls left in this minute.", _COUNT),
    "X-RateLimit-Reset": _header("When the next minute begins, in epoch seconds.", _COUNT),
    "Retry-After": _header("Seconds to wait.", {"type": "integer", "minimum": 1}, always=True),
    "X-RateLimit-Retry-After": _header(
        "The same as `Retry-After`.", {"type": "integer", "minimum": 1}, always=True
    ),
    "WWW-Authenticate": _header(
        "How to authenticate.", {"type": "string", "const": 'Bearer realm="lucidpay"'}, always=True
    ),
}
_LIMITED = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_OF_STATUS = {
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After", "X-RateLimit-Retry-After"),
    "503": ("Retry-After",),
}
REQUEST_ID_PARAMETER = {
    "in": "header",
    "name": "X-Request-ID",
    "schema": {"type": "string"},
    "description": "Yours, for the log: 1–128 printable characters. Anything else is replaced.",
}


def documented_endpoints(endpoints: list[Any]) -> list[Any]:
    """Return the endpoints as the contract writes them: no aliases, no trailing slash."""
    return [
        (path.rstrip("/"), regex, method, view)
        for path, regex, method, view in endpoints
        if not path.startswith(ALIASES)
    ]


def finished(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what operations refer to, and leave out tags that no operation has."""
    used = {
        tag
        for methods in result["paths"].values()
        for operation in methods.values()
        for tag in operation["tags"]
    }
    result["tags"] = [tag for tag in result.get("tags", []) if tag["name"] in used]
    _drop(result, "x-spec-enum-id")  # a mark for the hook that is not used
    result["components"]["headers"] = HEADERS
    result["components"]["parameters"] = {"X-Request-ID": REQUEST_ID_PARAMETER}
    return result


def _drop(part: Any, name: str) -> None:
    if isinstance(part, dict):
        part.pop(name, None)
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, dict | list):
            _drop(inner, name)


class Schema(AutoSchema):
    """Adds the refusals and the headers that any call can meet."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with the request id that every call takes."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            reference = {"$ref": "#/components/parameters/X-Request-ID"}
            operation.setdefault("parameters", []).append(reference)
            # Nothing of what it may change must be there; but what changes nothing is refused.
            if self.method == "PATCH":
                operation["requestBody"]["required"] = True
        return operation

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        """Return the view's own answers beside the refusals that any such call can meet.

        Here and not in ``get_response_serializers``, which ``extend_schema`` replaces.
        """
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, answer in self._refusals().items():
            general = self._get_response_for_code(  # type: ignore[no-untyped-call]
                answer, status, media_types=[JSON], direction=direction
            )
            bodies[status] = _joined(bodies.get(status), general)
        for status, body in bodies.items():
            body["headers"] = body.get("headers", {}) | self._headers(status)
        return dict(sorted(bodies.items()))

    def _headers(self, status: str) -> dict[str, Any]:
        names = ["X-Request-ID", *_OF_STATUS.get(status, ())]
        # What is refused before the caller is known is not counted.
        if self._is_limited() and status not in ("401", "406"):
            names += _LIMITED
        return {name: {"$ref": f"#/components/headers/{name}"} for name in names}

    def _is_limited(self) -> bool:
        return self.method in getattr(self.view, "endpoints", {})

    def _refusals(self) -> dict[str, OpenApiResponse]:
        message = errors.ValidationFailed().message
        found = {
            "400": error_response(message, errors.VALIDATION),
            "406": error_response(
                "Accept names no media type that this path answers in.", errors.METHOD_OR_MEDIA
            ),
            "500": error_response(UNEXPECTED_MESSAGE, errors.UNEXPECTED),
        }
        if getattr(self.view, "asks_nobody", False):
            return found
        found["503"] = refusals(errors.DatabaseBusy, errors.DatabaseAway)[503]
        if self.method in ("POST", "PUT", "PATCH"):
            sentence = "Send the body as application/json, not compressed."
            found["415"] = error_response(sentence, errors.METHOD_OR_MEDIA)
        if getattr(self.view, "required_scopes", None):
            found["401"] = error_response(UNAUTHENTICATED_MESSAGE, errors.UNAUTHENTICATED)
            found["403"] = error_response("Insufficient permissions", errors.FORBIDDEN)
        if self._is_limited():
            found["429"] = error_response("Rate limit exceeded", errors.RATE_LIMITED)
        return found

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Return the object's schema; one that refuses unknown fields says so."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema |= {"additionalProperties": False, **serializer.schema_rules}
            for name, field in serializer.fields.items():
                if _refuses_blanks(field) and name in schema["properties"]:
                    schema["properties"][name].setdefault("pattern", r"\S")
        return schema


def _refuses_blanks(field: serializers.Field) -> bool:
    """Return whether it is a text of which nothing may be left without blanks at its ends."""
    return (
        isinstance(field, serializers.CharField) and field.trim_whitespace and not field.allow_blank
    )


def _joined(own: dict[str, Any] | None, general: dict[str, Any]) -> dict[str, Any]:
    """Return a view's own answer of a status with the example that any call can meet."""
    if own is None or JSON not in own.get("content", {}):
        return own or general
    theirs, ours = general["content"][JSON], own["content"][JSON]
    if theirs["schema"] == ours["schema"]:
        ours["examples"] = theirs["examples"] | ours.get("examples", {})
        if general["description"] not in own["description"]:
            own["description"] = f"{own['description']} {general['description']}"
    return own


class BearerScheme(OpenApiAuthenticationExtension):
    """Names the one way in: a bearer token, JWT or API key."""

    target_class = "access.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "`Authorization: Bearer <token>`. The token is a JWT from "
            "`/api/auth/token`, which ends after 15 minutes, or an API key: `lp_live_…` on "
            "mainnet, `lp_test_…` elsewhere.",
        }


class AmountSchema(OpenApiSerializerFieldExtension):
    """An amount that comes in: within its bounds, as a number or as text."""

    target_class = "lucidpay.api.fields.AmountField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema. ``multipleOf`` is left out: validators divide in binary, and would
        refuse 19.99.
        """
        low, high = (
            float(self.target.to_representation(units))
            for units in (self.target.low_units, self.target.high_units)
        )
        number = {"type": "number", "minimum": low, "maximum": high}
        return {"oneOf": [number, {"type": "string", "pattern": DECIMAL_TEXT}]}


class TextSchema(OpenApiSerializerFieldExtension):
    """A text without control characters that is not blank."""

    target_class = "lucidpay.api.fields.StrictCharField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema that stands for what the field refuses."""
        schema: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        return schema | {"pattern": VISIBLE_TEXT}
