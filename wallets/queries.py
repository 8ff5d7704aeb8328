"""Reading wallets. They are the organisation's: whoever has the scope sees all of them."""

from typing import Any

from django.db.models import Case, QuerySet, Value, When

from lucidpay.api.pagination import Page, paginate
from lucidpay.errors import NOT_FOUND, LucidError
from lucidpay.ids import parse_public_id
from wallets.models import Wallet
from wallets.services.operate import WalletNotReady

HAS_KEY = Case(When(sealed_key="", then=Value(False)), default=Value(True))


class WalletNotFound(LucidError):
    """No such wallet."""

    code = NOT_FOUND
    status_code = 404


def wallets_shown() -> QuerySet[Wallet]:
    """Return wallets with ``has_key`` and their alerts; their sealed keys stay where they are."""
    rows = Wallet.objects.annotate(has_key=HAS_KEY).defer("sealed_key")
    return rows.prefetch_related("balancealert_set")


def wallet_of(wallet_id: str) -> Wallet:
    """Return the wallet of a public id, or raise ``WalletNotFound``; also for odd ids."""
    key = parse_public_id("wallet", wallet_id)
    wallet = wallets_shown().filter(pk=key).first() if key else None
    if wallet is None:
        raise WalletNotFound
    return wallet


def address_of(wallet: Wallet) -> str:
    """Return a wallet's address, or raise ``WalletNotReady`` while a worker makes its key."""
    if not wallet.address:
        raise WalletNotReady({"status": wallet.status, "kind": wallet.kind})
    return wallet.address


def wallets_page(filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of wallets, newest first."""
    return paginate(
        Wallet.objects.filter(**filters),
        query,
        load=lambda keys: list(wallets_shown().filter(pk__in=keys).order_by("-pk")),
    )
