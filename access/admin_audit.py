"""The audit trail in the admin: to look at, for all who see everybody's payouts."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from access.console import sees_payouts
from access.trail import ENTRIES_MAX, Entry, told_of, tracked, trail

PER_PAGE = 50
TERM_MAX = 200


@dataclass(frozen=True)
class Line:
    """An entry with the names and the link that the page shows."""

    entry: Entry
    what: str
    link: str


def audit_view(request: HttpRequest) -> HttpResponse:
    """Show a page of the trail: ``?model=``, ``?q=`` and ``?page=`` (from 1)."""
    if not sees_payouts(request):
        raise PermissionDenied
    models = {label: str(told_of(table)._meta.verbose_name) for label, table in tracked().items()}
    label, term = request.GET.get("model", ""), request.GET.get("q", "").strip()[:TERM_MAX]
    label, term = label if label in models else "", term.replace("\x00", "")
    page = _page_of(request)
    # One more than is shown tells whether there is another page.
    found = trail(label=label, term=term, offset=(page - 1) * PER_PAGE, limit=PER_PAGE + 1)
    context = {
        **admin.site.each_context(request),
        "title": "Audit trail",
        "lines": [_line(entry) for entry in found[:PER_PAGE]],
        "models": models,
        "label": label,
        "term": term,
        "newer": _address(label, term, page - 1) if page > 1 else "",
        "older": _address(label, term, page + 1) if len(found) > PER_PAGE else "",
    }
    return TemplateResponse(request, "access/admin/audit.html", context)


def _page_of(request: HttpRequest) -> int:
    digits = request.GET.get("page", "1")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 6
    return min(max(int(digits), 1), ENTRIES_MAX // PER_PAGE) if is_number else 1


def _address(label: str, term: str, page: int) -> str:
    asked: dict[str, Any] = {"model": label, "q": term, "page": page}
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def _line(entry: Entry) -> Line:
    options = entry.model._meta
    link = ""
    if entry.key:
        try:
            name = f"admin:{options.app_label}_{options.model_name}_change"
            link = reverse(name, args=[entry.key])
        except NoReverseMatch:
            link = ""  # not every tracked model has pages
    return Line(entry, str(options.verbose_name), link)
