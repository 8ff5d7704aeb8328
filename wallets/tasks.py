"""Doorbells."""

import structlog
from celery import shared_task

from lucidpay.clock import utc_now
from lucidpay.sealing import VaultClosed, VaultMisconfigured
from tron.errors import NodeError, WrongChain
from wallets.balances import NoSnapshot
from wallets.models import Wallet, WalletStatus
from wallets.services.backup import backups_make, requests_wipe
from wallets.services.book_flows import flows_book
from wallets.services.look import resources_look
from wallets.services.open import keys_make, wallet_open
from wallets.services.reconcile import reconcile as books_reconcile

log = structlog.get_logger(__name__)

ROUNDS_MAX = 20


@shared_task(name="wallets.open")
def open_wallets() -> None:
    """Make the keys and open the wallets that wait for it; one that cannot stops no other."""
    requests_wipe(now=utc_now())
    try:
        keys_make()
    except (VaultClosed, VaultMisconfigured):
        log.critical("keys_not_made", hint="give workers VAULT_KEY and VAULT_PUBLIC_KEY")
    for wallet in Wallet.objects.filter(status=WalletStatus.OPENING):
        try:
            wallet_open(wallet=wallet)
        except (NodeError, NoSnapshot) as error:
            log.warning("wallet_opening_waits", wallet=wallet.name, error=str(error))


@shared_task(name="wallets.backup")
def make_backups() -> None:
    """Make the backups that are asked for."""
    try:
        backups_make()
    except (VaultClosed, VaultMisconfigured):
        log.critical("backups_not_made", hint="give workers VAULT_KEY and VAULT_PUBLIC_KEY")


@shared_task(name="wallets.book_flows")
def book_flows() -> None:
    """Book what came and went."""
    for _ in range(ROUNDS_MAX):
        if flows_book(now=utc_now()) == 0:
            return


@shared_task(name="wallets.reconcile")
def reconcile() -> None:
    """Compare the books with the chain, where that is due."""
    try:
        books_reconcile(now=utc_now())
    except WrongChain:
        log.critical("books_belong_to_another_network", exc_info=True)


@shared_task(name="wallets.look")
def look() -> None:
    """See what the wallets have staked, where that is due."""
    resources_look(now=utc_now())
