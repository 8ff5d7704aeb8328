"""Reading wallets. They are the organisation's: whoever has the scope sees all of them."""

from typing import Any

from lucidpay.api.pagination import Page, paginate
from lucidpay.errors import NOT_FOUND, LucidError
from lucidpay.ids import parse_public_id
from wallets.models import Wallet


class WalletNotFound(LucidError):
    """No such wallet."""

    code = NOT_FOUND
    status_code = 404


def wallet_of(wallet_id: str) -> Wallet:
    """Return the wallet of a public id, or raise ``WalletNotFound``; also for odd ids."""
    key = parse_public_id("wallet", wallet_id)
    wallet = Wallet.objects.filter(pk=key).first() if key else None
    if wallet is None:
        raise WalletNotFound
    return wallet


def wallets_page(filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of wallets, newest first."""
    rows = Wallet.objects.filter(**filters)
    return paginate(
        rows, query, load=lambda keys: list(Wallet.objects.filter(pk__in=keys).order_by("-pk"))
    )
