"""Names and addresses that wallets have already."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from lucidpay.errors import Conflict
from lucidpay.sql import constraint_of
from wallets.models import Wallet
from wallets.models_deposit import DepositAddress


class WalletNameTaken(Conflict):
    """There is a wallet with this name already. Choose another name."""


class AddressKnown(Conflict):
    """There is a wallet with this address already. See `manage.py wallet list`."""


class AddressHandedOut(Conflict):
    """This address was handed out to be paid at. What comes to it is swept; it is no wallet."""


def refuse_taken(*, name: str, address: str | None = None) -> None:
    """Raise ``WalletNameTaken``, ``AddressKnown`` or ``AddressHandedOut``."""
    if Wallet.objects.filter(name=name).exists():
        raise WalletNameTaken
    if address and (known := Wallet.objects.filter(address=address).only("id").first()):
        raise AddressKnown({"wallet_id": known.public_id})
    if address and DepositAddress.objects.filter(address=address).exists():
        raise AddressHandedOut


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
