"""Taking over a wallet that exists: with its key, with one of its keys, or only to know of it."""

from typing import Any

from lucidpay.errors import ValidationFailed
from tron.networks import network
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.services.permission_alone import permission_alone
from wallets.services.secrets import key_sealed
from wallets.services.taken import refuse_taken, stored_once


class KeyOfAnotherAddress(ValidationFailed):
    """This key does not belong to this address. Give its own address, none, or a permission_id."""


def wallet_import(*, name: str, private_key_hex: str) -> Wallet:
    """Take over a hot wallet's key; as ``wallet_take_over``."""
    return wallet_take_over(name=name, secret={"private_key": private_key_hex})


def wallet_take_over(
    *,
    name: str,
    secret: dict[str, Any],
    kind: str = WalletKind.HOT,
    address: str | None = None,
    permission_id: int | None = None,
) -> Wallet:
    """Take over a wallet with a key; it is sealed before anything is written.

    ``secret``: see ``key_sealed``. ``address``, where given, must be the key's own. With a
    ``permission_id`` it is the account's instead, and the key one that meets this active
    permission alone; a node is asked. Raises ``ValidationFailed`` naming what is wrong,
    ``KeyOfAnotherAddress``, ``WalletNameTaken``, ``AddressKnown``, ``KeysCannotBeSealed`` or
    ``ChainAway``; then nothing is written.
    """
    refuse_taken(name=name, address=address)  # before the work of opening a keystore
    own_address, sealed = key_sealed(secret)
    facts: dict[str, Any] = {"address": own_address}
    if permission_id is not None and address is not None:
        permission = permission_alone(address, permission_id, signer=own_address)
        facts = {"address": address, "signer_address": own_address, "permission": permission}
    elif address not in (None, own_address):
        raise KeyOfAnotherAddress({"address": [f"The key's own address is {own_address}."]})
    refuse_taken(name=name, address=facts["address"])
    return _stored(name=name, kind=kind, sealed_key=sealed, **facts)


def wallet_know(*, name: str, kind: str, address: str) -> Wallet:
    """Take up a wallet whose key is elsewhere: cold, hardware or multisig, or only watched.

    Raises ``WalletNameTaken`` or ``AddressKnown``.
    """
    refuse_taken(name=name, address=address)
    return _stored(name=name, kind=kind, address=address)


def _stored(**facts: Any) -> Wallet:
    with stored_once():
        return Wallet.objects.create(network=network().name, status=WalletStatus.OPENING, **facts)
