"""What a payer's browser asks for. Nobody logs in; who knows a payment's id sees this much of it.

An id that cannot be and one that does not exist get the same answer.
"""

from hashlib import sha256
from io import BytesIO
from typing import Any, cast

import segno
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.page.bodies import page_context, state_body
from gateway.page.look import Look, payment_look
from lucidpay.api.json import dumps
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
NOT_SHOWN = ("This page cannot be shown now", "Try again in a minute. Do not pay a second time.")
TROUBLE = {
    404: (
        "There is no such payment",
        "The link may be incomplete. Open it again from where you got it, or ask for a new one.",
    ),
    405: ("This cannot be done here", "Open the link that you got once more."),
    429: ("Too many requests", "Wait a minute, then open this page again. Your payment goes on."),
}


class PayerView(LimitedView):
    """What payers may see: limited by address, indexed by nobody, framed by nobody."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"GET": "payments.page"}
    http_method_names = ("get", "head")

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Answer in the one form there is, whatever the browser says it accepts."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add what every browser must know of these pages."""
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in HEADERS.items():
            response[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class PaymentPage(PayerView):
    """The page itself."""

    @extend_schema(exclude=True)
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """Show what to pay, to where, and how it stands.

        What a messenger adds to a link it passes on (``?utm_…``) keeps nobody from paying.
        """
        context = page_context(_look(payment_id), now=utc_now())
        return HttpResponse(render_to_string("gateway/page.html", context))

    def handle_exception(self, exc: Exception) -> Response:
        """Tell people on a page, and not in the API's envelope, what is wrong."""
        refused = super().handle_exception(exc)
        headline, text = TROUBLE.get(refused.status_code, NOT_SHOWN)
        page = render_to_string("gateway/trouble.html", {"headline": headline, "text": text})
        told = HttpResponse(page, status=refused.status_code)
        if "Retry-After" in refused.headers:
            told["Retry-After"] = refused.headers["Retry-After"]
        return cast("Response", told)


class PaymentState(PayerView):
    """How a payment stands, for the page's script."""

    @extend_schema(exclude=True)
    def get(self, request: Request, payment_id: str) -> HttpResponseBase:
        """Tell it; 304 to who knows it already."""
        query_of(request, NoQuery)
        body = state_body(_look(payment_id), now=utc_now())
        etag = _etag(body)
        response = Response(body, headers={"ETag": etag, "Cache-Control": "no-store"})
        conditional = get_conditional_response(request._request, etag=etag, response=response)
        return cast("HttpResponseBase", conditional)


class PaymentQr(PayerView):
    """The address to pay to, as a QR code.

    The plain address and not the URI: most wallets for TRON read nothing else.
    """

    @extend_schema(exclude=True)
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """Draw it."""
        query_of(request, NoQuery)
        address = _look(payment_id).address
        if address is None:
            raise Http404
        # The address of a payment never changes.
        headers = {"Cache-Control": "private, max-age=3600"}
        return HttpResponse(qr_svg(address), content_type="image/svg+xml", headers=headers)


def qr_svg(text: str) -> str:
    """Return the QR code of a text as an SVG file, dark on white in any colour scheme."""
    drawn = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(drawn, kind="svg", light="#fff", omitsize=True, xmldecl=False)
    return drawn.getvalue().decode()


def _look(payment_id: str) -> Look:
    found = payment_look(payment_id)
    if found is None:
        raise Http404
    return found


def _etag(body: dict[str, Any]) -> str:
    facts = {name: value for name, value in body.items() if name != "server_time"}
    return f'W/"{sha256(dumps(facts).encode()).hexdigest()[:32]}"'
