"""The base of every API view."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lucidpay.api.json import MEDIA_TYPE

ANYTHING = "*/*"


class LimitedView(APIView):
    """A view whose answers carry the rate limit headers.

    ``endpoints`` names the bucket of each method: ``{"POST": "payouts.create"}``.
    """

    endpoints: dict[str, str] = {}

    def throttle_name(self, method: str | None) -> str | None:
        """Return the name under which this method is counted, if it is; HEAD counts as GET."""
        return self.endpoints.get("GET" if method == "HEAD" else method or "")

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Answer in JSON who asks for it, or for nothing, without weighing what they accept."""
        if (request.META.get("HTTP_ACCEPT") or ANYTHING) in (ANYTHING, MEDIA_TYPE):
            renderer = self.get_renderers()[0]
            return renderer, renderer.media_type
        return super().perform_content_negotiation(request, force)

    def check_permissions(self, request: Request) -> None:
        """Count a caller who is known before the scope is asked for, so that refusals for want of
        one are limited too.
        """
        if request.auth is not None:
            super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Count a call that nobody has proven to be theirs, by its address."""
        if request.auth is None:
            super().check_throttles(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body without a length: WSGI would read it as empty, and a cancel's reason or
        a mistyped field would pass silently.
        """
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers:
            raise ParseError("Send the body with a Content-Length, not in chunks.")

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add the counted limits to whatever is answered, errors included."""
        response = super().finalize_response(request, response, *args, **kwargs)
        django_request = getattr(request, "_request", request)
        for name, value in getattr(django_request, "rate_limit_headers", {}).items():
            response[name] = value
        return response
