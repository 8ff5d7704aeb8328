"""Find anything: paste a txid, an address, an id, a reference, a name or the beginning of a key.

Asks each list of the console that this person may see, in the words of its own search, so it finds
what the lists find and nothing that they hide. A fixed number of statements, each bounded and
through an index.
"""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from access.console import ConsoleAdmin, console_roles, key_of
from tron.words import TXID_LENGTH

SHOWN = 5  # of each kind; its own list has the others
TERM_MAX = 200
# What people mean when several things bear the same id: the payout, not what it is made of.
APPS = ("payouts", "gateway", "wallets", "staking", "webhooks", "tron", "access")


@dataclass(frozen=True)
class Hit:
    """One row that was found."""

    name: str
    link: str


@dataclass(frozen=True)
class Found:
    """What one list has found."""

    title: str
    hits: tuple[Hit, ...]
    more: str  # the list's address, if it has others


def found_in_lists(request: HttpRequest, term: str) -> list[Found]:
    """Return what each list of the console finds; what an operator means most often comes first.

    ``term`` is without blanks at its ends; an empty one finds nothing.
    """
    found = [_found(request, page, term) for page in _pages(request)] if term else []
    return [one for one in found if one.hits]


def find_view(request: HttpRequest) -> HttpResponse:
    """Lead to the one thing that ``?q=`` names, or show all that bear it; ``&all=1`` shows all."""
    if not console_roles(request):
        raise PermissionDenied
    term = request.GET.get("q", "").replace("\x00", "").strip()[:TERM_MAX]
    found = found_in_lists(request, term)
    if found and not request.GET.get("all") and (hit := _meant(term, found)) is not None:
        if len(found) > 1:
            others = f"{reverse('find')}?{urlencode({'q': term, 'all': '1'})}"
            said = format_html('Found elsewhere, too: <a href="{}">show everything</a>.', others)
            messages.info(request, said)
        return HttpResponseRedirect(hit.link)
    context = {
        **admin.site.each_context(request),
        "title": "Find anything",
        "term": term,
        "found": found,
    }
    return TemplateResponse(request, "lucidpay/find.html", context)


def _meant(term: str, found: list[Found]) -> Hit | None:
    """Return the one thing that is meant; a name or an address may mean each of several."""
    is_exact = key_of(term) is not None or len(term) == TXID_LENGTH
    if len(found[0].hits) == 1 and (is_exact or len(found) == 1):
        return found[0].hits[0]
    return None


def _pages(request: HttpRequest) -> list[ConsoleAdmin]:
    """Return the lists that can be searched and that this person may see."""
    pages = [
        page
        for page in admin.site._registry.values()
        if isinstance(page, ConsoleAdmin)
        and page.search_fields
        and page.opts.app_label in APPS
        and page.has_view_permission(request)
    ]
    return sorted(pages, key=lambda page: APPS.index(page.opts.app_label))


def _found(request: HttpRequest, page: ConsoleAdmin, term: str) -> Found:
    options = page.opts
    name = f"admin:{options.app_label}_{options.model_name}"
    rows, _ = page.get_search_results(request, page.get_queryset(request), term)
    hits = [_hit(name, row) for row in rows.order_by(*page.ordering)[: SHOWN + 1]]
    more = f"{reverse(f'{name}_changelist')}?{urlencode({'q': term})}"
    title = str(options.verbose_name_plural).capitalize()
    return Found(title, tuple(hits[:SHOWN]), more if len(hits) > SHOWN else "")


def _hit(name: str, row: Model) -> Hit:
    return Hit(str(row), reverse(f"{name}_change", args=[row.pk]))
