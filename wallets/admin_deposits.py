"""Deposit addresses in the admin, and what came to them. Of seeds nothing but that they are."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    FixedFilter,
    ReadOnlyAdmin,
    ReadOnlyInline,
    amount_text,
    code,
    sees_wallets,
    short,
    time_text,
)
from lucidpay.clock import from_ms
from wallets.deposited import deposited_now
from wallets.models_deposit import Deposit, DepositAccount, DepositAddress


@admin.register(DepositAccount)
class DepositAccountAdmin(ReadOnlyAdmin):
    """Accounts whose addresses are paid at, with how many were handed out."""

    empty_text = "No payment was asked for yet, so no address was needed."
    sees = staticmethod(sees_wallets)
    list_display = ("name", "account", "network", "key_here", "next_index", "created")
    fields = readonly_fields = ("name", "account", "network", "key_here", "next_index", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DepositAccount]:
        """Leave the sealed seeds where they are."""
        rows: QuerySet[DepositAccount] = super().get_queryset(request)
        return rows.defer("sealed_seed")

    @display(description="seed")
    def key_here(self, account: DepositAccount) -> str:
        """Return whether a worker has made its seed."""
        return "here, sealed" if account.public_key else "waits for a worker"

    @display(description="created (UTC)")
    def created(self, account: DepositAccount) -> str:
        """Return when it was asked for."""
        return time_text(account.created_at)


class DepositInline(ReadOnlyInline):
    """What came to an address."""

    model = Deposit
    sees = staticmethod(sees_wallets)
    fields = readonly_fields = ("amount", "sender", "txid", "block_number", "whose")
    ordering = ("-pk",)

    @display(description="amount")
    def amount(self, deposit: Deposit) -> str:
        """Return what came."""
        return amount_text(deposit.units, deposit.asset)

    @display(description="whose")
    def whose(self, deposit: Deposit) -> str:
        """Return whether somebody paid, or whether it is our own."""
        return whose_text(deposit)


def whose_text(deposit: Deposit) -> str:
    """Return whether somebody paid, or whether it is our own."""
    return "ours, for fees" if deposit.is_ours else "a payer's"


@admin.register(DepositAddress)
class DepositAddressAdmin(ReadOnlyAdmin):
    """Addresses that were handed out, each once."""

    empty_text = "No address was handed out yet."
    sees = staticmethod(sees_wallets)
    list_display = ("address", "account", "index", "created")
    list_select_related = ("account",)
    search_fields = ("address",)
    search_help_text = "the whole address"
    fields = readonly_fields = ("full_address", "account", "index", "lies_there", "created")
    inlines = (DepositInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DepositAddress]:
        """Leave the sealed seeds where they are."""
        rows: QuerySet[DepositAddress] = super().get_queryset(request)
        return rows.select_related("account").defer("account__sealed_seed")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the whole address."""
        return queryset.filter(address=term)

    @display(description="address")
    def full_address(self, row: DepositAddress) -> SafeString | str:
        """Return the address."""
        return code(row.address)

    @display(description="lies there")
    def lies_there(self, row: DepositAddress) -> str:
        """Return what came and did not go, by the blocks that were read."""
        held = deposited_now(row.address)
        return ", ".join(amount_text(units, asset) for asset, units in held.items())

    @display(description="handed out (UTC)")
    def created(self, row: DepositAddress) -> str:
        """Return when it was handed out."""
        return time_text(row.created_at)


class WhoseFilter(FixedFilter):
    """Payers' deposits, and our own."""

    title = "whose"
    parameter_name = "whose"
    choices_known = ("payers", "ours")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the rows of the choice."""
        value = self.value()
        return queryset.filter(is_ours=value == "ours") if value else queryset


@admin.register(Deposit)
class DepositAdmin(ReadOnlyAdmin):
    """What came to deposit addresses in solid blocks."""

    empty_text = "Nothing has come to a deposit address yet."
    sees = staticmethod(sees_wallets)
    list_display = ("short_txid", "amount", "short_address", "from_address", "whose", "when",
                    "taken")  # fmt: skip
    list_filter = (WhoseFilter, "asset")
    search_fields = ("txid",)
    search_help_text = "txid, or the whole deposit address"
    fields = readonly_fields = (
        "txid", "log_index", "amount", "full_address", "sender", "whose", "block_number", "when",
        "taken",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deposit]:
        """Load the addresses with the deposits."""
        rows: QuerySet[Deposit] = super().get_queryset(request)
        return rows.select_related("address")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the whole txid or address."""
        if term.startswith("T"):
            return queryset.filter(address__address=term)
        return queryset.filter(txid=term.lower())

    @display(description="txid")
    def short_txid(self, deposit: Deposit) -> SafeString | str:
        """Return the ends of the id."""
        return short(deposit.txid)

    @display(description="amount")
    def amount(self, deposit: Deposit) -> str:
        """Return what came."""
        return amount_text(deposit.units, deposit.asset)

    @display(description="to")
    def short_address(self, deposit: Deposit) -> SafeString | str:
        """Return the ends of the address."""
        return short(deposit.address.address)

    @display(description="address")
    def full_address(self, deposit: Deposit) -> SafeString | str:
        """Return the address."""
        return code(deposit.address.address)

    @display(description="from")
    def from_address(self, deposit: Deposit) -> SafeString | str:
        """Return the ends of the sender's address."""
        return short(deposit.sender)

    @display(description="whose")
    def whose(self, deposit: Deposit) -> str:
        """Return whether somebody paid, or whether it is our own."""
        return whose_text(deposit)

    @display(description="block time (UTC)")
    def when(self, deposit: Deposit) -> str:
        """Return when it came."""
        return time_text(from_ms(deposit.block_time_ms))

    @display(description="taken (UTC)")
    def taken(self, deposit: Deposit) -> str:
        """Return when its payment took notice."""
        return time_text(deposit.taken_at)
