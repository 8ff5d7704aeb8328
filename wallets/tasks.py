"""Doorbells."""

import structlog
from celery import shared_task

from lucidpay.clock import utc_now
from tron.errors import NodeError
from wallets.models import Wallet, WalletStatus
from wallets.services.book_flows import flows_book
from wallets.services.open import NoSnapshot, keys_make, wallet_open
from wallets.vault import VaultClosed, VaultMisconfigured

log = structlog.get_logger(__name__)

ROUNDS_MAX = 20


@shared_task(name="wallets.open")
def open_wallets() -> None:
    """Make the keys and open the wallets that wait for it; one that cannot stops no other."""
    try:
        keys_make()
    except (VaultClosed, VaultMisconfigured):
        log.critical("keys_not_made", hint="give workers VAULT_KEY and VAULT_PUBLIC_KEY")
    for wallet in Wallet.objects.filter(status=WalletStatus.OPENING):
        try:
            wallet_open(wallet=wallet)
        except (NodeError, NoSnapshot) as error:
            log.warning("wallet_opening_waits", wallet=wallet.name, error=str(error))


@shared_task(name="wallets.book_flows")
def book_flows() -> None:
    """Book what came in."""
    for _ in range(ROUNDS_MAX):
        if flows_book(now=utc_now()) == 0:
            return
