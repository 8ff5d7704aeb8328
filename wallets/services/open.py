"""From a name to a wallet in use: key, watched address, opening balance."""

import structlog
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.errors import Conflict
from tron.blocks import Block
from tron.models import ScanCursor, WatchedAddress
from tron.networks import network
from tron.node import Node, ask, open_node
from wallets import vault
from wallets.ledger import Booking, book, other_account
from wallets.models import Account, Asset, Wallet, WalletStatus

log = structlog.get_logger(__name__)

SNAPSHOT_TRIES_MAX = 5


class WalletNameTaken(Conflict):
    """There is a wallet with this name already. Choose another name."""


class AddressKnown(Conflict):
    """There is a wallet with this address already. See `manage.py wallet list`."""


class NoSnapshot(RuntimeError):
    """The node's solid head moved while balances were read. It is tried again by itself."""


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
    block, usdt_micro, trx_sun = ask(_snapshot(address))
    with transaction.atomic():
        cursor = ScanCursor.objects.select_for_update().filter(genesis_id=network().genesis_id)
        here = cursor.first()
        if here is None or here.number > block.number:
            raise NoSnapshot
        locked = Wallet.objects.select_for_update().get(pk=wallet.pk)
        if locked.status != WalletStatus.OPENING:
            return
        WatchedAddress.objects.create(address=address, from_block=block.number + 1)
        _book_opening(locked, {Asset.USDT: usdt_micro, Asset.TRX: trx_sun})
        locked.status, locked.opened_at_block = WalletStatus.ACTIVE, block.number
        locked.save(update_fields=["status", "opened_at_block"])
    log.info("wallet_opened", address=address, at_block=block.number)


def _book_opening(wallet: Wallet, balances: dict[Asset, int]) -> None:
    bookings = []
    for asset, units in balances.items():
        account = Account.objects.create(kind=Account.Kind.WALLET, wallet=wallet, asset=asset)
        if units:
            opening = other_account(Account.Kind.OPENING, asset)
            sides = ((account, units), (opening, -units))
            bookings.append(Booking("opening", f"{wallet.pk} {asset.value}", sides))
    book(bookings, at=utc_now())


async def _snapshot(address: str) -> tuple[Block, int, int]:
    """Return (solid block, USDT, TRX) that belong together.

    A node does not say at which block it read a balance; the same solid head before and after
    does.
    """
    async with open_node() as node:
        for _ in range(SNAPSHOT_TRIES_MAX):
            before = await node.solid()
            first, again = await _balances(node, address), await _balances(node, address)
            if first == again and (await node.solid()).block_id == before.block_id:
                return before, *first
    raise NoSnapshot


async def _balances(node: Node, address: str) -> tuple[int, int]:
    usdt_micro = await node.token_balance(network().usdt_contract, address)
    return usdt_micro, await node.trx_balance_sun(address)
