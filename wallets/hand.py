"""How the transactions of a wallet get their signatures."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tron.kinds import TxStatus
from tron.quorum import Quorum
from tron.transactions import Draft, Signed, sign, unsigned
from wallets import vault
from wallets.models import Wallet


@dataclass(frozen=True)
class Hand:
    """Who may sign, and what becomes of a draft in this hand: signed, or built for others."""

    quorum: Quorum | None  # none: the wallet's own key, alone
    status: TxStatus
    make: Callable[[Draft], Signed]


def own_hand(wallet: Wallet) -> Hand:
    """Return the hand of a hot wallet. Raises ``VaultClosed`` outside a worker."""
    signer = vault.open_key(sealed_key=wallet.sealed_key, address=wallet.signing_address)
    quorum = Quorum.of(wallet.permission) if wallet.permission else None
    return Hand(quorum, TxStatus.SIGNED, partial(sign, signer=signer))


def empty_hand(quorum: Quorum) -> Hand:
    """Return the hand of a wallet for which people sign: it only builds."""
    return Hand(quorum, TxStatus.AWAITING, unsigned)
