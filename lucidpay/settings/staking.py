"""Staking: how often it may be asked for, and what energy costs elsewhere."""

from lucidpay.settings import env

__all__ = ["STAKING_RENT_SUN_PER_ENERGY_DAY"]

# What a unit of rented energy costs for a day, in sun; 0 when nobody rents.
STAKING_RENT_SUN_PER_ENERGY_DAY = env.number(
    "STAKING_RENT_SUN_PER_ENERGY_DAY", 0, low=0, high=10_000
)
STAKING_RATE_LIMITS = {
    "staking.stake": 10,
    "staking.unstake": 10,
    "staking.cancel_unstake": 10,
    "staking.withdraw": 10,
    "staking.delegate": 10,
    "staking.undelegate": 10,
    "staking.vote": 10,
    "staking.claim_rewards": 10,
    "staking.balance": 60,
    "staking.rewards": 60,
    "staking.resources": 60,
    "staking.stats": 20,
    "staking.advice": 20,
}
