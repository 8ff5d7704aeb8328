"""The books in the admin: looked at, and where nobody could explain them, explained by people."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from access.console import (
    ConsoleAdmin,
    FixedFilter,
    ReadOnlyAdmin,
    ReadOnlyInline,
    amount_text,
    code,
    console_scopes,
    key_of,
    sees_wallets,
    short,
    time_text,
)
from access.console_fields import ReasonField
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from wallets.models import Account, Entry, Journal, Reconciliation
from wallets.services.suspense import NOTE_MAX, suspense_assign, suspense_open


def may_manage(request: HttpRequest) -> bool:
    """Whether this person's roles let them explain bookings and name funding sources."""
    return "wallets:manage" in console_scopes(request)


def is_number(object_id: Any) -> bool:
    """Whether this part of an admin URL, which may be anything, can be the key of a row."""
    return str(object_id).isdecimal()


class ReasonForm(forms.Form):
    """Why somebody says so."""

    reason = ReasonField(max_length=NOTE_MAX, kept="in the books")


class EntryInline(ReadOnlyInline):
    """The sides of a booking."""

    model = Entry
    sees = staticmethod(sees_wallets)
    fields = readonly_fields = ("account_name", "amount")
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Load the accounts with the entries."""
        rows: QuerySet[Entry] = super().get_queryset(request)
        loaded = rows.select_related("account__wallet", "account__owner")
        return loaded.defer("account__wallet__sealed_key")

    @display(description="account")
    def account_name(self, entry: Entry) -> str:
        """Return whose money it is."""
        return account_text(entry.account)

    @display(description="in (+) or out (−)")
    def amount(self, entry: Entry) -> str:
        """Return the units with their sign."""
        return amount_text(entry.units, entry.asset)


def account_text(account: Account) -> str:
    """Return an account's name for people; its wallet and owner should be loaded already."""
    if account.wallet:
        return f"wallet {account.wallet.name}"
    whose = f" ({account.owner.username})" if account.owner else ""
    return f"{account.get_kind_display()}{whose}"


class KindFilter(FixedFilter):
    """The kinds of bookings."""

    title = "kind"
    parameter_name = "kind"
    choices_known = (
        "opening", "inflow", "payout", "fee", "internal", "unexplained", "assigned", "correction",
        "deposit", "sweep",
    )  # fmt: skip


class SuspenseFilter(FixedFilter):
    """What still waits for somebody to explain it."""

    title = "explanation"
    parameter_name = "explanation"
    choices_known = ("missing",)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return what nobody has explained, if that is asked for."""
        return queryset.filter(pk__in=suspense_open().values("pk")) if self.value() else queryset


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    """The books: what was booked, once each."""

    empty_text = "Nothing is booked yet. The books of a wallet begin when it is opened."
    sees = staticmethod(sees_wallets)
    list_display = ("kind", "short_reference", "block_number", "by", "when")
    list_filter = (KindFilter, SuspenseFilter)
    search_fields = ("reference",)
    search_help_text = "what was booked, such as a txid"
    fields = ("kind", "full_reference", "block_number", "by", "note", "when")
    readonly_fields = ("full_reference", "when")
    inlines = (EntryInline,)
    actions_detail = ("explain",)

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the beginning of the reference."""
        return queryset.filter(reference__startswith=term)

    @display(description="reference")
    def short_reference(self, journal: Journal) -> SafeString | str:
        """Return the ends of what was booked."""
        return short(journal.reference, head=14, tail=8)

    @display(description="reference")
    def full_reference(self, journal: Journal) -> SafeString | str:
        """Return what was booked."""
        return code(journal.reference)

    @display(description="at (UTC)")
    def when(self, journal: Journal) -> str:
        """Return when it was booked."""
        return time_text(journal.at)

    def has_explain_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it where something is to be explained, to those who may."""
        known = is_number(object_id) and suspense_open().filter(pk=object_id).exists()
        return may_manage(request) and known

    @action(description="Explain", url_path="explain", permissions=["explain"])
    def explain(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for a reason, then move the booking from suspense to funding."""
        journal = get_object_or_404(Journal, pk=object_id)
        back = reverse("admin:wallets_journal_change", args=[journal.pk])
        form = stepped_up(ReasonForm, request)(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            columns = ("units", "asset")
            units, asset = suspense_open().values_list(*columns).get(pk=object_id)
            text = f"{amount_text(units, asset)} is the owner's own money and goes to funding."
            page = {"title": "Explain a booking", "text": text, "button": "Say so"}
            return say(self, request, back=back, form=form, **page)
        reason, by = form.cleaned_data["reason"], request.user.get_username()
        explain = partial(suspense_assign, journal=journal.pk, by=by, reason=reason, now=utc_now())
        said = "Explained. A halt stays until somebody lifts it."
        return carry_out(request, explain, back=back, said=said)


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Chain against books, block by block."""

    empty_text = "No wallet was compared with the chain yet; a worker does it every few minutes."
    sees = staticmethod(sees_wallets)
    search_fields = ("wallet__name",)
    search_help_text = "wallet id"
    list_display = ("wallet_name", "asset", "block_number", "difference", "chain", "books", "when")
    list_display_links = ("block_number",)
    list_select_related = ("wallet",)
    list_filter = ("asset",)
    fields = ("wallet_name", "asset", "block_number", "block_id", "chain", "books", "difference",
              "node", "when")  # fmt: skip
    readonly_fields = ("wallet_name", "chain", "books", "difference", "when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reconciliation]:
        """Leave the sealed keys where they are."""
        rows: QuerySet[Reconciliation] = super().get_queryset(request)
        return rows.select_related("wallet").defer("wallet__sealed_key")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find those of a wallet."""
        return queryset.filter(wallet=key_of(term))

    @display(description="wallet")
    def wallet_name(self, row: Reconciliation) -> str:
        """Return whose books were compared."""
        return row.wallet.name

    @display(description="on chain")
    def chain(self, row: Reconciliation) -> str:
        """Return what the chain has."""
        return amount_text(row.chain_units)

    @display(description="in the books")
    def books(self, row: Reconciliation) -> str:
        """Return what the books have."""
        return amount_text(row.ledger_units)

    @display(description="difference")
    def difference(self, row: Reconciliation) -> str:
        """Return chain less books."""
        return amount_text(row.difference_units)

    @display(description="compared (UTC)")
    def when(self, row: Reconciliation) -> str:
        """Return when it was compared."""
        return time_text(row.at)


def say(page: ConsoleAdmin, request: HttpRequest, **said: Any) -> HttpResponse:
    """Render the page that asks a person: ``title``, ``text``, ``form``, ``button``, ``back``."""
    context = {**page.admin_site.each_context(request), "opts": page.opts, **said}
    return TemplateResponse(request, "wallets/admin/say.html", context)


def carry_out(
    request: HttpRequest, verb: Callable[[], object], *, back: str, said: str = ""
) -> HttpResponse:
    """Do what a person has confirmed, and lead them back to what came of it, or why it did not."""
    try:
        verb()
    except LucidError as error:
        messages.error(request, error.message)
    else:
        if said:
            messages.success(request, said)
    return HttpResponseRedirect(back)
