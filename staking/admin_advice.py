"""What to stake, in the admin, and what that rests on."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from access.console import amount_text, sees_wallets, short
from staking.advice import Advice, Part, WalletAdvice, staking_advice
from tron.reads import ChainAway
from wallets.models import Asset, Wallet

DAYS = (7, 30)


def advice_view(request: HttpRequest) -> HttpResponse:
    """Show how much to stake so that payouts like the last ones burn nothing: ``?days=7|30``."""
    if not sees_wallets(request):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else DAYS[0]
    try:
        told = _told(staking_advice(days=days))
    except ChainAway as error:
        told = {"away": error.message}
    context = {
        **admin.site.each_context(request), "title": "What to stake", "days": days,
        "spans": DAYS, **told,
    }  # fmt: skip
    return TemplateResponse(request, "staking/admin/advice.html", context)


def _told(found: Advice) -> dict[str, Any]:
    if not found.past.transfers:
        return {"wallets": []}
    pairs = (("energy", found.energy), ("bandwidth", found.bandwidth))
    addresses = [one.address for one in found.wallets]
    known = Wallet.objects.filter(address__in=addresses).defer("sealed_key")
    wallets = {str(wallet.address): wallet for wallet in known}
    return {
        "facts": [
            ("payouts looked at", f"{found.past.transfers:,} in {found.past.days} days"),
            ("they burned", amount_text(found.burned_sun, Asset.TRX)),
            ("a stake comes back after", f"{found.terms.unstaking_days} days of unstaking"),
        ],
        "parts": [(name, _sentence(found, part), _part(part)) for name, part in pairs],
        "wallets": [_wallet(one, wallets.get(one.address)) for one in found.wallets],
    }


def _sentence(found: Advice, part: Part) -> str:
    if not part.stake_sun:
        return "Nothing more need be staked: what is there covers payouts like these."
    saved_sun = found.a_month_sun(part.saved_sun)
    text = (
        f"Stake {amount_text(part.stake_sun, Asset.TRX)} more: payouts like these would burn "
        f"{amount_text(saved_sun, Asset.TRX)} less in 30 days."
    )
    days = found.pays_back_days(part)
    return f"{text} As much as is staked is saved after {days:,} days." if days else text


def _part(part: Part) -> list[tuple[str, str]]:
    return [
        ("needed at once", f"{part.needed:,}"),
        ("there is", f"{part.limit:,}"),
        ("busiest 24 hours", f"{part.busiest_24h:,}"),
    ]


def _wallet(one: WalletAdvice, wallet: Wallet | None) -> tuple[Any, ...]:
    name: Any = short(one.address)
    if wallet is not None:
        url = reverse("admin:staking_wallet", args=[wallet.pk])
        name = format_html('<a class="lp-link" href="{}">{}</a>', url, wallet.name)
    sums = (one.burned_sun, one.energy.stake_sun, one.bandwidth.stake_sun)
    return name, f"{one.transfers:,}", *(amount_text(sun, Asset.TRX) for sun in sums)
