"""From a name to a wallet in use: key, watched address, opening balance."""

import structlog
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.errors import Conflict
from tron.models import ScanCursor, WatchedAddress
from tron.networks import network
from tron.node import ask
from wallets import vault
from wallets.balances import Balances, NoSnapshot, solid_balances
from wallets.ledger import Booking, book, other_account
from wallets.models import Account, Wallet, WalletStatus

log = structlog.get_logger(__name__)


class WalletNameTaken(Conflict):
    """There is a wallet with this name already. Choose another name."""


class AddressKnown(Conflict):
    """There is a wallet with this address already. See `manage.py wallet list`."""


def wallet_create(*, name: str) -> Wallet:
    """Ask for a new hot wallet; a worker makes its key and opens it."""
    if Wallet.objects.filter(name=name).exists():
        raise WalletNameTaken
    return Wallet.objects.create(name=name, network=network().name)


def wallet_import(*, name: str, private_key_hex: str) -> Wallet:
    """Take over a hot wallet's key; it is sealed before anything is written.

    Raises ``vault.NotAPrivateKey``, ``WalletNameTaken`` or ``AddressKnown``.
    """
    address, sealed = vault.seal(private_key_hex)
    if Wallet.objects.filter(name=name).exists():
        raise WalletNameTaken
    if Wallet.objects.filter(address=address).exists():
        raise AddressKnown
    return Wallet.objects.create(
        name=name,
        network=network().name,
        address=address,
        sealed_key=sealed,
        status=WalletStatus.OPENING,
    )


def keys_make() -> int:
    """Make the keys that wallets wait for; return how many. Runs in the worker."""
    made = 0
    with transaction.atomic():
        waiting = Wallet.objects.select_for_update(skip_locked=True).filter(
            status=WalletStatus.AWAITING_KEY
        )
        for wallet in waiting:
            wallet.address, wallet.sealed_key = vault.make()
            wallet.status = WalletStatus.OPENING
            wallet.save(update_fields=["address", "sealed_key", "status"])
            made += 1
    return made


def wallet_open(*, wallet: Wallet) -> None:
    """Put a wallet into use: book what its address holds, and record every flow from then on.

    Raises ``NodeError`` or ``NoSnapshot``; the wallet waits then. The scanner's row is locked,
    so it cannot pass that block before the address is watched.
    """
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
