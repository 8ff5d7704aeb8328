"""The words of wallets and of what they hold."""

from django.db import models


class WalletStatus(models.TextChoices):
    """How far a wallet is; only an active one pays."""

    AWAITING_KEY = "awaiting_key", "waits for a worker to make its key"
    OPENING = "opening", "waits for its opening balance at a solid block"
    ACTIVE = "active", "in use"
    ARCHIVED = "archived", "out of use"


class WalletKind(models.TextChoices):
    """Where the key of an address is, and how many must sign."""

    HOT = "hot", "hot: its key is here and signs by itself"
    COLD = "cold", "cold: its key is kept offline"
    HARDWARE = "hardware", "hardware: its key is in a device"
    MULTISIG = "multisig", "multisig: several keys sign together"
    WATCH = "watch", "watch: looked at, never paid from"


# Those for which people attach signatures.
SIGNED_BY_PEOPLE = (WalletKind.COLD, WalletKind.HARDWARE, WalletKind.MULTISIG)


class Asset(models.TextChoices):
    """What is held. Both have six decimals."""

    USDT = "USDT", "USDT (TRC20)"
    TRX = "TRX", "TRX"
