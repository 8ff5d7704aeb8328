"""From a name to a wallet in use: key, watched address, opening balance."""

import structlog
from django.db import transaction

from lucidpay.clock import utc_now
from tron.models import ScanCursor, WatchedAddress
from tron.networks import network
from tron.node import ask
from wallets import vault
from wallets.balances import Balances, NoSnapshot, solid_balances
from wallets.ledger import Booking, book, other_account
from wallets.models import Account, Wallet, WalletKind, WalletStatus
from wallets.models_keys import KeyRequest
from wallets.services.take_over import wallet_import as wallet_import
from wallets.services.taken import AddressKnown as AddressKnown
from wallets.services.taken import WalletNameTaken as WalletNameTaken
from wallets.services.taken import refuse_taken, stored_once

log = structlog.get_logger(__name__)


def wallet_create(*, name: str, kind: str = WalletKind.HOT) -> Wallet:
    """Ask for a new wallet; a worker makes its key and opens it. Raises ``WalletNameTaken``."""
    refuse_taken(name=name)
    with stored_once():
        return Wallet.objects.create(name=name, kind=kind, network=network().name)


def keys_make() -> int:
    """Make the keys that wallets wait for; return how many. Runs in the worker.

    Where words are wanted, they go into a box for the process that still waits for them.
    """
    made = 0
    with transaction.atomic():
        waiting = Wallet.objects.select_for_update(skip_locked=True).filter(
            status=WalletStatus.AWAITING_KEY
        )
        for wallet in waiting:
            _key_make(wallet)
            wallet.status = WalletStatus.OPENING
            wallet.save(update_fields=["address", "sealed_key", "status"])
            made += 1
    return made


def _key_make(wallet: Wallet) -> None:
    wanted = KeyRequest.objects.select_for_update().filter(
        wallet=wallet, kind=KeyRequest.Kind.WORDS
    )
    request = wanted.first()
    if request is None or request.words is None:
        wallet.address, wallet.sealed_key = vault.make()
        return
    wallet.address, wallet.sealed_key, request.sealed_words = vault.make_words(
        request.words, reader=request.reader, wallet_id=wallet.pk
    )
    request.save(update_fields=["sealed_words"])


def wallet_open(*, wallet: Wallet) -> None:
    """Put a wallet into use: book what its address holds, and record every flow from then on.

    Raises ``NodeError`` or ``NoSnapshot``; the wallet waits then. The scanner's row is locked,
    so it cannot pass that block before the address is watched. One that is only watched has no
    books, and asks no node.
    """
    if wallet.kind == WalletKind.WATCH:
        _watch(wallet)
        return
    address = str(wallet.address)
    held = ask(solid_balances(address))
    block = held.block
    with transaction.atomic():
        cursor = ScanCursor.objects.select_for_update().filter(genesis_id=network().genesis_id)
        here = cursor.first()
        if here is None or here.number > block.number:
            raise NoSnapshot
        locked = Wallet.objects.select_for_update().get(pk=wallet.pk)
        if locked.status != WalletStatus.OPENING:
            return
        WatchedAddress.objects.create(address=address, from_block=block.number + 1)
        _book_opening(locked, held)
        locked.status, locked.opened_at_block = WalletStatus.ACTIVE, block.number
        locked.save(update_fields=["status", "opened_at_block"])
    log.info("wallet_opened", address=address, at_block=block.number)


def _watch(wallet: Wallet) -> None:
    with transaction.atomic():
        cursor = ScanCursor.objects.select_for_update().filter(genesis_id=network().genesis_id)
        here = cursor.first()
        if here is None:
            raise NoSnapshot
        locked = Wallet.objects.select_for_update().get(pk=wallet.pk)
        if locked.status != WalletStatus.OPENING:
            return
        WatchedAddress.objects.create(address=str(locked.address), from_block=here.number + 1)
        locked.status, locked.opened_at_block = WalletStatus.ACTIVE, here.number
        locked.save(update_fields=["status", "opened_at_block"])
    log.info("wallet_watched", address=locked.address, from_block=here.number + 1)


def _book_opening(wallet: Wallet, held: Balances) -> None:
    bookings = []
    for asset, units in held.by_asset.items():
        account = Account.objects.create(kind=Account.Kind.WALLET, wallet=wallet, asset=asset)
        if units:
            opening = other_account(Account.Kind.OPENING, asset)
            sides = ((account, units), (opening, -units))
            reference = f"{wallet.pk} {asset.value}"
            bookings.append(Booking("opening", reference, sides, held.block.number))
    book(bookings, at=utc_now())
