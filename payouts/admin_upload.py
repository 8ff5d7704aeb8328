"""A payout file in the admin: uploaded, mapped, looked at, and submitted as one batch."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from access.console import console_roles, console_scopes
from access.models import User
from access.scopes import PAYOUTS_CREATE
from lucidpay.api.request_id import request_id_of
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from payouts import tasks
from payouts.admin_upload_forms import ColumnsForm, UploadForm, letters
from payouts.console_upload import told_of, upload_facts
from payouts.files.errors import FileRefused
from payouts.files.guess import layout_guess
from payouts.files.read import first_rows
from payouts.files.result import file_answer
from payouts.models_upload import BatchUpload
from payouts.services.upload import (
    OPEN_MAX,
    UploadSubmitted,
    upload_create,
    upload_discard,
    upload_map,
)
from payouts.services.upload_check import layout_of, snapshot_of_upload
from payouts.services.upload_submit import upload_submit

PREVIEW_ROWS, PREVIEW_COLUMNS, PREVIEW_SIGNS = 6, 40, 60
# They see what others have submitted, with what was found in it.
OVERSEERS = frozenset({"admin", "auditor"})
POLL_S = 2
LARGE = ("faults", "left_out")  # of a file's row, and not needed on its page


def may_upload(request: HttpRequest) -> bool:
    """Whether this person's roles let them ask for payouts."""
    return PAYOUTS_CREATE in console_scopes(request)


def upload_urls(site: AdminSite, opts: Any) -> list[URLPattern]:
    """Return the pages of a file on its way to become a batch."""
    views: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
        "new": ("new/", new_view),
        "upload": ("uploads/<uuid:upload_id>/", upload_view),
        "columns": ("uploads/<uuid:upload_id>/columns/", columns_view),
        "checking": ("uploads/<uuid:upload_id>/checking/", checking_view),
        "faults": ("uploads/<uuid:upload_id>/faults/", faults_view),
        "submit": ("uploads/<uuid:upload_id>/submit/", submit_view),
        "discard": ("uploads/<uuid:upload_id>/discard/", discard_view),
    }
    return [
        path(
            address,
            site.admin_view(partial(view, site=site, opts=opts)),
            name=f"payouts_batch_{name}",
        )
        for name, (address, view) in views.items()
    ]


def upload_address(request: HttpRequest, upload: BatchUpload | None) -> str:
    """Return where this person reads what was found in a batch's file, nothing if they may not."""
    if upload is None:
        return ""
    is_own = upload.owner_id == request.user.pk
    may_see = is_own or console_roles(request) & OVERSEERS
    return reverse("admin:payouts_batch_upload", args=[upload.pk]) if may_see else ""


def new_view(request: HttpRequest, *, site: AdminSite, opts: Any) -> HttpResponse:
    """Ask for a file, and keep it."""
    owner = _uploader(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        try:
            upload = upload_create(
                owner_id=owner.pk,
                filename=file.name[-200:],
                content=file.read(),
                now=utc_now(),
                **given,
            )
            return _to("columns", upload.pk)
        except FileRefused as error:
            form.add_error("file", str(error))
        except LucidError as error:
            form.add_error(None, error.message)
    open_ones = BatchUpload.objects.filter(owner=owner, batch=None).order_by("-pk")
    context = {
        "title": "New batch from a file",
        "form": form,
        "open_ones": open_ones.defer("content", "faults", "report")[:OPEN_MAX],
    }
    return _page(request, "upload_new", context, site, opts)


def columns_view(
    request: HttpRequest, upload_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show the first rows and ask which column is what; then give the file to be checked."""
    upload = _own(request, upload_id)
    if upload.batch_id is not None:
        return _to("upload", upload.pk)
    rows = first_rows(snapshot_of_upload(upload), most=PREVIEW_ROWS)
    rows = [row[:PREVIEW_COLUMNS] for row in rows]
    layout = layout_of(upload) if upload.is_mapped else layout_guess(rows)
    form = ColumnsForm(rows, layout, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            upload_map(
                upload_id=upload.pk,
                owner_id=upload.owner_id,
                columns=form.columns,
                has_header=form.cleaned_data["has_header"],
            )
            ring_on_commit(tasks.work_uploads)
        except LucidError as error:
            messages.error(request, error.message)
        return _to("upload", upload.pk)
    context = {
        "title": f"Which column is what: {upload.name}",
        "upload": upload,
        "form": form,
        "heads": [letters(place) for place in range(max(map(len, rows), default=0))],
        "rows": [[cell[:PREVIEW_SIGNS] for cell in row] for row in rows],
    }
    return _page(request, "upload_columns", context, site, opts)


def upload_view(
    request: HttpRequest, upload_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show what was found in a file, and what may be done with it."""
    upload = _visible(request, upload_id)
    if not upload.is_mapped:
        return _to("columns", upload.pk)
    told = told_of(upload, now=utc_now()) if upload.checked_at else None
    context = {
        "title": upload.name,
        "upload": upload,
        "facts": upload_facts(upload),
        "told": told,
        **_checking(upload),
    }
    return _page(request, "upload", context, site, opts)


@require_GET
def checking_view(
    request: HttpRequest, upload_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Return how far the check is: a part of the file's page, asked for again and again."""
    upload = _visible(request, upload_id, without=(*LARGE, "content", "report"))
    return TemplateResponse(request, "payouts/admin/upload_checking.html", _checking(upload))


@require_GET
def faults_view(
    request: HttpRequest, upload_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponseBase:
    """Return all that is wrong with a file, as CSV."""
    upload = _visible(request, upload_id, without=("content", "report", "left_out"))
    if upload.faults is None:
        raise Http404
    return file_answer(bytes(upload.faults), f"{upload.pk.hex}-faults.csv")


@require_POST
def submit_view(
    request: HttpRequest, upload_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Make the batch of a file, once, and show it."""
    upload = _own(request, upload_id)
    try:
        batch = upload_submit(
            upload_id=upload.pk,
            by=upload.owner,
            seen_round=_number(request.POST.get("seen_round", "")),
            without_wrong="without_wrong" in request.POST,
            again="again" in request.POST,
            request_id=request_id_of(request),
            now=utc_now(),
        )
    except LucidError as error:
        messages.error(request, f"Not submitted. {error.message}")
        return _to("upload", upload.pk)
    ring_on_commit(tasks.work_uploads)
    messages.success(request, "Submitted. It is paid when somebody else has approved it.")
    return HttpResponseRedirect(reverse("admin:payouts_batch_change", args=[batch.pk]))


@require_POST
def discard_view(
    request: HttpRequest, upload_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Throw a file away."""
    upload = _own(request, upload_id)
    try:
        upload_discard(upload_id=upload.pk, owner_id=upload.owner_id)
    except UploadSubmitted as error:
        messages.error(request, error.message)
        return _to("upload", upload.pk)
    messages.success(request, f"{upload.filename} is discarded. Nothing of it was paid.")
    return HttpResponseRedirect(reverse("admin:payouts_batch_new"))


def _checking(upload: BatchUpload) -> dict[str, Any]:
    """Return how far the check of a file is."""
    is_done = upload.checked_at is not None
    return {
        "rows_done": upload.rows_done,
        "poll_s": 0 if is_done else POLL_S,
        "is_done": is_done,
        "has_begun": upload.busy_until is not None,
    }


def _uploader(request: HttpRequest) -> User:
    if not may_upload(request) or not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _own(request: HttpRequest, upload_id: UUID) -> BatchUpload:
    """Return a file of this person's own; another's does not exist for them."""
    owner = _uploader(request)
    rows = BatchUpload.objects.select_related("owner").defer("faults")
    return get_object_or_404(rows, pk=upload_id, owner=owner)


def _visible(
    request: HttpRequest, upload_id: UUID, *, without: Sequence[str] = LARGE
) -> BatchUpload:
    """Return a file for whoever may read of it: its uploader, and overseers once it is a batch."""
    roles = console_roles(request)
    if not roles:
        raise PermissionDenied
    seen = Q(owner=request.user.pk)
    if roles & OVERSEERS:
        seen |= Q(batch__isnull=False)
    rows = BatchUpload.objects.select_related("owner", "batch").defer(*without)
    return get_object_or_404(rows.filter(seen), pk=upload_id)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def _to(name: str, key: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"admin:payouts_batch_{name}", args=[key]))


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], site: AdminSite, opts: Any
) -> HttpResponse:
    context = {**site.each_context(request), "opts": opts, **context}
    return TemplateResponse(request, f"payouts/admin/{name}.html", context)
