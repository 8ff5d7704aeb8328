"""Bringing a wallet's key back from a backup, as after the vault's own key was lost."""

from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from lucidpay.errors import ValidationFailed
from wallets.models import Wallet
from wallets.services.backup import NoKeyHere
from wallets.services.secrets import key_sealed

log = structlog.get_logger(__name__)


class KeystoreOfAnotherWallet(ValidationFailed):
    """This keystore holds the key of another address than this wallet's. Nothing was changed."""


def wallet_restore(*, wallet_id: UUID, keystore: Any, password: str) -> Wallet:
    """Seal the key in a keystore anew, for a wallet whose key it is.

    Raises ``NoKeyHere`` where there never was a key, ``KeystoreOfAnotherWallet``,
    ``ValidationFailed`` naming what is wrong, or ``KeysCannotBeSealed``; nothing is changed then.
    """
    if not Wallet.objects.get(pk=wallet_id).sealed_key:
        raise NoKeyHere
    address, sealed = key_sealed({"keystore": keystore, "password": password})
    with transaction.atomic():
        wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet_id)
        if wallet.signing_address != address:
            raise KeystoreOfAnotherWallet({"keystore": [f"It holds the key of {address}."]})
        wallet.sealed_key = sealed
        wallet.save(update_fields=["sealed_key"])
    log.info("wallet_restored", address=address)
    return wallet
