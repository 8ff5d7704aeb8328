"""The emptying of deposit addresses in the admin: what is moved, why it waits, how it ended."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    NOTHING,
    Label,
    amount_text,
    code,
    key_of,
    operation_link,
    sees_wallets,
    short,
    time_text,
)
from gateway.models_sweep import Sweep
from tron.address import InvalidAddress, address_parse
from tron.admin_done_by import DoneByAdmin
from tron.words import TXID_LENGTH
from wallets.kinds import Asset

COLOURS = {"wanted": "warning", "signed": "info", "swept": "success", "failed": "danger"}


@admin.register(Sweep)
class SweepAdmin(DoneByAdmin):
    """Each one move from one address, by one transaction, ever."""

    empty_text = (
        "Nothing was gathered from deposit addresses yet; a worker does it when "
        "something lies there."
    )
    sees = staticmethod(sees_wallets)
    list_display = ("short_id", "state", "amount", "from_address", "reason", "costs", "created")
    list_select_related = ("address", "wallet")
    list_filter = ("status", "asset")
    search_fields = ("pk",)
    search_help_text = "sweep id, deposit address or txid"
    fieldsets = (
        (None, {"fields": ("full_id", "standing", "reason", "looked_at")}),
        ("Move", {"fields": ("amount", "full_address", "wallet")}),
        ("Cost", {"fields": ("costs", "given", "lent_by")}),
        ("Chain", {"fields": ("txid", "block", "fee")}),
        ("Times (UTC)", {"fields": ("created", "ended")}),
    )
    readonly_fields = (
        "full_id", "standing", "reason", "looked_at", "amount", "full_address", "costs", "given",
        "lent_by", "txid", "block", "fee", "created", "ended",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sweep]:
        """Leave keys and signed bytes where they are."""
        rows = super().get_queryset(request)
        whole = rows.select_related("address", "wallet", "lender", "funding", "transaction")
        return whole.defer("wallet__sealed_key", "lender__sealed_key", "transaction__signed_hex")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by whole ids and addresses only, which have indexes."""
        if len(term) == TXID_LENGTH:
            return queryset.filter(transaction__txid=term.lower())
        try:
            address_parse(term)
        except InvalidAddress:
            return queryset.filter(pk=key_of(term))
        return queryset.filter(address__address=term)

    @display(description="sweep")
    def short_id(self, sweep: Sweep) -> SafeString | str:
        """Return the ends of the id."""
        return short(sweep.public_id, head=12)

    @display(description="sweep")
    def full_id(self, sweep: Sweep) -> SafeString | str:
        """Return the id."""
        return code(sweep.public_id)

    @display(description="status", label=COLOURS)
    def state(self, sweep: Sweep) -> Label:
        """Return the status as a label."""
        return Label(sweep.status, sweep.status)

    @display(description="status")
    def standing(self, sweep: Sweep) -> str:
        """Return what the status means."""
        return f"{sweep.status}: {sweep.get_status_display()}"

    @display(description="reason")
    def reason(self, sweep: Sweep) -> str:
        """Return why it waits, or why nothing was moved."""
        return sweep.wait_reason or NOTHING

    @display(description="looked at again (UTC)")
    def looked_at(self, sweep: Sweep) -> str:
        """Return when its turn comes, while it waits."""
        return time_text(sweep.look_at) if sweep.status == "wanted" else NOTHING

    @display(description="amount")
    def amount(self, sweep: Sweep) -> str:
        """Return what is moved."""
        return amount_text(sweep.units, sweep.asset)

    @display(description="from")
    def from_address(self, sweep: Sweep) -> SafeString | str:
        """Return the ends of the deposit address."""
        return short(sweep.address.address)

    @display(description="from")
    def full_address(self, sweep: Sweep) -> SafeString | str:
        """Return the deposit address."""
        return code(sweep.address.address)

    @display(description="reckoned cost")
    def costs(self, sweep: Sweep) -> str:
        """Return what it is reckoned to cost in all."""
        return amount_text(sweep.cost_sun or None, Asset.TRX)

    @display(description="given by")
    def given(self, sweep: Sweep) -> SafeString | str:
        """Return a link to the operation that gave the address what the move takes."""
        return operation_link(sweep.funding.pk) if sweep.funding else NOTHING

    @display(description="energy lent by")
    def lent_by(self, sweep: Sweep) -> str:
        """Return whose stake is to be taken back."""
        return sweep.lender.name if sweep.lender else NOTHING

    @display(description="wanted (UTC)")
    def created(self, sweep: Sweep) -> str:
        """Return when it was wanted."""
        return time_text(sweep.created_at)
