"""Telling how much energy a wallet needs; those who pay know, and this layer does not know them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staking.models import DelegationPolicy, EnergyWanted


def wallets_lent_to() -> list[UUID]:
    """Return the wallets that a policy lends energy to: those of which to tell."""
    enabled = DelegationPolicy.objects.filter(enabled=True)
    return list(enabled.order_by("pk").values_list("hot_wallet_id", flat=True))


def energy_want(*, wallet_id: UUID, energy: int, now: datetime) -> None:
    """Keep how much energy a wallet's payouts need in all, 0 when none is due."""
    told = {"energy": energy, "at": now} | ({"needed_at": now} if energy else {})
    with transaction.atomic():
        EnergyWanted.objects.update_or_create(wallet_id=wallet_id, defaults=told)
