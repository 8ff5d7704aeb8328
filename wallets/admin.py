"""Wallets and the books in the admin. A wallet's key is never read here, sealed or not."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    NOTHING,
    FixedFilter,
    ReadOnlyAdmin,
    amount_text,
    code,
    key_of,
    operation_link,
    payout_link,
    sees_wallets,
    short,
    time_text,
)
from wallets import admin_deposits, admin_funding, admin_operations  # noqa: F401  (their pages)
from wallets.admin_alerts import AlertsPage, alerts_text
from wallets.admin_books import account_text as account_text  # payouts' pages show it, too
from wallets.admin_operations import OperationAdmin as OperationAdmin
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
        "name", "kind", "state", "short_address", "usdt", "usdt_held", "trx", "trx_held",
        "backed_up",
    )  # fmt: skip
    list_filter = (WalletKindFilter,)
    search_fields = ("name", "address")
    search_help_text = "name or address"
    fieldsets = (
        (None, {"fields": ("name", "state", "state_in_words", "full_address", "network", "kind")}),
        ("Solid balances", {"fields": ("usdt", "usdt_held", "usdt_free", "trx", "trx_held",
                                       "trx_free")}),
        ("Key", {"fields": ("key_here", "signer", "permission_text", "backed_up")}),
        ("Alerts", {"fields": ("alerts_set_at",)}),
        ("Books", {"fields": ("opened_at", "created")}),
    )  # fmt: skip
    readonly_fields = (
        "state", "state_in_words", "full_address", "usdt", "usdt_held", "usdt_free", "trx",
        "trx_held", "trx_free", "key_here", "signer", "permission_text", "backed_up",
        "alerts_set_at", "opened_at", "created",
    )  # fmt: skip
    actions_detail = ("alerts",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        """Load balances with the wallets, and leave the sealed keys where they are."""
        rows = super().get_queryset(request)
        lean = rows.defer("sealed_key").annotate(has_key=HAS_KEY)
        return lean.prefetch_related("account_set", "balancealert_set")

    @display(description="key")
    def key_here(self, wallet: Any) -> str:
        """Return whether its key is here."""
        return "here, sealed" if wallet.has_key else "not here"

    @display(description="signs as")
    def signer(self, wallet: Wallet) -> SafeString | str:
        """Return the address of the key, where it is another account's."""
        return code(wallet.signer_address)

    @display(description="by permission")
    def permission_text(self, wallet: Wallet) -> str:
        """Return the permission that its key signs with."""
        found = wallet.permission
        if not found:
            return "the owner's"
        keys = ", ".join(f"{key} ({weight})" for key, weight in found["keys"].items())
        return f"active {found['id']}: threshold {found['threshold']} of {keys}"

    @display(description="backed up (UTC)")
    def backed_up(self, wallet: Wallet) -> str:
        """Return when its key was last handed out as a backup."""
        return time_text(wallet.backed_up_at)

    @display(description="told when below")
    def alerts_set_at(self, wallet: Wallet) -> str:
        """Return the thresholds, and which of them is crossed."""
        return alerts_text(wallet) or NOTHING

    @display(description="status", label=WALLET_COLOURS)
    def state(self, wallet: Wallet) -> tuple[str, str]:
        """Return the status as a label."""
        return wallet.status, wallet.status.replace("_", " ")

    @display(description="what that means")
    def state_in_words(self, wallet: Wallet) -> str:
        """Return what the status means."""
        return wallet.get_status_display()

    @display(description="address")
    def short_address(self, wallet: Wallet) -> SafeString | str:
        """Return the ends of the address."""
        return short(wallet.address)

    @display(description="address")
    def full_address(self, wallet: Wallet) -> SafeString | str:
        """Return the address."""
        return code(wallet.address)

    @display(description="USDT")
    def usdt(self, wallet: Wallet) -> str:
        """Return the solid balance."""
        return _balance(wallet, Asset.USDT)

    @display(description="USDT held")
    def usdt_held(self, wallet: Wallet) -> str:
        """Return what is promised to signed payouts."""
        return _held(wallet, Asset.USDT)

    @display(description="USDT free")
    def usdt_free(self, wallet: Wallet) -> str:
        """Return what can still be promised."""
        return _free(wallet, Asset.USDT)

    @display(description="TRX")
    def trx(self, wallet: Wallet) -> str:
        """Return the solid balance."""
        return _balance(wallet, Asset.TRX)

    @display(description="TRX held")
    def trx_held(self, wallet: Wallet) -> str:
        """Return what is set aside for fees."""
        return _held(wallet, Asset.TRX)

    @display(description="TRX free")
    def trx_free(self, wallet: Wallet) -> str:
        """Return what can still be set aside."""
        return _free(wallet, Asset.TRX)

    @display(description="books begin after block")
    def opened_at(self, wallet: Wallet) -> str:
        """Return the block of the opening balance."""
        return NOTHING if wallet.opened_at_block is None else f"{wallet.opened_at_block:,}"

    @display(description="created (UTC)")
    def created(self, wallet: Wallet) -> str:
        """Return when it was asked for."""
        return time_text(wallet.created_at)


def _account(wallet: Wallet, asset: Asset) -> Account | None:
    # From the prefetched rows: a filter here would be one statement a cell.
    return next((row for row in wallet.account_set.all() if row.asset == asset), None)


def _balance(wallet: Wallet, asset: Asset) -> str:
    account = _account(wallet, asset)
    return amount_text(account.balance_units if account else None)


def _held(wallet: Wallet, asset: Asset) -> str:
    account = _account(wallet, asset)
    return amount_text(account.held_units if account else None)


def _free(wallet: Wallet, asset: Asset) -> str:
    account = _account(wallet, asset)
    return amount_text(account.balance_units - account.held_units if account else None)


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
    def state(self, hold: Hold) -> tuple[str, str]:
        """Return the status as a label."""
        return hold.status, hold.status

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
