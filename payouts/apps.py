"""Paying people."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Payouts from request to confirmation."""

    name = "payouts"
    verbose_name = "Payouts"
