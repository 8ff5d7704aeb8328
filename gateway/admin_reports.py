"""Reports in the admin: who asked for which, how far they are, and their files."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, ReadOnlyAdmin, amount_text, code, key_of, short, time_text
from access.console import console_scopes as scopes_here
from access.scopes import REPORTS_READ
from gateway.api.report_views import download_of
from gateway.models_report import Report
from gateway.reports.queries import progress_of
from gateway.reports.tally import Sums
from gateway.states import ReportStatus

COLOURS: dict[str, str] = {
    ReportStatus.PENDING: "info",
    ReportStatus.READY: "success",
    ReportStatus.FAILED: "danger",
}


def sees_reports(request: HttpRequest) -> bool:
    """Whether reports are shown."""
    return REPORTS_READ in scopes_here(request)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """All reports, newest first."""

    empty_text = "No report yet. One is written once a merchant asks for it."
    sees = staticmethod(sees_reports)
    list_display = ("ident", "state", "kind", "owner", "whose", "begins", "ends", "rows", "file")
    list_filter = ("status", "format")
    list_select_related = ("owner",)
    fields = readonly_fields = (
        "ident_full", "state", "kind", "owner", "whose", "begins", "ends", "status_filter",
        "include_failed", "counts", "volume", "fees", "net", "refunded", "generated", "rows",
        "progress", "tries", "error_message", "size_bytes", "checksum", "ready", "file",
    )  # fmt: skip

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Report | None:
        """Return the report; an odd id is none's."""
        key = key_of(object_id)
        return self.get_queryset(request).filter(pk=key).first() if key else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Load who asked with it."""
        rows: QuerySet[Report] = super().get_queryset(request)
        return rows.select_related("owner")

    def get_urls(self) -> list[URLPattern]:
        """Add where the file is fetched."""
        fetched = self.admin_site.admin_view(self.file_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<str:object_id>/file/", fetched, name="gateway_report_file"), *urls]

    def file_view(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Answer with the file of a report that is ready."""
        if not self.sees(request):
            raise PermissionDenied
        report = self.get_object(request, object_id)
        if report is None or report.status != ReportStatus.READY:
            raise Http404
        return download_of(report)

    @display(description="report")
    def ident(self, report: Report) -> SafeString | str:
        """Return the two ends of its id."""
        return short(report.public_id, head=15)

    @display(description="report")
    def ident_full(self, report: Report) -> SafeString | str:
        """Return its id."""
        return code(report.public_id)

    @display(description="status", label=COLOURS)
    def state(self, report: Report) -> str:
        """Return how far it is."""
        return report.status

    @display(description="format")
    def kind(self, report: Report) -> str:
        """Return what its file is."""
        return report.get_format_display()

    @display(description="payments of")
    def whose(self, report: Report) -> str:
        """Return whose payments are in it."""
        return "everybody" if report.sees_all else report.owner.get_username()

    @display(description="from (UTC)")
    def begins(self, report: Report) -> str:
        """Return when its period begins."""
        return time_text(report.period_start)

    @display(description="before (UTC)")
    def ends(self, report: Report) -> str:
        """Return when its period ends."""
        return time_text(report.period_end)

    @display(description="payments, successful, failed")
    def counts(self, report: Report) -> str:
        """Return how many payments it counts."""
        sums = Sums(**report.totals)
        return f"{sums.payments:,}, {sums.successful:,}, {sums.failed:,}"

    @display(description="volume")
    def volume(self, report: Report) -> str:
        """Return the amounts of its successful payments."""
        return amount_text(Sums(**report.totals).volume_micro, "USDT")

    @display(description="fees")
    def fees(self, report: Report) -> str:
        """Return the fees of its successful payments."""
        return amount_text(Sums(**report.totals).fees_micro, "USDT")

    @display(description="net")
    def net(self, report: Report) -> str:
        """Return the volume less the fees."""
        return amount_text(Sums(**report.totals).net_micro, "USDT")

    @display(description="refunded")
    def refunded(self, report: Report) -> str:
        """Return what went back."""
        return amount_text(Sums(**report.totals).refunded_micro, "USDT")

    @display(description="rows")
    def rows(self, report: Report) -> str:
        """Return how many payments its file lists."""
        return f"{report.rows_total:,}"

    @display(description="written")
    def progress(self, report: Report) -> str:
        """Return how much of the file is written."""
        return f"{progress_of(report)} %"

    @display(description="totals of (UTC)")
    def generated(self, report: Report) -> str:
        """Return when its totals were read."""
        return time_text(report.generated_at)

    @display(description="ready (UTC)")
    def ready(self, report: Report) -> str:
        """Return when its file was there."""
        return time_text(report.ready_at)

    @display(description="SHA-256 of the file")
    def checksum(self, report: Report) -> SafeString | str:
        """Return what proves the file."""
        return code(report.sha256)

    @display(description="file")
    def file(self, report: Report) -> Any:
        """Return where the file is fetched."""
        if report.status != ReportStatus.READY:
            return NOTHING
        url = reverse("admin:gateway_report_file", args=[report.pk])
        return format_html('<a class="lp-link" href="{}">Download</a>', url)
