"""The chain and nothing else."""

from django.apps import AppConfig


class TronConfig(AppConfig):
    """Addresses, transactions, nodes, broadcasting and scanning."""

    name = "tron"
    verbose_name = "TRON"
