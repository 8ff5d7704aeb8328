"""When a hot wallet is to be filled, and from which of ours."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from access.audit import audited
from lucidpay.money import UNITS_MAX
from wallets.models import Wallet


@audited()
class TopUpRule(models.Model):
    """A hot wallet with less than ``below`` is filled up to ``up_to``, by a payout people approve.

    Whoever has set the rule is the one who asks, and so cannot be the one who approves.
    """

    wallet = models.OneToOneField(
        Wallet, on_delete=models.PROTECT, related_name="+", help_text="A hot one that pays."
    )
    source = models.ForeignKey(
        Wallet,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where the money is kept: cold, in a device, or behind several keys.",
    )
    below_micro = models.BigIntegerField()
    up_to_micro = models.BigIntegerField()
    enabled = models.BooleanField(default=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(below_micro__gt=0, up_to_micro__gt=F("below_micro"))
                & Q(up_to_micro__lte=UNITS_MAX),
                name="top_up_fills_above_its_bound",
            ),
            models.CheckConstraint(
                condition=~Q(wallet=F("source")), name="top_up_from_another_wallet"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wallet} from {self.source}"
