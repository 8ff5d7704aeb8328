"""Wallets and the books in the admin. A wallet's key is never read here, sealed or not."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    FixedFilter,
    Label,
    ReadOnlyAdmin,
    amount_text,
    key_of,
    operation_link,
    payout_link,
    sees_wallets,
    short,
    time_text,
)
from lucidpay.clock import utc_now
from wallets import admin_deposits, admin_funding, admin_operations  # noqa: F401  (their pages)
from wallets.admin_alerts import AlertsPage
from wallets.admin_books import account_text as account_text  # payouts' pages show it, too
from wallets.admin_operations import OperationAdmin as OperationAdmin
from wallets.admin_orders import order_urls
from wallets.admin_wallet_verbs import IN_USE, ORDERS, in_use_view, verbs_for
from wallets.console import DAYS_USUAL, SPANS, dossier_of
from wallets.models import Account, Asset, Hold, Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation
from wallets.queries import HAS_KEY

WALLET_COLOURS = {
    WalletStatus.AWAITING_KEY: "warning",
    WalletStatus.OPENING: "info",
    WalletStatus.ACTIVE: "success",
    WalletStatus.ARCHIVED: "default",
}
HOLD_COLOURS = {
    Hold.Status.OPEN: "warning",
    Hold.Status.POSTED: "success",
    Hold.Status.VOIDED: "default",
}


class WalletKindFilter(FixedFilter):
    """The kinds of wallets."""

    title = "kind"
    parameter_name = "kind"
    choices_known = tuple(WalletKind.values)


@admin.register(Wallet)
class WalletAdmin(AlertsPage, ReadOnlyAdmin):
    """The wallets, with what is solid and what is promised. Of keys nothing but that they are."""

    empty_text = "No wallet yet. Make one: python manage.py wallet create NAME."
    sees = staticmethod(sees_wallets)
    list_display = (
        "name", "kind_word", "state", "short_address", "usdt", "usdt_held", "trx", "trx_held",
        "low", "backed_up",
    )  # fmt: skip
    list_filter = (WalletKindFilter,)
    search_fields = ("name", "address")
    search_help_text = "name or address"
    fields = ()
    change_form_template = "wallets/admin/wallet.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        """Load balances with the wallets, and leave the sealed keys where they are."""
        rows = super().get_queryset(request)
        lean = rows.defer("sealed_key").annotate(has_key=HAS_KEY)
        return lean.prefetch_related("account_set", "balancealert_set")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something to a wallet."""
        site, opts = self.admin_site, self.opts
        changing = [
            path(
                f"<uuid:wallet_id>/{verb}/",
                site.admin_view(partial(in_use_view, verb=verb, site=site, opts=opts)),
                name=f"wallets_wallet_{verb}",
            )
            for verb in IN_USE
        ]
        return [*changing, *order_urls(ORDERS, site=site, opts=opts), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what is known of the wallet, and what this person may do to it."""
        wallet: Wallet = context["original"]
        asked = request.GET.get("days", "")
        days = int(asked) if asked in map(str, SPANS) else DAYS_USUAL
        context |= {
            "title": wallet.name,
            "dossier": dossier_of(wallet, days=days, now=utc_now()),
            "colour": WALLET_COLOURS[WalletStatus(wallet.status)],
            **verbs_for(request, wallet),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="kind")
    def kind_word(self, wallet: Wallet) -> str:
        """Return the kind in a word."""
        return wallet.kind

    @display(description="below its mark")
    def low(self, wallet: Wallet) -> str:
        """Return what it has too little of, and since when."""
        crossed = [alert for alert in wallet.balancealert_set.all() if alert.low_since]
        return ", ".join(f"{one.asset} since {time_text(one.low_since)}" for one in crossed)

    @display(description="backed up (UTC)")
    def backed_up(self, wallet: Wallet) -> str:
        """Return when its key was last handed out as a backup."""
        return time_text(wallet.backed_up_at)

    @display(description="status", label=WALLET_COLOURS)
    def state(self, wallet: Wallet) -> Label:
        """Return the status as a label."""
        return Label(wallet.status, wallet.status.replace("_", " "))

    @display(description="address")
    def short_address(self, wallet: Wallet) -> SafeString | str:
        """Return the ends of the address."""
        return short(wallet.address)

    @display(description="USDT")
    def usdt(self, wallet: Wallet) -> str:
        """Return the solid balance."""
        return _balance(wallet, Asset.USDT)

    @display(description="USDT held")
    def usdt_held(self, wallet: Wallet) -> str:
        """Return what is promised to signed payouts."""
        return _held(wallet, Asset.USDT)

    @display(description="TRX")
    def trx(self, wallet: Wallet) -> str:
        """Return the solid balance."""
        return _balance(wallet, Asset.TRX)

    @display(description="TRX held")
    def trx_held(self, wallet: Wallet) -> str:
        """Return what is set aside for fees."""
        return _held(wallet, Asset.TRX)


def _account(wallet: Wallet, asset: Asset) -> Account | None:
    # From the prefetched rows: a filter here would be one statement a cell.
    return next((row for row in wallet.account_set.all() if row.asset == asset), None)


def _balance(wallet: Wallet, asset: Asset) -> str:
    account = _account(wallet, asset)
    return amount_text(account.balance_units if account else None)


def _held(wallet: Wallet, asset: Asset) -> str:
    account = _account(wallet, asset)
    return amount_text(account.held_units if account else None)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Money promised to signed payouts and to operations."""

    empty_text = "No money is promised to anything."
    sees = staticmethod(sees_wallets)
    list_display = ("payout", "state", "amount", "account_name", "created", "ended")
    list_display_links = None
    list_filter = ("status",)
    list_select_related = ("account__wallet",)
    search_fields = ("subject",)
    search_help_text = "id of a payout or an operation"
    fields = readonly_fields = ("payout", "state", "amount", "account_name", "created", "ended")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        """Leave the sealed keys where they are."""
        rows: QuerySet[Hold] = super().get_queryset(request)
        lean = rows.select_related("account__wallet").defer("account__wallet__sealed_key")
        return lean.annotate(is_operation=Exists(Operation.objects.filter(pk=OuterRef("subject"))))

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the id of what it is for."""
        return queryset.filter(subject=key_of(term))

    @display(description="for")
    def payout(self, hold: Any) -> SafeString:
        """Return a link to what it is for."""
        return (operation_link if hold.is_operation else payout_link)(hold.subject)

    @display(description="status", label=HOLD_COLOURS)
    def state(self, hold: Hold) -> Label:
        """Return the status as a label."""
        return Label(hold.status, hold.status)

    @display(description="amount")
    def amount(self, hold: Hold) -> str:
        """Return what is promised."""
        return amount_text(hold.units, hold.account.asset)

    @display(description="account")
    def account_name(self, hold: Hold) -> str:
        """Return whose money it is."""
        return account_text(hold.account)

    @display(description="held (UTC)")
    def created(self, hold: Hold) -> str:
        """Return when it was taken."""
        return time_text(hold.created_at)

    @display(description="ended (UTC)")
    def ended(self, hold: Hold) -> str:
        """Return when it was posted or voided."""
        return time_text(hold.ended_at)
