"""The one envelope in which every error reaches a caller."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import permission_denied
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from lucidpay import errors
from lucidpay.api.database import RETRY_AFTER_S, unavailable
from lucidpay.api.json import MEDIA_TYPE, JSONRenderer, dumps
from lucidpay.api.request_id import request_id_of
from lucidpay.clock import iso, utc_now
from lucidpay.errors import LucidError

log = structlog.get_logger(__name__)

UNAUTHENTICATED_MESSAGE = (
    "Missing, invalid or expired credentials. Send `Authorization: Bearer <token>`."
)


def envelope(
    code: str, message: str, details: dict[str, Any], request: HttpRequest | Request
) -> dict[str, Any]:
    """Return the body of an error; ``detail`` repeats the message for generic DRF clients."""
    return {
        "error": {
            "code": code,
            "message": message,
            "details": details,
            "request_id": request_id_of(request),
            "timestamp": iso(utc_now()),
        },
        "detail": message,
    }


def _key(path: str, key: str | int) -> str:
    """Return the path of a part; DRF names the items of a plain list by their numbers."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def flat_details(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Return DRF's nested validation details as flat keys: ``payouts[3].amount_usdt``."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for key, value in detail.items():
            flat |= flat_details(value, _key(path, key))
        return flat
    if isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        flat = {}
        for index, item in enumerate(detail):
            flat |= flat_details(item, f"{path}[{index}]") if item else {}
        return flat
    items = detail if isinstance(detail, list) else [detail]
    return {path or "body": [str(item) for item in items]}


def _described(error: Exception) -> tuple[int, str, str, dict[str, Any]]:
    """Return (status, code, message, details) of an error that is meant for callers."""
    match error:
        case DatabaseError() | InterfaceError() if told := unavailable(error):
            log.error("database_unavailable", exc_info=error)
            return told.status_code, told.code, told.message, told.details
        case LucidError():
            return error.status_code, error.code, error.message, error.details
        case exceptions.ValidationError():
            failed = errors.ValidationFailed(flat_details(error.detail))
            return 400, failed.code, failed.message, failed.details
        case exceptions.ParseError():
            message = errors.ValidationFailed().message
            return 400, errors.VALIDATION, message, {"body": [str(error.detail)]}
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return 401, errors.UNAUTHENTICATED, UNAUTHENTICATED_MESSAGE, {}
        case exceptions.PermissionDenied():
            return 403, errors.FORBIDDEN, "Insufficient permissions", {}
        case exceptions.Throttled():
            return 429, errors.RATE_LIMITED, "Rate limit exceeded", {}
        case exceptions.NotFound() | Http404():
            return 404, errors.NOT_FOUND, "No such path or object.", {}
        case exceptions.MethodNotAllowed():
            return 405, errors.METHOD_OR_MEDIA, f"{error.detail}", {}
        case exceptions.NotAcceptable():
            message = "Accept names no media type that this path answers in."
            return 406, errors.METHOD_OR_MEDIA, message, {}
        case exceptions.UnsupportedMediaType():
            message = "Send the body as application/json, not compressed."
            return 415, errors.METHOD_OR_MEDIA, message, {}
        case SuspiciousOperation():
            return 400, errors.VALIDATION, errors.ValidationFailed().message, ODD_REQUEST
    log.error("unexpected_error", exc_info=error)
    return 500, errors.UNEXPECTED, UNEXPECTED_MESSAGE, {}


ODD_REQUEST = {
    "request": ["Refused before it was read: its Host, a header or the number of its parameters."]
}
UNEXPECTED_MESSAGE = (
    "Unexpected error. It is logged under this request id; a repeated request with the same "
    "Idempotency-Key or reference_id is safe."
)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any error of a DRF view in the envelope, rolling its transaction back."""
    set_rollback()
    request = context["request"]
    status_code, code, message, details = _described(error)
    response = Response(envelope(code, message, details, request), status=status_code)
    if status_code == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="lucidpay"'
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    if status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(RETRY_AFTER_S)
    # The request may still be a body that no renderer was negotiated for, and a view of pages or
    # of metrics has renderers that cannot write an envelope.
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), MEDIA_TYPE
    response.exception = True
    return response


def _plain(
    request: HttpRequest,
    status_code: int,
    code: str,
    message: str,
    details: dict[str, list[str]] | None = None,
) -> HttpResponse:
    body = dumps(envelope(code, message, details or {}, request))
    return HttpResponse(body, status=status_code, content_type=MEDIA_TYPE)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404: an unknown path."""
    return _plain(
        request, 404, errors.NOT_FOUND, "No such path. The API is described at /api/docs/."
    )


def method_not_allowed(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    """Return 405 of a page that is no view of the API."""
    message = f'Method "{request.method}" not allowed.'
    response = _plain(request, 405, errors.METHOD_OR_MEDIA, message)
    response["Allow"] = ", ".join(allowed)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400: a request that is refused before any view, such as a wrong host."""
    message = errors.ValidationFailed().message
    return _plain(request, 400, errors.VALIDATION, message, ODD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403: a page for people in the admin, the envelope for everybody else."""
    if request.path.startswith("/admin/"):
        return permission_denied(request, exception or PermissionDenied())
    return _plain(request, 403, errors.FORBIDDEN, "Insufficient permissions")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: the cause is in the log under the request id, never in the answer."""
    return _plain(request, 500, errors.UNEXPECTED, UNEXPECTED_MESSAGE)
