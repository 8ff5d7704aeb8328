"""Addresses to be paid at: each grows from an account's public key, and is handed out once."""

import pgtrigger
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.ids import new_id


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


class DepositAddress(models.Model):
    """An address that was handed out: the one of its index, for good."""

    account = models.ForeignKey(DepositAccount, on_delete=models.PROTECT)
    index = models.BigIntegerField()
    address = models.CharField(max_length=34, unique=True)
    created_at = models.DateTimeField()

    class Meta:
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
