"""Staking as the API shows it."""

from typing import Any

from lucidpay.clock import from_ms, iso
from lucidpay.money import tokens_of
from staking.advice import Advice, Part, WalletAdvice
from staking.queries import Rewards, StakeBalance
from tron.account import BOTH, Resource
from tron.stakes import Delegation, Delegations
from tron.yields import AccountResources
from wallets.holdings import usage_body
from wallets.models import Wallet


def balance_body(address: str, found: StakeBalance) -> dict[str, Any]:
    """Return what an account has staked."""
    account = found.account
    return {
        "address": address,
        "staked_energy_trx": tokens_of(found.staked_sun(Resource.ENERGY)),
        "staked_bandwidth_trx": tokens_of(found.staked_sun(Resource.BANDWIDTH)),
        "unstaking": [
            {
                "amount_trx": tokens_of(one.amount_sun),
                "resource": str(one.resource),
                "withdrawable_at": iso(from_ms(one.expires_ms)),
            }
            for one in sorted(account.unfreezing, key=lambda one: one.expires_ms)
        ],
        "withdrawable_trx": tokens_of(found.withdrawable_sun),
        "delegated_out_trx": tokens_of(sum(account.delegated_out_sun[one] for one in BOTH)),
        "delegated_in_trx": tokens_of(sum(account.delegated_in_sun[one] for one in BOTH)),
        "votes_total": found.votes_total,
        "votes_used": found.votes_used,
    }


def rewards_body(address: str, found: Rewards) -> dict[str, Any]:
    """Return what an account has earned."""
    return {
        "address": address,
        "unclaimed_trx": tokens_of(found.unclaimed_sun),
        "claimable_at": iso(found.claimable_at) if found.claimable_at else None,
        "votes": [
            {"address": witness, "count": count} for witness, count in sorted(found.votes.items())
        ],
    }


def resources_body(address: str, found: AccountResources, lent: Delegations) -> dict[str, Any]:
    """Return what an account may use without burning TRX."""
    return {
        "address": address,
        "energy": usage_body(found.energy),
        "bandwidth": {
            **usage_body(found.bandwidth),
            "free_limit": found.free_bandwidth.limit,
            "free_used": found.free_bandwidth.used,
            "free_available": found.free_bandwidth.available,
        },
        "delegations": {
            "out": [_delegation_body(one) for one in lent.out],
            "in": [_delegation_body(one) for one in lent.incoming],
            "complete": lent.is_complete,
        },
    }


def _delegation_body(one: Delegation) -> dict[str, Any]:
    return {
        "owner": one.owner,
        "receiver": one.receiver,
        "resource": str(one.resource),
        "amount_trx": tokens_of(one.amount_sun),
        "locked_until": iso(from_ms(one.expires_ms)) if one.expires_ms else None,
    }


def advice_body(found: Advice) -> dict[str, Any]:
    """Return what is advised, with what it rests on."""
    saved_sun = found.energy.saved_sun + found.bandwidth.saved_sun
    return {
        "from": iso(from_ms(found.past.from_ms)),
        "to": iso(from_ms(found.past.to_ms)),
        "days_covered": found.past.days,
        "transfers": found.past.transfers,
        "burned_trx": tokens_of(found.burned_sun),
        "stake_trx": tokens_of(found.energy.stake_sun + found.bandwidth.stake_sun),
        "saves_trx_per_30_days": tokens_of(found.a_month_sun(saved_sun)),
        "unstaking_days": found.terms.unstaking_days,
        "energy": _part_body(found, found.energy),
        "bandwidth": _part_body(found, found.bandwidth),
        "renting": _renting_body(found),
        "forecast": {
            "transfers_per_day": found.past.transfers // found.past.days,
            "as_staked_trx": _a_day(found, "as_staked_sun"),
            "as_advised_trx": _a_day(found, "as_advised_sun"),
        },
        "wallets": _wallets_body(found),
    }


def _part_body(found: Advice, part: Part) -> dict[str, Any]:
    return {
        "busiest_24h": part.busiest_24h,
        "mean_24h": found.a_day_sun(part.total),
        "needed": part.needed,
        "limit": part.limit,
        "stake_trx": tokens_of(part.stake_sun),
        "saves_trx_per_30_days": tokens_of(found.a_month_sun(part.saved_sun)),
        "pays_back_days": found.pays_back_days(part),
    }


def _renting_body(found: Advice) -> dict[str, Any] | None:
    if not found.rent_sun:
        return None
    rent_sun, saved_sun = found.rent_a_month_sun, found.a_month_sun(found.energy.saved_sun)
    return {
        "price_sun_per_energy_day": found.rent_sun,
        "trx_per_30_days": tokens_of(rent_sun),
        "saves_trx_per_30_days": tokens_of(saved_sun - rent_sun),
    }


def _a_day(found: Advice, name: str) -> Any:
    return tokens_of(found.a_day_sun(sum(getattr(one, name) for one in found.wallets)))


def _wallets_body(found: Advice) -> list[dict[str, Any]]:
    addresses = [one.address for one in found.wallets]
    known = Wallet.objects.filter(address__in=addresses).defer("sealed_key")
    ids = {str(wallet.address): wallet.public_id for wallet in known}
    return [_wallet_body(one, ids.get(one.address)) for one in found.wallets]


def _wallet_body(one: WalletAdvice, wallet_id: str | None) -> dict[str, Any]:
    return {
        "wallet_id": wallet_id,
        "address": one.address,
        "transfers": one.transfers,
        "burned_trx": tokens_of(one.burned_sun),
        "stake_energy_trx": tokens_of(one.energy.stake_sun),
        "stake_bandwidth_trx": tokens_of(one.bandwidth.stake_sun),
    }
