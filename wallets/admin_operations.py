"""What wallets do beside paying USDT, in the admin: to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
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
    sees_wallets,
    short,
    time_text,
)
from tron.models import TxKind
from wallets.models import Asset
from wallets.models_operation import KINDS, Operation, OperationStatus
from wallets.operations import operations, status_of

COLOURS = {OperationStatus.CONFIRMED: "success", OperationStatus.FAILED: "danger"}


class KindFilter(FixedFilter):
    """What is done."""

    title = "kind"
    parameter_name = "kind"
    choices_known = tuple(kind.value for kind in KINDS)


class StatusFilter(FixedFilter):
    """How far it is."""

    title = "status"
    parameter_name = "status"
    choices_known = tuple(OperationStatus.values)


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """Stakes, votes, allowances, TRX and permissions; who asked, and what came of it."""

    sees = staticmethod(sees_wallets)
    list_display = ("name", "kind", "state", "wallet", "to", "amount", "by", "created")
    list_filter = (StatusFilter, KindFilter)
    search_fields = ("id",)
    search_help_text = "id of the operation"
    fields = readonly_fields = (
        "name", "kind", "state", "waits_for", "wallet", "recipient", "amount", "terms", "txid",
        "burn_max", "error_code", "error_message", "by", "request_id", "created", "ended",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        """Leave sealed keys and signed bytes where they are."""
        return operations()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find by id."""
        term = search_term.strip()
        return (queryset.filter(pk=key_of(term)) if term else queryset), False

    @display(description="operation")
    def name(self, operation: Operation) -> str:
        """Return its id, as callers know it."""
        return operation.public_id

    @display(description="status", label=COLOURS)
    def state(self, operation: Operation) -> tuple[str, str]:
        """Return the status as a label, in the words of the API."""
        return operation.status, status_of(operation)

    @display(description="waits for")
    def waits_for(self, operation: Operation) -> str:
        """Return why it stands still."""
        return operation.wait_reason or NOTHING

    @display(description="to")
    def to(self, operation: Operation) -> SafeString | str:
        """Return the ends of the address."""
        return short(operation.recipient)

    @display(description="amount")
    def amount(self, operation: Operation) -> str:
        """Return how much it is about."""
        asset = Asset.USDT if operation.kind == TxKind.APPROVE else Asset.TRX
        return amount_text(operation.amount_micro, asset)

    @display(description="txid")
    def txid(self, operation: Any) -> SafeString | str:
        """Return the id of its transaction."""
        return code(operation.transaction.txid if operation.transaction else "")

    @display(description="burns at most")
    def burn_max(self, operation: Operation) -> str:
        """Return what the network may take for it beside the amount."""
        return amount_text(operation.burn_max_sun, Asset.TRX)

    @display(description="asked for (UTC)")
    def created(self, operation: Operation) -> str:
        """Return when it was asked for."""
        return time_text(operation.created_at)

    @display(description="ended (UTC)")
    def ended(self, operation: Operation) -> str:
        """Return when it came to its end."""
        return time_text(operation.ended_at)
