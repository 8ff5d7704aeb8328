"""Moving what came to a deposit address into the paying wallet."""

import pgtrigger
from django.db import models
from django.db.models import Q

from gateway.states import SWEEP_ARROWS, SweepStatus
from lucidpay.arrows import arrows
from lucidpay.ids import new_id, public_id
from tron.models import ChainTransaction
from wallets.kinds import Asset
from wallets.models import Wallet
from wallets.models_deposit import DepositAddress
from wallets.models_operation import Operation


class Sweep(models.Model):
    """One move from one deposit address, by one transaction, ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address = models.ForeignKey(DepositAddress, on_delete=models.PROTECT, related_name="sweeps")
    asset = models.CharField(max_length=4, choices=Asset)
    units = models.BigIntegerField()
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, help_text="Where it goes.")
    status = models.CharField(max_length=6, choices=SweepStatus, default=SweepStatus.WANTED)
    funding = models.ForeignKey(
        Operation,
        on_delete=models.PROTECT,
        null=True,
        help_text="The TRX or energy that the address was given for it.",
    )
    lender = models.ForeignKey(
        Wallet,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose stake the address was lent, until it is taken back.",
    )
    cost_sun = models.BigIntegerField(default=0, help_text="What it is reckoned to cost.")
    transaction = models.ForeignKey(ChainTransaction, on_delete=models.PROTECT, null=True)
    wait_reason = models.CharField(max_length=200, blank=True)
    look_at = models.DateTimeField(help_text="When it is looked at again.")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(status__in=(SweepStatus.WANTED, SweepStatus.SIGNED)),
                name="sweep_one_open_per_address",
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="sweep_is_something"),
        ]
        indexes = [
            models.Index(
                fields=["look_at"],
                condition=Q(status=SweepStatus.WANTED),
                name="sweep_to_sign",
            ),
            models.Index(
                fields=["id"],
                condition=Q(lender__isnull=False, ended_at__isnull=False),
                name="sweep_to_take_back",
            ),
        ]
        triggers = [
            arrows("sweep_arrows", "status", SWEEP_ARROWS),
            pgtrigger.Protect(name="sweep_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="sweep_frozen",
                operation=pgtrigger.UpdateOf("address_id", "asset", "units", "wallet_id"),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what is swept cannot be changed';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.asset} of {self.address_id}"

    @property
    def public_id(self) -> str:
        """Return ``sweep_…``."""
        return public_id("sweep", self.pk)
