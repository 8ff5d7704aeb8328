"""Doorbells."""

from uuid import UUID

import structlog
from celery import shared_task

from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import InvariantBroken
from lucidpay.sealing import VaultClosed, VaultMisconfigured
from tron.errors import NodeError, WrongChain
from tron.halt import Halted
from tron.reference import ChainNotReady
from tron.tasks import broadcast
from wallets.balances import NoSnapshot
from wallets.models import Wallet, WalletStatus
from wallets.services.alerts import alerts_look
from wallets.services.backup import backups_make, requests_wipe
from wallets.services.book_flows import OutflowUnjudged, flows_book
from wallets.services.cosign import transactions_cosign
from wallets.services.deposits import payments_account_ask, seeds_make
from wallets.services.look import resources_look
from wallets.services.open import keys_make, wallet_open
from wallets.services.operate_settle import operations_settle
from wallets.services.operate_sign import operations_sign, wallets_to_sign_for
from wallets.services.reconcile import reconcile as books_reconcile
from wallets.vault import KeyDoesNotOpen

log = structlog.get_logger(__name__)

ROUNDS_MAX = 20


@shared_task(name="wallets.open")
def open_wallets() -> None:
    """Make the keys and open the wallets that wait for it; one that cannot stops no other."""
    requests_wipe(now=utc_now())
    payments_account_ask(now=utc_now())
    try:
        keys_make()
        seeds_make()
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


@shared_task(name="wallets.operate")
def operate() -> None:
    """Sign what wallets were asked to do, wallet by wallet; one's trouble stops no other's."""
    signed = sum(_sign_operations(wallet_id) for wallet_id in wallets_to_sign_for())
    if signed + _cosign():
        ring(broadcast)


def _sign_operations(wallet_id: UUID) -> int:
    try:
        return operations_sign(wallet_id=wallet_id, now=utc_now())
    except (Halted, OutflowUnjudged, ChainNotReady, NodeError) as error:
        log.warning("operations_wait", wallet=str(wallet_id), error=str(error))
    except (VaultClosed, VaultMisconfigured, KeyDoesNotOpen, InvariantBroken):
        log.critical("operations_stopped", wallet=str(wallet_id), exc_info=True)
    return 0


def _cosign() -> int:
    try:
        return transactions_cosign()
    except Halted as error:
        log.warning("nothing_cosigned", reason=str(error))
        return 0
    except (VaultClosed, VaultMisconfigured):
        log.critical("nothing_cosigned", exc_info=True)
        return 0


@shared_task(name="wallets.settle")
def settle_operations() -> None:
    """Act on what became final of what wallets were asked to do."""
    for _ in range(ROUNDS_MAX):
        if operations_settle(now=utc_now()) == 0:
            return


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


@shared_task(name="wallets.alert")
def alert() -> None:
    """Tell which wallets have little left."""
    alerts_look(now=utc_now())


@shared_task(name="wallets.look")
def look() -> None:
    """See what the wallets have staked, where that is due."""
    resources_look(now=utc_now())
