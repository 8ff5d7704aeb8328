"""What wallets have staked."""

from django.db import models


class ResourceLook(models.Model):
    """What a wallet could use without burning TRX when the chain was last asked."""

    wallet = models.OneToOneField("wallets.Wallet", on_delete=models.PROTECT)
    energy = models.BigIntegerField()
    bandwidth = models.BigIntegerField(help_text="Of its stake.")
    free_bandwidth = models.BigIntegerField(help_text="Of what every account is given a day.")
    node = models.CharField(max_length=200)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.wallet_id} at {self.at}"
