"""Paying people."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Payouts from request to confirmation."""

    name = "payouts"
    verbose_name = "Payouts"

    def ready(self) -> None:
        """Let wallets know what payouts need them for."""
        from payouts.wallet_uses import wallet_uses
        from wallets.services.archive import USES

        USES.append(wallet_uses)
