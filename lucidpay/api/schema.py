"""OpenAPI: what drf-spectacular cannot know by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers


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

    def get_response_serializers(self) -> Any:
        """Return the view's own answers beside 401, 403 and 429 where they apply."""
        given = super().get_response_serializers()
        answers = given if isinstance(given, dict) else {200: given}
        view = self.view
        common: dict[Any, Any] = {}
        if getattr(view, "required_scopes", None):
            common[401] = error_response("Missing or bad credentials", "LUCID_ERR_1002")
            common[403] = error_response("Insufficient permissions", "LUCID_ERR_2010")
        if getattr(view, "endpoints", None):
            common[429] = error_response("Rate limit exceeded", "LUCID_ERR_2009")
        return {**common, **answers}


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
