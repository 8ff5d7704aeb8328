"""The stakes of a wallet in the admin, as the chain tells them now."""

from typing import Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from access.console import amount_text, sees_wallets, short, time_text
from access.scopes import STAKING_MANAGE
from lucidpay.clock import from_ms
from staking.admin_verbs import VERBS
from staking.queries import Staking, staking_of
from tron.account import Resource
from tron.reads import ChainAway
from tron.stakes import Delegation
from tron.yields import Usage
from wallets.admin_orders import why_none
from wallets.models import Asset, Wallet

Facts = list[tuple[str, Any]]
Rows = list[tuple[Any, ...]]


def staking_view(
    request: HttpRequest, wallet_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show what a wallet may use, has staked and has lent, and what can be done about it."""
    if not sees_wallets(request):
        raise PermissionDenied
    rows = Wallet.objects.defer("sealed_key").exclude(address=None)
    wallet = get_object_or_404(rows, pk=wallet_id)
    try:
        told = _told(staking_of(str(wallet.address)))
    except ChainAway as error:
        told = {"away": error.message}
    why_not = why_none(request, wallet, STAKING_MANAGE)
    context = {
        **site.each_context(request),
        "opts": opts,
        "title": f"Resources and staking of {wallet.name}",
        "wallet": wallet,
        "verbs": [
            (verb, reverse(f"admin:staking_wallet_{verb.name}", args=[wallet.pk]))
            for verb in (() if why_not else VERBS)
        ],
        "why_not": why_not,
        **told,
    }
    return TemplateResponse(request, "staking/admin/wallet.html", context)


def _told(found: Staking) -> dict[str, Any]:
    account = found.balance.account
    return {
        "resources": [
            ("energy", _usage(found.resources.energy)),
            ("bandwidth", _usage(found.resources.bandwidth)),
            ("free bandwidth", _usage(found.resources.free_bandwidth)),
        ],
        "stakes": _stakes(found),
        "unstaking": [
            (amount_text(one.amount_sun, Asset.TRX), one.resource.lower(),
             time_text(from_ms(one.expires_ms)), from_ms(one.expires_ms) <= found.balance.at)
            for one in sorted(account.unfreezing, key=lambda one: one.expires_ms)
        ],
        "lent": [_delegation(one, one.receiver) for one in found.delegations.out],
        "borrowed": [_delegation(one, one.owner) for one in found.delegations.incoming],
        "is_complete": found.delegations.is_complete,
        "votes": [(short(one, 10, 8), f"{number:,}") for one, number in account.votes.items()],
        "unstaking_days": found.terms.unstaking_days,
    }  # fmt: skip


def _stakes(found: Staking) -> Facts:
    balance = found.balance
    return [
        ("staked for energy", amount_text(balance.staked_sun(Resource.ENERGY), Asset.TRX)),
        ("staked for bandwidth", amount_text(balance.staked_sun(Resource.BANDWIDTH), Asset.TRX)),
        ("can be withdrawn", amount_text(balance.withdrawable_sun, Asset.TRX)),
        ("votes cast", f"{balance.votes_used:,} of {balance.votes_total:,}"),
        ("rewards not claimed", amount_text(found.unclaimed_sun, Asset.TRX)),
        ("solid chain of", time_text(balance.at)),
    ]


def _usage(usage: Usage) -> dict[str, Any]:
    """Return a usage with the per cent of its limit that is left."""
    percent = usage.available * 100 // usage.limit if usage.limit else 0
    return {"left": usage.available, "limit": usage.limit, "used": usage.used, "percent": percent}


def _delegation(one: Delegation, other: str) -> tuple[Any, ...]:
    until = time_text(from_ms(one.expires_ms)) if one.expires_ms else "at any time"
    return amount_text(one.amount_sun, Asset.TRX), one.resource.lower(), short(other, 10, 8), until
