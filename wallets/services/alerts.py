"""Telling people once that a wallet has little left, and again after it had enough."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from lucidpay.errors import Conflict
from lucidpay.money import tokens_of
from wallets.models import Account, Wallet, WalletKind, WalletStatus
from wallets.models_alert import BalanceAlert

log = structlog.get_logger(__name__)


class NoBooksToWatch(Conflict):
    """A wallet that is only watched has no books here, so nobody can be told that it runs low."""


def alerts_set(wallet: Wallet, *, below: dict[str, int | None]) -> None:
    """Set from which balance down people are told, by asset in base units; ``None``: not at all.

    Another threshold is looked at anew, so it tells again. Raises ``NoBooksToWatch``.
    """
    if wallet.kind == WalletKind.WATCH and any(below.values()):
        raise NoBooksToWatch
    with transaction.atomic():
        for asset, units in below.items():
            rows = BalanceAlert.objects.filter(wallet=wallet, asset=asset)
            if units is None:
                rows.delete()
            elif not rows.filter(below_units=units).exists():
                values = {"below_units": units, "low_since": None}
                BalanceAlert.objects.update_or_create(wallet=wallet, asset=asset, defaults=values)


def alerts_look(*, now: datetime) -> int:
    """Note which wallets have crossed a threshold, and return how many were told of.

    By the solid balances of the books. Whoever notes a crossing tells of it: nobody else does.
    """
    watched = _watched()
    low = watched.filter(low_since=None, units__lt=F("below_units"))
    well = watched.filter(low_since__isnull=False, units__gte=F("below_units"))
    told = 0
    for alert in low:
        if BalanceAlert.objects.filter(pk=alert.pk, low_since=None).update(low_since=now):
            log.warning("wallet_low_balance", **_facts(alert))
            told += 1
    for alert in well:
        noted = BalanceAlert.objects.filter(pk=alert.pk, low_since=alert.low_since)
        if noted.update(low_since=None):
            log.info("wallet_balance_recovered", **_facts(alert))
    return told


def _watched() -> QuerySet[Any]:
    held = Account.objects.filter(
        kind=Account.Kind.WALLET, wallet=OuterRef("wallet"), asset=OuterRef("asset")
    )
    rows = BalanceAlert.objects.filter(wallet__status=WalletStatus.ACTIVE)
    units = Subquery(held.values("balance_units")[:1])
    named = rows.select_related("wallet").defer("wallet__sealed_key")
    return named.annotate(units=units).order_by("pk")


def _facts(alert: Any) -> dict[str, str]:
    return {
        "wallet": alert.wallet.name,
        "asset": alert.asset,
        "balance": str(tokens_of(alert.units)),
        "below": str(tokens_of(alert.below_units)),
    }
