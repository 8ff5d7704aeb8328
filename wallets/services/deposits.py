"""Addresses to be paid at: derived here without any key, whose keys a worker can open."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lucidpay.errors import Conflict, ensure
from tron.models import WatchedAddress
from tron.networks import network
from wallets import vault
from wallets.models_deposit import DepositAccount, DepositAddress

PAYMENTS = "payments"
ADDRESSES_MAX = 1000  # as many as one call makes payments


class DepositsNotReady(Conflict):
    """This deposit account has no key yet; a worker makes it. Try again in a moment."""


def payments_account(*, now: datetime) -> DepositAccount:
    """Return the account whose addresses payers of the gateway pay to; asked for, if need be.

    Raises ``DepositsNotReady`` until a worker has made its seed.
    """
    account = payments_account_ask(now=now)
    if not account.public_key:
        raise DepositsNotReady
    return account


def payments_account_ask(*, now: datetime) -> DepositAccount:
    """Return the gateway's account as it is; asked for, if there is none.

    Workers do this from their first moment on: a request that met none is undone whole, and what
    it asked for with it.
    """
    facts = {"network": network().name, "created_at": now}
    return DepositAccount.objects.get_or_create(name=PAYMENTS, defaults=facts)[0]


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


def deposit_addresses_next(*, account_id: UUID, count: int, now: datetime) -> list[DepositAddress]:
    """Hand out the next addresses of an account (1 … 1000): each once, none left out.

    From its public key, so that who can do this can open nothing. In the caller's transaction,
    if there is one: an address whose payment is not stored is handed out to the next one. What
    comes to them is recorded from the start: before this, nobody knew them. Raises
    ``DepositsNotReady``.
    """
    ensure(1 <= count <= ADDRESSES_MAX, f"{count} addresses at once")
    with transaction.atomic():
        account = DepositAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if not account.public_key:
            raise DepositsNotReady
        indexes = range(account.next_index, account.next_index + count)
        made = DepositAddress.objects.bulk_create(
            DepositAddress(account=account, index=index, address=address, created_at=now)
            for index, address in zip(
                indexes, vault.child_addresses(account.public_key, indexes), strict=True
            )
        )
        # Who has the public key may watch one of them already, as a wallet.
        WatchedAddress.objects.bulk_create(
            [WatchedAddress(address=one.address, from_block=0) for one in made],
            ignore_conflicts=True,
        )
        DepositAccount.objects.filter(pk=account_id).update(next_index=indexes.stop)
    return made


def deposit_addresses_pass_over(*, count: int, now: datetime) -> int:
    """Take it that the gateway's next addresses were handed out, and return the next index.

    After a database was set back: payers may know addresses that it does not. Like this what
    comes to them is recorded and owed, and nobody else is given one of them. Raises
    ``DepositsNotReady``.
    """
    account = payments_account(now=now)
    with transaction.atomic():
        for done in range(0, count, ADDRESSES_MAX):
            step = min(ADDRESSES_MAX, count - done)
            deposit_addresses_next(account_id=account.pk, count=step, now=now)
    return DepositAccount.objects.values_list("next_index", flat=True).get(pk=account.pk)


def deposit_signer(deposit: DepositAddress) -> vault.WalletSigner:
    """Return who signs for a deposit address. Raises ``VaultClosed`` outside a worker, and
    ``KeyDoesNotOpen`` when its seed is not this address's.
    """
    account = deposit.account
    return vault.open_child(
        sealed_seed=account.sealed_seed, account_id=account.pk, account=account.account,
        index=deposit.index, address=deposit.address,
    )  # fmt: skip
