"""Wallets, their keys and their books."""

from django.apps import AppConfig


class WalletsConfig(AppConfig):
    """Wallets, vault and ledger."""

    name = "wallets"
    verbose_name = "Wallets"
