"""What the outside sees of wallets. Of a key nothing but whether it is here."""

from typing import Any

from lucidpay.clock import iso
from lucidpay.money import tokens_of
from wallets.models import Asset, Wallet


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
        **_alerts(wallet),
        "backed_up_at": iso(wallet.backed_up_at) if wallet.backed_up_at else None,
        "created_at": iso(wallet.created_at),
    }


def _alerts(wallet: Wallet) -> dict[str, Any]:
    alerts = {one.asset: one for one in wallet.balancealert_set.all()}
    below = {asset: tokens_of(one.below_units) for asset, one in alerts.items()}
    return {
        "alert_below_usdt": below.get(Asset.USDT),
        "alert_below_trx": below.get(Asset.TRX),
        "low_balance": any(one.low_since for one in alerts.values()),
    }
