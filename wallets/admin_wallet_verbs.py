"""What people do to a wallet in the admin: send TRX, take it out of use, and use it again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from access.acting import acts_because
from access.scopes import WALLETS_MANAGE
from lucidpay.errors import LucidError
from wallets.admin_books import may_manage
from wallets.admin_fields import AddressField, ReasonForm, TrxField
from wallets.admin_orders import Given, Verb, in_words, why_none
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.services.archive import wallet_archive, wallet_take_back
from wallets.services.operate_prepare import Prepared
from wallets.services.transfer_trx import trx_transfer


class TransferForm(ReasonForm):
    """How much TRX, and to whom."""

    amount = TrxField(label="TRX")
    recipient = AddressField(label="To")
    field_order = ("recipient", "amount", "reason")


def _transfer(wallet: Wallet, given: Given) -> Prepared:
    return trx_transfer(wallet=wallet, recipient=given["recipient"], amount_sun=given["amount"])


ORDERS = (
    Verb("send-trx", "Send TRX", "TRX leave this wallet for another address. Once it is signed it "
         "cannot be taken back. A wallet sends only so much in 24 hours.",
         WALLETS_MANAGE, _transfer, TransferForm, is_danger=True),
)  # fmt: skip
IN_USE = {
    "archive": ("Take out of use", "Nothing more is paid from it. It must be empty, on chain and "
                "in the books, and nothing open may need it. What comes to it is still booked."),
    "use-again": ("Use again", "It goes on from where it was left, under the same address."),
}  # fmt: skip


def in_use_verb(wallet: Wallet) -> str:
    """Return which of the two verbs is offered for a wallet; none while it is being made."""
    if wallet.status == WalletStatus.ARCHIVED:
        return "use-again"
    return "archive" if wallet.status != WalletStatus.OPENING else ""


def in_use_view(
    request: HttpRequest, wallet_id: UUID, *, verb: str, site: AdminSite, opts: Any
) -> HttpResponse:
    """Ask why, then take a wallet out of use or use it again. Twice is as once."""
    if not may_manage(request):
        raise PermissionDenied
    wallet = get_object_or_404(Wallet.objects.defer("sealed_key"), pk=wallet_id)
    back = reverse("admin:wallets_wallet_change", args=[wallet.pk])
    (label, means), form = IN_USE[verb], ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        acts_because(form.cleaned_data["reason"])
        try:
            wallet_archive(wallet) if verb == "archive" else wallet_take_back(wallet)
        except LucidError as error:
            form.add_error(None, in_words(error))
        else:
            messages.success(request, f"Done: {label.lower()}.")
            return HttpResponseRedirect(back)
    page = {
        "title": f"{label}: {wallet.name}", "text": means, "form": form, "button": label,
        "back": back, "opts": opts,
    }  # fmt: skip
    return TemplateResponse(
        request, "wallets/admin/say.html", {**site.each_context(request), **page}
    )


def verbs_for(request: HttpRequest, wallet: Wallet) -> dict[str, Any]:
    """Return what this person may do to a wallet, with the pages, and why not what they may not."""
    why_not = why_none(request, wallet, WALLETS_MANAGE)
    orders = () if why_not else ORDERS
    offered = [(f"{verb.label}…", verb.name) for verb in orders]
    if may_manage(request):
        if wallet.kind != WalletKind.WATCH:
            offered.insert(0, ("Alerts…", "alerts"))
        if in_use := in_use_verb(wallet):
            offered.append((f"{IN_USE[in_use][0]}…", in_use))
    return {
        "verbs": [
            (label, reverse(f"admin:wallets_wallet_{name}", args=[wallet.pk]))
            for label, name in offered
        ],
        "why_not": why_not,
    }
