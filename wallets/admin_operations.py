"""What wallets were asked to do beside paying USDT, in the admin."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, Label, amount_text, code, key_of, sees_wallets, short, time_text
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from tron.admin_done_by import DoneByAdmin
from tron.models import TxKind
from tron.words import TXID_LENGTH
from wallets.admin_books import carry_out, may_manage, say
from wallets.admin_fields import ReasonForm
from wallets.models import Asset
from wallets.models_operation import Operation, OperationStatus
from wallets.operations import status_of
from wallets.services.operate_cancel import operation_cancel
from wallets.services.operate_clear import operation_clear

COLOURS = {
    "awaiting_signatures": "warning",
    "signed": "info",
    "broadcast": "info",
    "confirmed": "success",
    "failed": "danger",
}


@admin.register(Operation)
class OperationAdmin(DoneByAdmin):
    """Stakes, votes, allowances, transfers of TRX, permissions: each one transaction, ever."""

    empty_text = (
        "No wallet was asked for anything but payouts. Stakes and transfers of TRX begin "
        "on a wallet's page."
    )
    sees = staticmethod(sees_wallets)
    list_display = ("short_id", "kind", "wallet", "state", "amount", "to", "asker", "created")
    list_select_related = ("wallet", "transaction")
    list_filter = ("status", "kind")
    search_fields = ("pk",)
    change_form_template = "wallets/admin/operation.html"
    search_help_text = "operation id, wallet id or txid"
    fieldsets = (
        (None, {"fields": ("full_id", "kind", "standing", "wallet", "waits_for", "error")}),
        ("Order", {"fields": ("amount", "full_recipient", "order_terms", "burns")}),
        ("Chain", {"fields": ("txid", "block", "fee")}),
        ("Asked", {"fields": ("asker", "reason", "request_id", "created", "ended")}),
        ("May be paid already", {"fields": ("doubted", "cleared", "cleared_reason")}),
    )
    readonly_fields = (
        "full_id", "standing", "waits_for", "error", "amount", "full_recipient", "order_terms",
        "burns", "txid", "block", "fee", "asker", "created", "ended", "doubted", "cleared",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        """Leave keys and signed bytes where they are."""
        rows = super().get_queryset(request).select_related("wallet", "transaction")
        return rows.defer("wallet__sealed_key", "transaction__signed_hex")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that give an operation up, and that say it is not paid yet."""
        own = [
            path(
                f"<uuid:operation_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"wallets_operation_{verb}",
            )
            for verb, view in (("cancel", self.cancel_view), ("clear", self.clear_view))
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add whether it can be given up or cleared."""
        operation: Operation = context["original"]
        is_open = operation.status == OperationStatus.OPEN
        context |= {
            "may_cancel": is_open and operation.transaction is None and may_manage(request),
            "may_clear": is_open and operation.is_doubted and may_manage(request),
            "is_built": is_open and operation.transaction is not None,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def cancel_view(self, request: HttpRequest, operation_id: UUID) -> HttpResponse:
        """Ask why, then give up an operation of which nothing was built yet."""
        if not may_manage(request):
            raise PermissionDenied
        operation = get_object_or_404(self.get_queryset(request), pk=operation_id)
        back = reverse("admin:wallets_operation_change", args=[operation.pk])
        form = ReasonForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            kind, name = operation.get_kind_display(), operation.wallet.name
            text = f"Nothing was built of it yet: {kind}, of wallet {name}. It will never be done."
            page = {"title": "Give up an operation", "text": text, "button": "Give it up"}
            return say(self, request, back=back, form=form, **page)
        said = "Given up. What was held for it is free again."
        give_up = _confirmed(operation_cancel, operation, request, form)
        return carry_out(request, give_up, back=back, said=said)

    def clear_view(self, request: HttpRequest, operation_id: UUID) -> HttpResponse:
        """Ask why and for a code, then let an operation be signed that may be paid already."""
        if not may_manage(request):
            raise PermissionDenied
        operation = get_object_or_404(self.get_queryset(request), pk=operation_id)
        back = reverse("admin:wallets_operation_change", args=[operation.pk])
        form = stepped_up(ReasonForm, request)(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            what = amount_text(operation.amount_micro, Asset.TRX)
            text = (
                f"{what} left for {operation.recipient} and nobody ordered it here. Was that this "
                "operation, it is paid: give it up instead. Cleared, it is signed and sent."
            )
            page = {"title": "It is not paid yet", "text": text, "button": "Clear it"}
            return say(self, request, back=back, form=form, **page)
        said = "Cleared. It is signed with the wallet's next ones."
        clear = _confirmed(operation_clear, operation, request, form)
        return carry_out(request, clear, back=back, said=said)

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by whole ids only, which have indexes."""
        if term.startswith("wallet_"):
            return queryset.filter(wallet=key_of(term))
        if len(term) == TXID_LENGTH:
            return queryset.filter(transaction__txid=term.lower())
        return queryset.filter(pk=key_of(term))

    @display(description="operation")
    def short_id(self, operation: Operation) -> SafeString | str:
        """Return the ends of the id."""
        return short(operation.public_id, head=12)

    @display(description="operation")
    def full_id(self, operation: Operation) -> SafeString | str:
        """Return the id."""
        return code(operation.public_id)

    @display(description="status", label=COLOURS)
    def state(self, operation: Operation) -> Label:
        """Return where it is on its road, as the API says it."""
        status = status_of(operation)
        return Label(status, status.replace("_", " "))

    @display(description="status")
    def standing(self, operation: Operation) -> str:
        """Return where it is on its road."""
        return status_of(operation).replace("_", " ")

    @display(description="amount")
    def amount(self, operation: Operation) -> str:
        """Return how much it is about."""
        asset = Asset.USDT if operation.kind == TxKind.APPROVE else Asset.TRX
        return amount_text(operation.amount_micro or None, asset)

    @display(description="recipient")
    def to(self, operation: Operation) -> SafeString | str:
        """Return the ends of the address."""
        return short(operation.recipient)

    @display(description="recipient")
    def full_recipient(self, operation: Operation) -> SafeString | str:
        """Return the address."""
        return code(operation.recipient)

    @display(description="terms")
    def order_terms(self, operation: Operation) -> str:
        """Return what else its kind needs."""
        return json.dumps(operation.terms) if operation.terms else NOTHING

    @display(description="may burn")
    def burns(self, operation: Operation) -> str:
        """Return the most the network may take beside the amount."""
        return amount_text(operation.burn_max_sun, Asset.TRX)

    @display(description="waits for")
    def waits_for(self, operation: Operation) -> str:
        """Return why it does not go on."""
        return operation.wait_reason or NOTHING

    @display(description="error")
    def error(self, operation: Operation) -> str:
        """Return why it failed."""
        return operation.error_message or NOTHING

    @display(description="asked by")
    def asker(self, operation: Operation) -> str:
        """Return who asked for it."""
        return operation.by

    @display(description="asked (UTC)")
    def created(self, operation: Operation) -> str:
        """Return when it was asked for."""
        return time_text(operation.created_at)

    @display(description="in doubt since (UTC)")
    def doubted(self, operation: Operation) -> str:
        """Return when it was found that it may be paid already."""
        return time_text(operation.doubted_at) if operation.doubted_at else NOTHING

    @display(description="cleared (UTC)")
    def cleared(self, operation: Operation) -> str:
        """Return who said last that it is not paid yet, and when."""
        if operation.cleared_at is None:
            return NOTHING
        return f"{time_text(operation.cleared_at)} by {operation.cleared_by}"


def _confirmed(
    verb: Callable[..., object], operation: Operation, request: HttpRequest, form: ReasonForm
) -> Callable[[], object]:
    by, reason = f"user {request.user.pk}", form.cleaned_data["reason"]
    return partial(verb, operation_id=operation.pk, by=by, reason=reason, now=utc_now())
