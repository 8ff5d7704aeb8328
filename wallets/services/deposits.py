"""Addresses to be paid at: derived here without any key, whose keys a worker can open."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from lucidpay.errors import Conflict
from tron.networks import network
from wallets import vault
from wallets.models_deposit import DepositAccount, DepositAddress


class DepositsNotReady(Conflict):
    """This deposit account has no key yet; a worker makes it. Try again in a moment."""


def deposit_account_create(*, name: str, account: int = 0, now: datetime) -> DepositAccount:
    """Ask for an account of a new HD wallet; a worker makes its seed (``seeds_make``)."""
    return DepositAccount.objects.create(
        name=name, account=account, network=network().name, created_at=now
    )


def seeds_make() -> int:
    """Make the seeds that accounts wait for; return how many. Runs in the worker."""
    made = 0
    with transaction.atomic():
        rows = DepositAccount.objects.select_for_update(skip_locked=True)
        for row in rows.filter(public_key=""):
            row.public_key, row.sealed_seed = vault.make_seed(row.account, account_id=row.pk)
            row.save(update_fields=["public_key", "sealed_seed"])
            made += 1
    return made


def deposit_address_next(*, account_id: UUID, now: datetime) -> DepositAddress:
    """Hand out the next address of an account: each once, none left out.

    From its public key, so that who can do this can open nothing. In the caller's transaction,
    if there is one: an address whose payment is not stored is handed out to the next one. Raises
    ``DepositsNotReady``.
    """
    with transaction.atomic():
        account = DepositAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if not account.public_key:
            raise DepositsNotReady
        index = account.next_index
        made = DepositAddress.objects.create(
            account=account,
            index=index,
            address=vault.child_address(account.public_key, index),
            created_at=now,
        )
        DepositAccount.objects.filter(pk=account_id).update(next_index=F("next_index") + 1)
    return made


def deposit_signer(deposit: DepositAddress) -> vault.WalletSigner:
    """Return who signs for a deposit address. Raises ``VaultClosed`` outside a worker, and
    ``KeyDoesNotOpen`` when its seed is not this address's.
    """
    account = deposit.account
    return vault.open_child(
        sealed_seed=account.sealed_seed, account_id=account.pk, account=account.account,
        index=deposit.index, address=deposit.address,
    )  # fmt: skip
