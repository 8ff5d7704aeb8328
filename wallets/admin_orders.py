"""What a wallet is asked to do on chain, in the admin: filled in, shown, and confirmed once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from access.console import amount_text, code, console_scopes
from access.step_up import stepped_up
from lucidpay.api.request_id import request_id_of
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from tron.console import halts_here
from tron.kinds import TxKind
from wallets import tasks
from wallets.admin_fields import ReasonForm
from wallets.models import SIGNED_BY_PEOPLE, Account, Asset, Wallet, WalletKind, WalletStatus
from wallets.operations import operation_of
from wallets.services.operate import SPENDS_TRX, Asker
from wallets.services.operate_once import operate_once
from wallets.services.operate_prepare import Prepared

Facts = list[tuple[str, Any]]
Given = dict[str, Any]
ONCE_MAX = 64


class DearerThanShown(LucidError):
    """It would cost more by now than was shown. Look again."""


class NotShown(LucidError):
    """Nothing was shown that this could confirm. Look again."""


@dataclass(frozen=True)
class Verb:
    """One thing that a wallet can be asked to do on chain."""

    name: str
    label: str
    means: str  # what it does, before it is done
    scope: str
    prepare: Callable[[Wallet, Given], Prepared]  # asks the chain; raises ``LucidError``
    form: type[ReasonForm] = ReasonForm
    is_danger: bool = False


def order_urls(
    verbs: Iterable[Verb], *, site: AdminSite, opts: Any, prefix: str = ""
) -> list[URLPattern]:
    """Return the pages of verbs, named ``<app>_wallet_<verb>``."""
    return [
        path(
            f"{prefix}<uuid:wallet_id>/{verb.name}/",
            site.admin_view(partial(order_view, verb=verb, site=site, opts=opts)),
            name=f"{opts.app_label}_wallet_{verb.name}",
        )
        for verb in verbs
    ]


def why_none(request: HttpRequest, wallet: Wallet, scope: str) -> str:
    """Return why this person can ask this wallet for nothing on chain, or nothing when they can."""
    if wallet.kind == WalletKind.WATCH:
        return "It is only watched: what it does is asked of whoever has its key."
    if wallet.status != WalletStatus.ACTIVE:
        return f"It is not in use: {wallet.get_status_display()}."
    if scope not in console_scopes(request):
        return "Your role only looks; operators, approvers and admins may ask it for something."
    return ""


def order_view(
    request: HttpRequest, wallet_id: UUID, *, verb: Verb, site: AdminSite, opts: Any
) -> HttpResponse:
    """Ask for an order, show what it would do and cost, and start it when that is confirmed."""
    if verb.scope not in console_scopes(request):
        raise PermissionDenied
    wallet = get_object_or_404(Wallet.objects.defer("sealed_key"), pk=wallet_id)
    form = stepped_up(verb.form, request)(request.POST or None)
    page = partial(_page, request, wallet, verb, form, {**site.each_context(request), "opts": opts})
    if request.method != "POST" or not form.is_valid():
        return page()
    try:
        if "confirm" in request.POST:
            return _start(request, wallet, verb, form.cleaned_data)
        return page(_preview(request, wallet, verb, form.cleaned_data))
    except LucidError as error:
        form.add_error(None, in_words(error))
        return page()


def _start(request: HttpRequest, wallet: Wallet, verb: Verb, given: Given) -> HttpResponse:
    user_id, key = int(request.user.pk or 0), request.POST.get("once", "")[:ONCE_MAX]
    if not key:
        raise NotShown  # sent again, it would be done again
    seen_sun = request.POST.get("burn_max_sun", "")

    def prepare() -> Prepared:
        prepared = verb.prepare(wallet, given)
        if not seen_sun.isdecimal() or prepared.cost.burn_max_sun > int(seen_sun):
            raise DearerThanShown
        return prepared

    answer = operate_once(
        asker=Asker(f"user {user_id}", user_id, request_id_of(request), given["reason"]),
        endpoint=f"admin.{verb.name}",
        key=key,
        body={"wallet": wallet.pk.hex, **given},
        prepare=prepare,
        waits=True,  # a second click shows what the first has started
    )
    ring_on_commit(tasks.operate)
    operation = operation_of(answer.body["operation_id"])
    messages.success(request, "It is asked for, once. Its way is shown here.")
    return HttpResponseRedirect(reverse("admin:wallets_operation_change", args=[operation.pk]))


def _preview(request: HttpRequest, wallet: Wallet, verb: Verb, given: Given) -> dict[str, Any]:
    prepared = verb.prepare(wallet, given)
    return {
        "facts": _effect(wallet, prepared),
        "once": uuid4().hex,
        "burn_max_sun": prepared.cost.burn_max_sun,
        "is_halted": bool(halts_here(request)),
    }


def _effect(wallet: Wallet, prepared: Prepared) -> Facts:
    order, burn_sun = prepared.order, prepared.cost.burn_max_sun
    account = Account.objects.filter(wallet=wallet, asset=Asset.TRX).first()
    free_sun = account.free_units if account else 0
    out_sun = order.amount if order.kind in SPENDS_TRX else 0
    facts: Facts = [("what", TxKind(order.kind).label), ("wallet", wallet.name)]
    if order.amount:
        facts.append(("amount", amount_text(order.amount, Asset.TRX)))
    if order.recipient:
        facts.append(("to", code(order.recipient)))
    facts += [(name.replace("_", " "), _term(value)) for name, value in order.terms.items()]
    return [
        *facts,
        ("burns at most", amount_text(burn_sun, Asset.TRX)),
        ("available now", amount_text(free_sun, Asset.TRX)),
        ("available then, at least", amount_text(free_sun - out_sun - burn_sun, Asset.TRX)),
        ("signed by", "people" if wallet.kind in SIGNED_BY_PEOPLE else "a worker, at once"),
    ]


def _term(value: Any) -> str:
    if isinstance(value, list):  # votes
        return ", ".join(f"{one['count']:,} for {one['address']}" for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def in_words(error: LucidError) -> str:
    """Return an error with its details as one text for people."""
    told = "; ".join(f"{name.replace('_', ' ')}: {_told(value)}" for name, value in
                     error.details.items())  # fmt: skip
    return f"{error.message} {told}".strip()


def _told(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _page(
    request: HttpRequest,
    wallet: Wallet,
    verb: Verb,
    form: ReasonForm,
    context: dict[str, Any],
    preview: dict[str, Any] | None = None,
) -> HttpResponse:
    said = {
        "title": f"{verb.label}: {wallet.name}",
        "verb": verb,
        "wallet": wallet,
        "form": form,
        "preview": preview,
        "back": reverse("admin:wallets_wallet_change", args=[wallet.pk]),
    }
    return TemplateResponse(request, "wallets/admin/order.html", {**context, **said})
