"""Wallets; what they hold stands in the ledger (``models_ledger``)."""

import pgtrigger
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.ids import new_id, public_id
from wallets.kinds import SIGNED_BY_PEOPLE as SIGNED_BY_PEOPLE
from wallets.kinds import Asset as Asset
from wallets.kinds import WalletKind as WalletKind
from wallets.kinds import WalletStatus as WalletStatus
from wallets.models_ledger import Account as Account
from wallets.models_ledger import Entry as Entry
from wallets.models_ledger import FundingSource as FundingSource
from wallets.models_ledger import Hold as Hold
from wallets.models_ledger import Journal as Journal
from wallets.models_ledger import Reconciliation as Reconciliation
from wallets.models_ledger import Snapshot as Snapshot


class Wallets(models.QuerySet["Wallet"]):
    """Wallets, of which those that are only watched have no books."""

    def with_books(self) -> "Wallets":
        """Return those whose every movement must be explained."""
        return self.exclude(kind=WalletKind.WATCH)


@audited(secret=["sealed_key"], exclude=["last_timestamp_ms"])
class Wallet(models.Model):
    """An address of ours. If its key is here it is sealed; only a worker's vault can open it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=WalletKind, default=WalletKind.HOT)
    address = models.CharField(max_length=34, unique=True, null=True)  # noqa: DJ001 (unique)
    network = models.CharField(max_length=20)
    status = models.CharField(
        max_length=14, choices=WalletStatus, default=WalletStatus.AWAITING_KEY
    )
    sealed_key = models.TextField(blank=True, editable=False)
    signer_address = models.CharField(
        max_length=34,
        blank=True,
        editable=False,
        help_text="Whose key is sealed here, where it is not the wallet's own address.",
    )
    permission = models.JSONField(
        null=True,
        editable=False,
        help_text="The permission its key signs with; none means the owner's, alone.",
    )
    backed_up_at = models.DateTimeField(null=True, editable=False)
    opened_at_block = models.BigIntegerField(null=True, editable=False)
    # Raised under the wallet's lock, so two payments of one wallet never share a timestamp.
    last_timestamp_ms = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Wallets.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=WalletStatus.ACTIVE)
                | Q(address__isnull=False, opened_at_block__isnull=False),
                name="wallet_active_is_opened",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="wallet_kept_for_good", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.address or 'no address yet'})"

    @property
    def public_id(self) -> str:
        """Return ``wallet_…``."""
        return public_id("wallet", self.pk)

    @property
    def signing_address(self) -> str:
        """Return the address of the key that is sealed here."""
        return self.signer_address or str(self.address)


# Models of their own modules, here so that Django finds them.
from wallets import (  # noqa: E402
    models_alert,  # noqa: F401
    models_deposit,  # noqa: F401
    models_keys,  # noqa: F401
    models_operation,  # noqa: F401
    models_resources,  # noqa: F401
)
