"""What the outside sees of wallets. Of a key nothing but whether it is here."""

from typing import Any

from lucidpay.clock import iso
from wallets.models import Wallet


def wallet_body(wallet: Wallet) -> dict[str, Any]:
    """Return a wallet as callers see it, one of ``wallets_shown``."""
    return {
        "wallet_id": wallet.public_id,
        "name": wallet.name,
        "kind": wallet.kind,
        "address": wallet.address,
        "network": wallet.network,
        "status": wallet.status,
        "has_key": wallet.has_key,  # type: ignore[attr-defined]
        "signer_address": wallet.signer_address or None,
        "permission": wallet.permission,
        "backed_up_at": iso(wallet.backed_up_at) if wallet.backed_up_at else None,
        "created_at": iso(wallet.created_at),
    }
