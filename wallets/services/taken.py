"""Names and addresses that wallets have already."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from lucidpay.errors import Conflict
from lucidpay.sql import constraint_of
from wallets.models import Wallet


class WalletNameTaken(Conflict):
    """There is a wallet with this name already. Choose another name."""


class AddressKnown(Conflict):
    """There is a wallet with this address already. See `manage.py wallet list`."""


def refuse_taken(*, name: str, address: str | None = None) -> None:
    """Raise ``WalletNameTaken`` or ``AddressKnown``."""
    if Wallet.objects.filter(name=name).exists():
        raise WalletNameTaken
    if address and (known := Wallet.objects.filter(address=address).only("id").first()):
        raise AddressKnown({"wallet_id": known.public_id})


@contextmanager
def stored_once() -> Iterator[None]:
    """Give a transaction; raise the same for who was overtaken by another after it had looked."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = constraint_of(error) or ""
        if constraint.startswith("wallets_wallet_name"):
            raise WalletNameTaken from None
        if constraint.startswith("wallets_wallet_address"):
            raise AddressKnown from None
        raise
