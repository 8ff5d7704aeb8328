"""Addresses to be paid at: each grows from an account's public key, and is handed out once."""

import pgtrigger
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.ids import new_id
from wallets.kinds import Asset


@audited(secret=["sealed_seed"], exclude=["next_index"])
class DepositAccount(models.Model):
    """An account of an HD wallet: ``m/44'/195'/account'``.

    Its extended public key, in clear, gives all its addresses and no key. Its seed is sealed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    network = models.CharField(max_length=20)
    account = models.PositiveIntegerField(default=0)
    public_key = models.CharField(max_length=120, blank=True, editable=False)
    sealed_seed = models.TextField(blank=True, editable=False)
    # Raised under this row's lock, in the transaction that stores the address.
    next_index = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(public_key="", sealed_seed="") | ~Q(public_key="") & ~Q(sealed_seed=""),
                name="deposit_account_has_both_or_none",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="deposit_account_kept", operation=pgtrigger.Delete),
            # Of another public key nobody here would have the keys.
            pgtrigger.Trigger(
                name="deposit_public_key_frozen",
                operation=pgtrigger.UpdateOf("public_key", "account"),
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("OLD.public_key <> ''"),
                func="RAISE EXCEPTION 'addresses have grown from this key';",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Deposit(models.Model):
    """Money that came to an address that was handed out, in a solid block; booked with this row.

    Named by its transaction and its place there, so that no second look can make two of it.
    ``taken_at``: when whoever the address was made for has acted on it.
    """

    address = models.ForeignKey(
        "wallets.DepositAddress", on_delete=models.PROTECT, related_name="deposits"
    )
    txid = models.CharField(max_length=64)
    log_index = models.IntegerField()
    asset = models.CharField(max_length=4, choices=Asset)
    units = models.BigIntegerField()
    sender = models.CharField(max_length=34, blank=True)
    is_ours = models.BooleanField(
        help_text="It came from a wallet of ours: for the network's fees."
    )
    block_number = models.BigIntegerField()
    block_time_ms = models.BigIntegerField()
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    weighed_at = models.DateTimeField(
        null=True, help_text="When it was seen whether its address is worth emptying."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["txid", "log_index"], name="deposit_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="deposit_is_something"),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(taken_at=None, is_ours=False), name="deposit_to_take"
            ),
            models.Index(
                fields=["id"], condition=Q(weighed_at=None, is_ours=False), name="deposit_to_weigh"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="deposit_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="deposit_frozen",
                operation=pgtrigger.UpdateOf(
                    "address_id", "txid", "log_index", "asset", "units", "sender", "is_ours",
                    "block_number",
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what came in cannot be changed';",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.txid}/{self.log_index}"


class DepositAddress(models.Model):
    """An address that was handed out: the one of its index, for good."""

    account = models.ForeignKey(DepositAccount, on_delete=models.PROTECT)
    index = models.BigIntegerField()
    address = models.CharField(max_length=34, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deposit addresses"
        constraints = [
            models.UniqueConstraint(fields=["account", "index"], name="deposit_index_once")
        ]
        triggers = [
            pgtrigger.Protect(
                name="deposit_address_for_good", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return self.address
