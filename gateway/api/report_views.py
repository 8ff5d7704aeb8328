"""`/api/v1/payments/reports`: parse, one service call, render."""

import base64
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access import idempotency, scopes
from access.caller import caller_of
from access.idempotency import KeyInUse, KeyReused
from access.permissions import HasScope
from gateway import tasks
from gateway.api.report_described import (
    CREATE_EXAMPLES,
    FILE_HEADERS,
    FILE_RESPONSES,
    GET_EXAMPLE,
    ID_PARAMETER,
    KEY_PARAMETER,
    LIST_EXAMPLE,
    LOCATION_HEADER,
    REPLAYED_HEADER,
)
from gateway.api.report_serializers import (
    DownloadQuery,
    ReportIn,
    ReportListOut,
    ReportListQuery,
    ReportOut,
)
from gateway.models_report import Report
from gateway.reports.files import CONTENT_TYPES
from gateway.reports.links import link_opens
from gateway.reports.queries import (
    ReportNotFound,
    ReportNotReady,
    file_name,
    file_of,
    report_body,
    report_of,
    report_visible_to,
    visible_to,
)
from gateway.services.report_request import ENDPOINT, Wanted, report_request
from lucidpay.api.pagination import paginate
from lucidpay.api.query import NoQuery, body_of, query_of
from lucidpay.api.request_id import request_id_of
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import FORBIDDEN, LucidError
from lucidpay.ids import parse_public_id


class LinkRefused(LucidError):
    """This link has expired, or is none. Ask for the report again: it comes with a new one."""

    code = FORBIDDEN
    status_code = 403


class ReportGenerateView(LimitedView):
    """Ask for a report."""

    required_scopes = {"POST": scopes.REPORTS_READ}
    endpoints = {"POST": ENDPOINT}

    @extend_schema(
        operation_id="report_generate",
        request=ReportIn,
        parameters=[KEY_PARAMETER, LOCATION_HEADER, REPLAYED_HEADER],
        responses={
            201: OpenApiResponse(ReportOut, description="The totals; the file is on its way."),
            **refusals(KeyInUse, KeyReused),
        },
        examples=CREATE_EXAMPLES,
        summary="Ask for a report",
    )
    def post(self, request: Request) -> Response:
        """Totals of payments at once, and a file of them soon: read the report until it is ready.

        Of your own payments, or of everybody's if your role sees those.
        """
        key = idempotency.key_of(request)
        order = body_of(request, ReportIn)
        shown = {name: _plain(value) for name, value in order.items()}
        answer = report_request(
            Wanted(
                caller=caller_of(request),
                order=order,
                body_hash=idempotency.hash_of(shown),
                request_id=request_id_of(request),
                host=_host(request),
                now=utc_now(),
                key=key,
            )
        )
        ring_on_commit(tasks.reports)
        headers = {"Location": f"{reverse('reports')}/{answer.body['report_id']}"}
        if answer.replayed:
            headers[idempotency.REPLAYED] = "true"
        return Response(answer.told, status=answer.status_code, headers=headers)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _host(request: Request) -> str:
    return str(request.build_absolute_uri("/")).rstrip("/")


class ReportsView(LimitedView):
    """List reports."""

    required_scopes = {"GET": scopes.REPORTS_READ}
    endpoints = {"GET": "payments.reports"}

    @extend_schema(
        operation_id="report_list",
        parameters=[ReportListQuery],
        responses={200: OpenApiResponse(ReportListOut, description="A page, newest first.")},
        examples=[LIST_EXAMPLE],
        summary="List reports",
    )
    def get(self, request: Request) -> Response:
        """Newest first; `offset` for people, `cursor` for machines."""
        query, now = query_of(request, ReportListQuery), utc_now()
        filters = {"status": query["status"]} if "status" in query else {}
        rows = visible_to(caller_of(request)).filter(**filters)
        page = paginate(
            rows, query, load=lambda keys: list(Report.objects.filter(pk__in=keys).order_by("-pk"))
        )
        host = _host(request)
        body = {
            "reports": [report_body(report, host=host, now=now) for report in page.rows],
            "pagination": page.pagination,
            "filters": filters,
        }
        return Response(body)


class ReportView(LimitedView):
    """One report."""

    required_scopes = {"GET": scopes.REPORTS_READ}
    endpoints = {"GET": "payments.reports"}

    @extend_schema(
        operation_id="report_get",
        parameters=[ID_PARAMETER],
        responses={
            200: OpenApiResponse(ReportOut, description="The report as it stands now."),
            **refusals(ReportNotFound),
        },
        examples=[GET_EXAMPLE],
        summary="Get a report",
    )
    def get(self, request: Request, report_id: str) -> Response:
        """How far it is; once it is ready, with a link to its file."""
        query_of(request, NoQuery)
        report = report_visible_to(caller_of(request), report_id)
        return Response(report_body(report, host=_host(request), now=utc_now()))


class OpensByLink(HasScope):
    """Lets in who comes by a signed link, as a browser does; others as everywhere."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether the link opens or the caller has the scope; raise for a wrong link."""
        query = query_of(request, DownloadQuery)
        if not query:
            return super().has_permission(request, view)
        key = parse_public_id("report", view.kwargs["report_id"])
        if key is None or not link_opens(key, **query, now=utc_now()):
            raise LinkRefused
        return True


class ReportDownloadView(LimitedView):
    """The file of a report."""

    required_scopes = {"GET": scopes.REPORTS_READ}
    permission_classes = [OpensByLink]
    endpoints = {"GET": "payments.reports"}

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Refuse nobody for what they accept: a file is what was asked for when it was made."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    @extend_schema(
        operation_id="report_download",
        parameters=[ID_PARAMETER, DownloadQuery, *FILE_HEADERS],
        responses={
            **FILE_RESPONSES,
            **refusals(LinkRefused, ReportNotFound, ReportNotReady),
        },
        summary="Download a report's file",
    )
    def get(self, request: Request, report_id: str) -> StreamingHttpResponse:
        """By the link in `download_url`, without a token; or with a token, without a link."""
        if request.query_params:  # a link of ours, as has been proven by now
            return download_of(report_of(report_id))
        return download_of(report_visible_to(caller_of(request), report_id))


def download_of(report: Report) -> StreamingHttpResponse:
    """Return a report's file, piece by piece; raise ``ReportNotReady``."""
    digest = base64.b64encode(bytes.fromhex(report.sha256)).decode()
    return StreamingHttpResponse(
        file_of(report),
        content_type=CONTENT_TYPES[Report.Format(report.format)],
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(report)}"',
            "Content-Length": str(report.size_bytes),
            "X-Checksum-SHA256": report.sha256,
            "Repr-Digest": f"sha-256=:{digest}:",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
