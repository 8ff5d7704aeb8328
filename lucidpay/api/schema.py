"""OpenAPI: what drf-spectacular cannot know by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

# The first mount of a path is its alias; it answers the same and is not documented twice.
ALIASES = ("/api/v1/",)


def documented_endpoints(endpoints: list[Any]) -> list[Any]:
    """Return the endpoints as the contract writes them: no aliases, no trailing slash."""
    return [
        (path.rstrip("/"), regex, method, view)
        for path, regex, method, view in endpoints
        if not path.startswith(ALIASES)
    ]


class ErrorBodyOut(serializers.Serializer):
    """What went wrong and where."""

    code = serializers.CharField(help_text="Stable code, `LUCID_ERR_…`.")
    message = serializers.CharField(help_text="For people.")
    details = serializers.DictField(help_text="Field → list of messages, and facts.")
    request_id = serializers.CharField(help_text="Quote it when you ask for help.")
    timestamp = serializers.DateTimeField()


class ErrorOut(serializers.Serializer):
    """The one shape of every error."""

    error = ErrorBodyOut()
    detail = serializers.CharField(help_text="The message again.")


def error_response(description: str, code: str) -> OpenApiResponse:
    """Return the schema of an error answer with an example that shows its code."""
    body = {
        "error": {
            "code": code,
            "message": description,
            "details": {},
            "request_id": "6f1d0c6f6c0b4a0f9f5c",
            "timestamp": "2026-01-31T09:00:00.000000Z",
        },
        "detail": description,
    }
    example = OpenApiExample(code, value=body, response_only=True)
    return OpenApiResponse(ErrorOut, description=description, examples=[example])


class Schema(AutoSchema):
    """Adds the errors that any call can answer."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        """Return the view's own answers beside the refusals that any such call can meet.

        Here and not in ``get_response_serializers``, which ``extend_schema`` replaces.
        """
        bodies = super()._get_response_bodies(direction)
        for code, answer in self._refusals().items():
            if code not in bodies:
                bodies[code] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    answer, code, direction=direction
                )
        return bodies

    def _refusals(self) -> dict[str, OpenApiResponse]:
        found = {
            "400": error_response("Validation failed", "LUCID_ERR_1001"),
            "406": error_response("Only application/json can be answered", "LUCID_ERR_1004"),
        }
        if self.method == "POST":
            found["415"] = error_response("Send application/json", "LUCID_ERR_1004")
        if getattr(self.view, "required_scopes", None):
            found["401"] = error_response("Missing or bad credentials", "LUCID_ERR_1002")
            found["403"] = error_response("Insufficient permissions", "LUCID_ERR_2010")
        if getattr(self.view, "endpoints", None):
            found["429"] = error_response("Rate limit exceeded", "LUCID_ERR_2009")
        return found


class BearerScheme(OpenApiAuthenticationExtension):
    """Names the one way in: a bearer token, JWT or API key."""

    target_class = "access.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A JWT from `/api/auth/token/`, or an API key (`lp_…`).",
        }
