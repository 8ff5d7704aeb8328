"""How long wallets last at the pace of the last day.

The pace is that of the payouts which were asked for in the last 24 hours and are confirmed, by
the routers that a wallet pays for now. Transfers and operations that are no payouts are not in
it, and neither is what waits.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.console import amount_text
from lucidpay.dashboard.figures import DAY_HOURS, Figures, confirmed_micro
from payouts.models import Router
from payouts.tallies.models import Measure
from wallets.models import Account, Asset, Wallet, WalletStatus
from wallets.models_resources import ResourceLook

WALLETS_MAX = 100
DANGER_HOURS = 6
IN_DAYS_FROM, DAYS_SHOWN_MAX = 4, 100


@dataclass(frozen=True)
class Tank:
    """What there is of something, and what a day used: micro-USDT, sun or energy."""

    available: int | None
    used_a_day: int

    @property
    def tenths(self) -> int | None:
        """Return for how many tenths of an hour it lasts; ``None``: nobody can say."""
        if self.available is None or self.used_a_day <= 0:
            return None
        return max(0, self.available) * 10 * DAY_HOURS // self.used_a_day

    @property
    def text(self) -> str:
        """Return how long it lasts. Without any use it does not last for ever: nothing is known."""
        if self.available is None:
            return "not known"
        if self.tenths is None:
            return "no use in 24 h"
        hours = self.tenths // 10
        if hours >= DAYS_SHOWN_MAX * DAY_HOURS:
            return f"over {DAYS_SHOWN_MAX} days"
        if hours >= IN_DAYS_FROM * DAY_HOURS:
            return f"{hours // DAY_HOURS} days"
        return f"{self.tenths // 10}.{self.tenths % 10} h"

    @property
    def colour(self) -> str:
        """Return how worrying that is."""
        if self.tenths is None:
            return "default"
        hours = self.tenths // 10
        return "danger" if hours < DANGER_HOURS else "warning" if hours < DAY_HOURS else "success"


@dataclass(frozen=True)
class Runway:
    """One wallet that pays."""

    wallet: Wallet
    routers: str
    usdt: Tank
    trx: Tank
    energy: Tank
    looked_at: datetime | None

    @property
    def cells(self) -> list[tuple[Tank, str, str]]:
        """Return each with what there is of it and what a day used, as people write it."""
        energy = "not looked at yet"
        if self.energy.available is not None and self.looked_at is not None:
            energy = f"{self.energy.available:,} at {self.looked_at:%H:%M} UTC"
        return [
            (self.usdt, *_amounts(self.usdt, "USDT")),
            (self.trx, *_amounts(self.trx, "TRX")),
            (self.energy, energy, f"{self.energy.used_a_day:,}"),
        ]


def runways_of(figures: Figures) -> list[Runway]:
    """Return how long each active wallet lasts that pays for a router. Three statements."""
    paying: dict[Wallet, list[Router]] = defaultdict(list)
    rows = Router.objects.filter(wallet__status=WalletStatus.ACTIVE).select_related("wallet")
    for router in rows.defer("wallet__sealed_key").order_by("wallet__name", "type")[:WALLETS_MAX]:
        paying[router.wallet].append(router)  # type: ignore[index]  # it has one
    accounts = Account.objects.filter(kind=Account.Kind.WALLET, wallet__in=list(paying))
    free = {(one.wallet_id, one.asset): one.free_units for one in accounts}
    looks = {one.wallet_id: one for one in ResourceLook.objects.filter(wallet__in=list(paying))}
    return [
        _runway(wallet, routers, figures, free, looks.get(wallet.pk))
        for wallet, routers in paying.items()
    ]


def _runway(
    wallet: Wallet, routers: list[Router], figures: Figures, free: dict[Any, int],
    look: ResourceLook | None,
) -> Runway:  # fmt: skip
    sums = [figures.routers[one.type] for one in routers if one.type in figures.routers]
    paid, fee, energy = (
        sum(map(confirmed_micro, sums)),
        sum(one.costs[Measure.FEE] for one in sums),
        sum(one.costs[Measure.ENERGY] for one in sums),
    )
    return Runway(
        wallet=wallet,
        routers=", ".join(one.get_type_display() for one in routers),
        usdt=Tank(free.get((wallet.pk, Asset.USDT)), paid),
        trx=Tank(free.get((wallet.pk, Asset.TRX)), fee),
        energy=Tank(look.energy if look else None, energy),
        looked_at=look.at if look else None,
    )


def _amounts(tank: Tank, asset: str) -> tuple[str, str]:
    return amount_text(tank.available, asset), amount_text(tank.used_a_day, asset)
