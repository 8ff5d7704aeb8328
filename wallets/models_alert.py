"""From which balance down people want to be told."""

from django.db import models
from django.db.models import Q

from wallets.models import Asset


class BalanceAlert(models.Model):
    """A threshold of one wallet and asset, and since when the solid balance is below it."""

    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT)
    asset = models.CharField(max_length=4, choices=Asset)
    below_units = models.BigIntegerField(help_text="Of base units (10⁻⁶).")
    low_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "asset"], name="balance_alert_once"),
            models.CheckConstraint(condition=Q(below_units__gt=0), name="balance_alert_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.asset} below {self.below_units}"
