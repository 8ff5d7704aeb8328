"""What all pages of the admin share: who may look, and that looking changes nothing.

What a person may do follows from their roles (``access/scopes.py``), never from Django's
permissions of single models, so the admin and the API can never disagree.

Of the layers above it knows the names of four URLs: of a payout's, an operation's, a payment's and
a sweep's page.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.models import Group
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from access.models import User
from access.paginator import BoundedPaginator
from access.scopes import SEE_ALL, scopes_of
from access.step_up import has_passed
from lucidpay.money import tokens_of

NOTHING = "—"


def console_roles(request: HttpRequest) -> frozenset[str]:
    """Return the roles under which this person is here; asked of the database once a request.

    Empty unless they are active staff with a role that sees everybody's payouts: the admin has
    no pages for those who may only see their own. Empty, too, until they have given the code of
    their second factor.
    """
    cached: frozenset[str] | None = getattr(request, "console_roles", None)
    if cached is not None:
        return cached
    user = request.user
    roles: frozenset[str] = frozenset()
    if isinstance(user, User) and user.is_active and user.is_staff and has_passed(request):
        found = user.role_names()
        roles = found if found & SEE_ALL else frozenset()
    request.console_roles = roles  # type: ignore[attr-defined]
    return roles


def console_scopes(request: HttpRequest) -> frozenset[str]:
    """Return what this person may do here."""
    return scopes_of(console_roles(request))


def sees_payouts(request: HttpRequest) -> bool:
    """Whether payouts, their transactions and their events are shown."""
    return "payouts:read" in console_scopes(request)


def sees_wallets(request: HttpRequest) -> bool:
    """Whether wallets and the books are shown."""
    return "wallets:read" in console_scopes(request)


def sees_access(request: HttpRequest) -> bool:
    """Whether users and keys are shown: to those who manage them and those who audit them."""
    return manages_access(request) or "auditor" in console_roles(request)


def manages_access(request: HttpRequest) -> bool:
    """Whether users and keys may be changed."""
    return "service:manage" in console_scopes(request)


def environment(request: HttpRequest) -> list[str]:
    """Return the network's name and its colour, for the top of every page."""
    name = settings.TRON_NETWORK
    return [name, "danger" if name == "mainnet" else "info"]


def stylesheet(request: HttpRequest) -> str:
    """Return the address of what the theme's own styles lack."""
    return static("lucidpay/admin.css")


def favicon(request: HttpRequest) -> str:
    """Return the address of the icon in the browser's tab."""
    return static("lucidpay/favicon.svg")


class ReadOnly:
    """Nothing is added, changed or deleted, not even by a superuser."""

    def has_add_permission(self, *_: Any) -> bool:
        """Rows are made by services only."""
        return False

    def has_change_permission(self, *_: Any) -> bool:
        """Rows are changed by services only."""
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        """Nothing that concerns money is ever deleted."""
        return False


class Label(NamedTuple):
    """A word with the colour that a list gives it; on a row's own page the word alone."""

    colour_of: str
    word: str

    def __str__(self) -> str:
        return self.word


class ConsoleAdmin(ModelAdmin):
    """A model whose pages are shown by role, in bounded lists."""

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    # ``?_facets`` would count the whole table once a filter's choice.
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    # Sorting by a column without an index would sort the whole table.
    sortable_by = ()
    ordering = ("-pk",)
    sees = staticmethod(sees_payouts)
    # What an empty list says, unless somebody searches or filters.
    empty_text = "Nothing is here yet."

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show it to those whose roles let them see it."""
        return self.sees(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """List it for those who may see it."""
        return self.sees(request)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rows there are; the buttons beside, which add others in a window, have no name
        for a screen reader, and what they add has pages of its own.
        """
        found = super().formfield_for_dbfield(db_field, request, **kwargs)
        if found is not None and isinstance(found.widget, RelatedFieldWidgetWrapper):
            found.widget = found.widget.widget
        return found

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """Return the row; none has a NUL in its key, which PostgreSQL would not even look for."""
        if "\x00" in object_id:
            return None
        found: Model | None = super().get_object(request, object_id, from_field)
        return found

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow what the filters on the page ask, and nothing else.

        Django allows a filter by any column of the model. ``?sealed_key__startswith=…`` would
        give away, letter by letter, what no page shows.
        """
        allowed: set[str] = set()
        for item in self.list_filter:
            if isinstance(item, str):
                allowed |= {f"{item}__exact", f"{item}__id__exact", f"{item}__isnull"}
            else:
                allowed.add(item.parameter_name)
        return lookup in allowed


class ReadOnlyAdmin(ReadOnly, ConsoleAdmin):
    """Rows to look at."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find what is ``found``; all rows for nothing but blanks."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = self.found(queryset, term)
        if found is None:
            return super().get_search_results(request, queryset, term)
        return found, False

    def found(self, queryset: QuerySet, term: str) -> QuerySet | None:
        """Return the rows that a term is about, through an index; the term is not empty.

        ``None`` leaves it to Django, which looks into all of ``search_fields``.
        """
        return None


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows to look at, on the page of what they belong to."""

    extra = 0
    per_page = 50
    can_delete = False
    sees = staticmethod(sees_payouts)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show it to those who may see what it belongs to."""
        return self.sees(request)


class FixedFilter(admin.SimpleListFilter):
    """Choices that are known beforehand; asking the table for them would read all of it."""

    choices_known: tuple[str, ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [(choice, choice) for choice in self.choices_known]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the rows that have the chosen value."""
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


def amount_text(units: int | None, asset: str = "") -> str:
    """Return base units as people write them: ``1,234.50 USDT``; nothing is rounded."""
    if units is None:
        return NOTHING
    whole, _, fraction = f"{tokens_of(units):,f}".partition(".")
    return f"{whole}.{fraction:0<2} {asset}".rstrip()


def time_text(time: datetime | None) -> str:
    """Return a time in UTC to the second."""
    return NOTHING if time is None else f"{time:%Y-%m-%d %H:%M:%S}"


def short(text: str | None, head: int = 6, tail: int = 6) -> SafeString | str:
    """Return the two ends of a long text, with all of it in the tooltip."""
    if not text:
        return NOTHING
    if len(text) <= head + tail + 1:
        return format_html('<span class="lp-code">{}</span>', text)
    template = '<span class="lp-code" title="{}">{}…{}</span>'
    return format_html(template, text, text[:head], text[-tail:])


def code(text: str | None) -> SafeString | str:
    """Return an id in full, ready to be selected with one click."""
    return format_html('<span class="lp-code lp-all">{}</span>', text) if text else NOTHING


def payout_link(key: UUID) -> SafeString:
    """Return a link to the payout that something belongs to.

    Knows the page by the name of its URL only, so that every layer can link to it without
    importing payouts.
    """
    url = reverse("admin:payouts_payout_change", args=[key])
    return format_html('<a class="lp-link" href="{}">payout_{}</a>', url, key.hex)


def operation_link(key: UUID) -> SafeString:
    """Return a link to the operation that something belongs to, known by its URL's name only."""
    url = reverse("admin:wallets_operation_change", args=[key])
    return format_html('<a class="lp-link" href="{}">{}</a>', url, key.hex)


def payment_link(key: UUID) -> SafeString:
    """Return a link to the payment that something belongs to, known by its URL's name only."""
    url = reverse("admin:gateway_payment_change", args=[key])
    return format_html('<a class="lp-link" href="{}">pay_{}</a>', url, key.hex)


def sweep_link(key: UUID) -> SafeString:
    """Return a link to the sweep that something belongs to, known by its URL's name only."""
    url = reverse("admin:gateway_sweep_change", args=[key])
    return format_html('<a class="lp-link" href="{}">sweep_{}</a>', url, key.hex)


def key_of(term: str) -> UUID | None:
    """Return the key in what people paste: ``payout_…``, 32 hex digits or a dashed UUID."""
    try:
        return UUID(term.strip().lower().rpartition("_")[2])
    except ValueError:
        return None


# Roles are fixed in code: they have no pages here.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)
