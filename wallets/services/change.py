"""Changing a wallet: its name, whether it is in use, and from when on people are told."""

from typing import Any

from wallets.models import Wallet, WalletStatus
from wallets.services.alerts import alerts_set
from wallets.services.archive import archive, holdings_on_chain, wallet_take_back
from wallets.services.taken import stored_once


def wallet_change(wallet: Wallet, changes: dict[str, Any]) -> None:
    """Write ``name``, ``status`` (active or archived) and ``below`` (``alerts_set``), as given.

    All or nothing. Raises ``WalletNameTaken`` and what ``wallet_archive`` and ``alerts_set``
    raise.
    """
    is_archived = changes.get("status") == WalletStatus.ARCHIVED
    on_chain = holdings_on_chain(wallet) if is_archived else []
    with stored_once():
        # First, as it locks the accounts and then the wallet, as everybody does.
        if is_archived:
            archive(wallet, on_chain)
        elif changes.get("status") == WalletStatus.ACTIVE:
            wallet_take_back(wallet)
        if "name" in changes:
            wallet.name = changes["name"]
            wallet.save(update_fields=["name"])
        alerts_set(wallet, below=changes.get("below", {}))
