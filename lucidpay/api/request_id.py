"""One id for everything a request causes: header, envelope, log lines, tasks, payout row."""

import re
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse

from lucidpay.api.throttling import address_of

HEADER = "X-Request-ID"
_META = "HTTP_X_REQUEST_ID"
_ACCEPTED = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?", re.ASCII)


class RequestIdMiddleware:
    """Takes over a sane ``X-Request-ID`` or makes one, and sends it back.

    Stands before django-structlog's middleware, which reads the same header into the log
    context and into the tasks that the request enqueues. The address of the log is told here:
    theirs would believe any X-Forwarded-For.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get(_META, "")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid4().hex
        request.META[_META] = request_id
        structlog.contextvars.bind_contextvars(ip=address_of(request))
        response = self.get_response(request)
        response[HEADER] = request_id
        return response


def request_id_of(request: object) -> str:
    """Return the id of a Django or DRF request."""
    return str(getattr(request, "META", {}).get(_META, ""))
