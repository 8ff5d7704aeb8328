"""Lending energy where payouts need it, and taking back what has stood idle for a day.

For each policy one thing at a time: ``once_key`` lets the database refuse a second operation
between the same two wallets, so whatever is repeated, crashes or runs twice lends once. Nothing is
lent when it would burn more than it saves, and nothing is taken back that somebody else has lent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import Sum

from lucidpay.errors import LucidError
from lucidpay.money import UNITS_PER_TOKEN
from staking.models import DelegationPolicy, EnergyWanted
from staking.services.delegate import resource_delegate
from staking.services.undelegate import resource_undelegate, unlocked_sun
from staking.under_way import under_way
from tron.account import Resource
from tron.kinds import TxKind
from tron.node import Node
from tron.reads import chain_read
from tron.resources import Prices, prices_of
from tron.stakes import Delegation, can_delegate_max_sun, delegations_between
from tron.yields import AccountResources, account_resources
from wallets.models import SIGNED_BY_PEOPLE, Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation, OperationStatus
from wallets.services.operate import Asker, OperationUnderWay, operation_request
from wallets.services.operate_prepare import Prepared

log = structlog.get_logger(__name__)

BY = "rebalance"
FRESH = timedelta(minutes=5)  # older needs are nobody's any more
IDLE = timedelta(days=1)
BETWEEN = (TxKind.DELEGATE, TxKind.UNDELEGATE)
TAKING = (TxKind.DELEGATE, TxKind.UNSTAKE)
SIGNING = (WalletKind.HOT, *SIGNED_BY_PEOPLE)


@dataclass(frozen=True)
class Seen:
    """What the chain says about two wallets."""

    hot: AccountResources
    delegable_sun: int
    lent: tuple[Delegation, ...]
    now_ms: int
    prices: Prices

    @property
    def lent_sun(self) -> int:
        """Return how much energy stake is lent, whoever lent it."""
        return sum(one.amount_sun for one in self.lent)


def energy_rebalance(*, now: datetime) -> int:
    """Ask for what the policies call for now, and return how many operations that were.

    What goes wrong for one policy stops no other.
    """
    policies = DelegationPolicy.objects.filter(
        enabled=True,
        staking_wallet__status=WalletStatus.ACTIVE,
        staking_wallet__kind__in=SIGNING,
        hot_wallet__status=WalletStatus.ACTIVE,
    ).select_related("staking_wallet", "hot_wallet")
    return sum(_rebalance(policy, now) for policy in policies.order_by("pk"))


def _rebalance(policy: DelegationPolicy, now: datetime) -> int:
    giver, taker = policy.staking_wallet, policy.hot_wallet
    if any(
        one.kind in BETWEEN and one.recipient == taker.address
        for one in under_way(giver).operations
    ):
        return 0
    wanted = EnergyWanted.objects.filter(wallet=taker).first()
    energy = wanted.energy if wanted and now - wanted.at < FRESH else 0
    ours_sun = _lent_by_us_sun(giver, taker)
    idle = wanted is not None and (wanted.needed_at is None or now - wanted.needed_at > IDLE)
    if not energy and not (idle and ours_sun):
        return 0
    try:
        seen = chain_read(lambda node: _see(node, str(giver.address), str(taker.address)))
        prepared = _lend(policy, seen, energy) if energy else _take_back(policy, seen, ours_sun)
        return _ask(prepared, giver, taker, now) if prepared else 0
    except OperationUnderWay:
        return 0
    except LucidError as error:
        log.warning("energy_not_lent", policy=policy.pk, error=str(error), details=error.details)
        return 0


def _ask(prepared: Prepared, giver: Wallet, taker: Wallet, now: datetime) -> int:
    operation = operation_request(
        wallet_id=giver.pk,
        order=prepared.order,
        cost=prepared.cost,
        asker=Asker(BY),
        now=now,
        once_key=f"{BY}/{giver.pk.hex}/{taker.pk.hex}",
    )
    log.info("energy_rebalanced", operation=operation.public_id, kind=operation.kind)
    return 1


async def _see(node: Node, giver: str, taker: str) -> Seen:
    lent = await delegations_between(node, giver, taker)
    return Seen(
        hot=await account_resources(node, taker),
        delegable_sun=await can_delegate_max_sun(node, giver, Resource.ENERGY),
        lent=tuple(one for one in lent if one.resource == Resource.ENERGY),
        now_ms=(await node.head()).time_ms,
        prices=await prices_of(node),
    )


def _lend(policy: DelegationPolicy, seen: Seen, energy: int) -> Prepared | None:
    """Return the delegation that gives what is missing, ``None`` when it is not worth it."""
    missing, yields = energy - seen.hot.energy.available, seen.hot.energy_yield
    if missing <= 0 or yields is None:
        return None
    least_sun = policy.least_trx * UNITS_PER_TOKEN
    taken_sun = under_way(policy.staking_wallet).taken_sun(TAKING, Resource.ENERGY)
    room_sun = policy.most_trx * UNITS_PER_TOKEN - seen.lent_sun
    amount_sun = min(
        max(yields.stake_for(missing), least_sun), room_sun, seen.delegable_sun - taken_sun
    )
    if amount_sun < least_sun:
        return None
    prepared = resource_delegate(
        wallet=policy.staking_wallet,
        receiver=str(policy.hot_wallet.address),
        amount_sun=amount_sun,
        resource=Resource.ENERGY,
    )
    saves_sun = min(missing, yields.of(amount_sun)) * seen.prices.energy_sun
    # It is taken back one day, which burns as much.
    return prepared if saves_sun > 2 * prepared.cost.burn_max_sun else None


def _take_back(policy: DelegationPolicy, seen: Seen, ours_sun: int) -> Prepared | None:
    """Return the order to take back what was lent here, ``None`` when none of it is there."""
    amount_sun = min(ours_sun, unlocked_sun(list(seen.lent), seen.now_ms))
    if not amount_sun:
        return None
    return resource_undelegate(
        wallet=policy.staking_wallet,
        receiver=str(policy.hot_wallet.address),
        amount_sun=amount_sun,
        resource=Resource.ENERGY,
    )


def _lent_by_us_sun(giver: Wallet, taker: Wallet) -> int:
    """Return what was lent here and not taken back; what people have lent is theirs to take."""
    rows = Operation.objects.filter(
        wallet=giver,
        recipient=str(taker.address),
        by=BY,
        status=OperationStatus.CONFIRMED,
        kind__in=BETWEEN,
    )
    sums = dict(rows.values("kind").annotate(sun=Sum("amount_micro")).values_list("kind", "sun"))
    return max(0, sums.get(TxKind.DELEGATE, 0) - sums.get(TxKind.UNDELEGATE, 0))
