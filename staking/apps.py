"""Stake 2.0 of our wallets."""

from django.apps import AppConfig


class StakingConfig(AppConfig):
    """Staking TRX for energy, bandwidth and votes."""

    name = "staking"
    verbose_name = "Staking"
