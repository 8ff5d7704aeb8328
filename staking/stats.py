"""What all wallets together have staked, lent, earned and done."""

import asyncio
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from lucidpay.money import tokens_of
from staking.queries import StakeBalance, stake_balance_of
from tron.account import BOTH, Resource
from tron.node import Node
from tron.reads import chain_read
from tron.stakes import reward_sun
from tron.yields import Usage, account_resources
from wallets.holdings import usage_body
from wallets.models import Account, Asset, Entry, Wallet, WalletKind, WalletStatus
from wallets.models_operation import STAKING, Operation

WALLETS_MAX = 100
CONCURRENCY = 8


@dataclass(frozen=True)
class Staker:
    """What one wallet has staked, earned and may use."""

    balance: StakeBalance
    reward_sun: int
    energy: Usage
    bandwidth: Usage


def stats_body() -> dict[str, Any]:
    """Return the sums over all active wallets of ours, or raise ``ChainAway``."""
    active = Wallet.objects.filter(status=WalletStatus.ACTIVE).exclude(kind=WalletKind.WATCH)
    addresses = list(active.order_by("pk").values_list("address", flat=True)[: WALLETS_MAX + 1])
    asked = [str(address) for address in addresses[:WALLETS_MAX]]
    stakers = chain_read(lambda node: _stakers(node, asked))
    return {
        "wallets": len(asked),
        "complete": len(addresses) <= WALLETS_MAX,
        **_amounts(stakers),
        "energy": usage_body(Usage.sum(one.energy for one in stakers)),
        "bandwidth": usage_body(Usage.sum(one.bandwidth for one in stakers)),
        "rewards_claimed_trx": tokens_of(-_booked(Account.Kind.REWARDS)),
        "staked_booked_trx": tokens_of(_booked(Account.Kind.STAKED)),
        "operations": _operations(),
    }


async def _stakers(node: Node, addresses: list[str]) -> list[Staker]:
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(address: str) -> Staker:
        async with slots:
            resources = await account_resources(node, address)
            balance = await stake_balance_of(node, address)
            earned_sun = await reward_sun(node, address)
            return Staker(balance, earned_sun, resources.energy, resources.bandwidth)

    return list(await asyncio.gather(*map(one, addresses)))


def _amounts(stakers: list[Staker]) -> dict[str, Any]:
    balances = [one.balance for one in stakers]
    sums = {
        "staked_energy_trx": sum(one.staked_sun(Resource.ENERGY) for one in balances),
        "staked_bandwidth_trx": sum(one.staked_sun(Resource.BANDWIDTH) for one in balances),
        "unstaking_trx": sum(
            part.amount_sun for one in balances for part in one.account.unfreezing
        ),
        "withdrawable_trx": sum(one.withdrawable_sun for one in balances),
        "delegated_out_trx": sum(
            one.account.delegated_out_sun[resource] for one in balances for resource in BOTH
        ),
        "delegated_in_trx": sum(
            one.account.delegated_in_sun[resource] for one in balances for resource in BOTH
        ),
        "unclaimed_trx": sum(one.reward_sun for one in stakers),
    }
    votes = {
        "votes_total": sum(one.votes_total for one in balances),
        "votes_used": sum(one.votes_used for one in balances),
    }
    return {name: tokens_of(sun) for name, sun in sums.items()} | votes


def _booked(kind: Account.Kind) -> int:
    entries = Entry.objects.filter(account__kind=kind, account__asset=Asset.TRX)
    return int(entries.aggregate(units=Sum("units", default=0))["units"])


def _operations() -> dict[str, int]:
    rows = Operation.objects.filter(kind__in=STAKING).values("status").annotate(count=Count("pk"))
    counts = dict(rows.values_list("status", "count"))
    return {status: counts.get(status, 0) for status in ("open", "confirmed", "failed")}
