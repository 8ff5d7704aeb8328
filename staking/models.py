"""Who lends energy to whom, and who needs some."""

from django.db import models
from django.db.models import F, Q

from access.audit import audited


@audited()
class DelegationPolicy(models.Model):
    """Lets the stake of one wallet work for another that pays, as far as that needs it."""

    staking_wallet = models.ForeignKey(
        "wallets.Wallet",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose stake is lent. Its TRX stay there.",
    )
    hot_wallet = models.OneToOneField(
        "wallets.Wallet",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose payouts need energy.",
    )
    enabled = models.BooleanField(default=True)
    most_trx = models.PositiveBigIntegerField(help_text="Never lend more than this, in whole TRX.")
    least_trx = models.PositiveBigIntegerField(
        default=100, help_text="Never lend less than this at once, in whole TRX."
    )

    class Meta:
        verbose_name_plural = "delegation policies"
        constraints = [
            models.CheckConstraint(
                condition=~Q(staking_wallet=F("hot_wallet")), name="delegation_to_another"
            ),
            models.CheckConstraint(
                condition=Q(least_trx__gte=1, most_trx__gte=F("least_trx"), most_trx__lte=10**9),
                name="delegation_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staking_wallet} → {self.hot_wallet}"


class EnergyWanted(models.Model):
    """How much energy a wallet's payouts need, as they last told."""

    wallet = models.OneToOneField("wallets.Wallet", on_delete=models.PROTECT)
    energy = models.BigIntegerField()
    at = models.DateTimeField()
    needed_at = models.DateTimeField(null=True, help_text="When it last was more than nothing.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(energy__gte=0), name="energy_wanted_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.energy} for {self.wallet_id}"
