"""How far a batch is, and its result as a file."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from access.console import amount_text, sees_payouts
from lucidpay.clock import utc_now
from payouts.files.result import BOM, COLUMNS, file_answer, guarded, result_rows, result_xlsx
from payouts.models_batch import Batch
from payouts.models_upload import BatchUpload
from payouts.services.review_batch import waiting_in
from payouts.standing import Standing, standing_of
from payouts.states import Status

POLL_S, POLL_SCHEDULED_S = 5, 30
STEP_PERCENT = 10  # of the progress that is read out: not every payout
LINES = 500  # of a result that go out at once


@dataclass(frozen=True)
class Part:
    """Payouts of a batch that are equally far."""

    name: str
    level: str
    count: int
    micro: int | None  # not known of rows that are not read yet

    @property
    def number(self) -> str:
        """Return how many they are."""
        return f"{self.count:,}"

    @property
    def amount(self) -> str:
        """Return what they pay."""
        return amount_text(self.micro)


def progress_of_batch(batch: Batch) -> dict[str, Any]:
    """Return how far a batch is, for its page. Three statements, by its own indexes."""
    standing = standing_of(batch)
    ended = batch.total_payouts - standing.open
    percent = ended * 100 // batch.total_payouts
    is_scheduled = batch.due_at > utc_now() and batch.filled_at is not None
    poll_s = (POLL_SCHEDULED_S if is_scheduled else POLL_S) if standing.open else 0
    upload = BatchUpload.objects.filter(batch=batch).only("trouble", "owner_id").first()
    return {
        "batch": batch,
        "parts": [part for part in _parts(standing) if part.count],
        "ended": f"{ended:,} of {batch.total_payouts:,} payouts have ended",
        "percent": percent,
        "said": f"{percent // STEP_PERCENT * STEP_PERCENT} percent have ended",
        "poll_s": poll_s,
        "is_paused": batch.paused_at is not None and standing.open > 0,
        "upload": upload,
    }


def _parts(standing: Standing) -> list[Part]:
    batch, micro = standing.batch, standing.micro
    review = waiting_in(batch).order_by().aggregate(count=Count("pk"), micro=Sum("amount_micro"))
    pending = standing.count(Status.PENDING) - review["count"]
    pending_micro = micro.get(Status.PENDING, 0) - (review["micro"] or 0)
    unread = batch.total_payouts - sum(standing.count(status) for status in Status)
    told = {
        Status.CONFIRMED: ("confirmed", "success"),
        Status.FAILED: ("failed", "danger"),
        Status.CANCELLED: ("cancelled", "default"),
        Status.PROCESSING: ("signed, under way", "info"),
    }
    return [
        *(
            Part(name, level, standing.count(status), micro.get(status, 0))
            for status, (name, level) in told.items()
        ),
        Part("waiting for approval", "warning", review["count"], review["micro"] or 0),
        Part("waiting to be signed", "waiting", pending, pending_micro),
        Part("not read from the file yet", "unread", unread, None),
    ]


@require_GET
def progress_view(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Return how far a batch is: a part of its page, asked for again and again."""
    context = progress_of_batch(_batch(request, batch_id))
    # It was open when the page was made: what may be done about it is something else now.
    context["poll_s"] = context["poll_s"] or "reload"
    return TemplateResponse(request, "payouts/admin/batch_progress.html", context)


@require_GET
def result_view(request: HttpRequest, batch_id: UUID, kind: str) -> HttpResponseBase:
    """Return what became of each payout of a batch, as CSV or XLSX; memory does not grow."""
    batch = _batch(request, batch_id)
    name = f"{batch.public_id}.{kind}"
    if kind == "xlsx":
        return file_answer(result_xlsx(batch), name)
    if kind != "csv":
        raise Http404
    return file_answer(_csv(result_rows(batch)), name)


class _Line:
    """What the writer writes to: it hands each line back."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterable[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    lines = [BOM, writer.writerow(COLUMNS)]
    for cells in rows:
        lines.append(writer.writerow([guarded(cell) for cell in cells]))
        if len(lines) >= LINES:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _batch(request: HttpRequest, batch_id: UUID) -> Batch:
    if not sees_payouts(request):
        raise PermissionDenied
    return get_object_or_404(Batch, pk=batch_id)
