"""Middleware of others, so that a call of the API pays for none that it has no use for.

A call has no session, no form and no file, so the middleware of pages steps aside. Nor has the
page of a payer, who is nobody here.
"""

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django_prometheus.middleware import PrometheusAfterMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from lucidpay.services import SERVICES

API = (
    "/api/payment/", "/api/v1/", "/api/auth/", "/tron/",
    "/health", "/status", "/stats", "/config", "/restart/", *(f"/{name}/" for name in SERVICES),
    "/pay/",
)  # fmt: skip


# What a browser may do with any answer, if the answer itself does not say more.
OF_ALL = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Everybody's, and nobody's data; of all else no copy is kept on the way.
MAY_BE_KEPT = ("/static/", "/api/schema", "/api/docs", "/api/redoc")


class Protection:
    """The headers that protect browsers, on every answer: refusals of other middleware as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in OF_ALL.items():
            response.headers.setdefault(name, value)
        if not request.path_info.startswith(MAY_BE_KEPT):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class _OfPages:
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            return self.get_response(request)  # type: ignore[attr-defined]
        return super().__call__(request)  # type: ignore[misc]


class Policy(_OfPages, CSPMiddleware):
    """What a browser may do on a page (``lucidpay/settings/pages.py``)."""


class Files(_OfPages, WhiteNoiseMiddleware):
    """Static files."""


class Sessions(_OfPages, SessionMiddleware):
    """Sessions."""


class Csrf(_OfPages, CsrfViewMiddleware):
    """Forged forms. The API's views are exempt: no browser sends a token by itself."""


class Authentication(_OfPages, auth.AuthenticationMiddleware):
    """Who is logged in to the admin."""


class Messages(_OfPages, messages.MessageMiddleware):
    """What a page tells after a form was sent."""


class Counting(PrometheusAfterMiddleware):
    """django-prometheus' counters, each looked up once and not eight times a request."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._found: dict[tuple[Any, ...], Any] = {}

    def label_metric(
        self, metric: Any, request: HttpRequest, response: Any = None, **labels: Any
    ) -> Any:
        """Return the counter with these labels. A made-up method is none of its own."""
        if not labels:
            return metric
        if "method" in labels:
            labels["method"] = self._method(request)
        key = (metric, *labels.values())
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = metric.labels(**labels)
        return found
