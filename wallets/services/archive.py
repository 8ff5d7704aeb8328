"""Taking a wallet out of use, once nothing is in it and nobody counts on it."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from django.db import transaction

from lucidpay.errors import Conflict
from lucidpay.money import tokens_of
from tron.account import account_of
from tron.networks import network
from tron.node import Node
from tron.reads import chain_read
from wallets.ledger import accounts_locked
from wallets.models import Account, Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation, OperationStatus

# What upper layers know of that still needs a wallet. They add themselves when they are loaded
# (``payouts/apps.py``): this layer knows none of them.
USES: list[Callable[[Wallet], Iterator[str]]] = []


class WalletInUse(Conflict):
    """This wallet is still in use. Settle what details name, then archive it."""


class WalletOpening(Conflict):
    """This wallet is being opened. Wait until it is active, then archive it."""


def wallet_archive(wallet: Wallet) -> None:
    """Take a wallet out of use; its flows are still recorded and booked. Again: nothing happens.

    Raises ``WalletInUse`` while it holds anything, in the books or on the solid chain, or
    anything open needs it; ``WalletOpening``; or ``ChainAway`` when no node says what it holds.
    """
    on_chain = holdings_on_chain(wallet)
    with transaction.atomic():
        archive(wallet, on_chain)


def holdings_on_chain(wallet: Wallet) -> list[str]:
    """Return what the solid chain says it holds, also what the books do not know of: stakes.

    Not within a transaction: a node is asked. Raises ``ChainAway``.
    """
    if wallet.kind == WalletKind.WATCH or not wallet.address:
        return []
    return list(chain_read(partial(_owned, address=wallet.address)))


def archive(wallet: Wallet, on_chain: list[str]) -> None:
    """As ``wallet_archive``, within the caller's transaction, with what the chain has said."""
    accounts = accounts_locked([wallet.pk]).values()
    locked = Wallet.objects.select_for_update(no_key=True).get(pk=wallet.pk)
    if locked.status == WalletStatus.ARCHIVED:
        return
    if locked.status == WalletStatus.OPENING:
        raise WalletOpening({"status": locked.status})
    uses = [*_in_books(accounts), *on_chain, *_operations(locked)]
    uses += [use for look in USES for use in look(locked)]
    if uses:
        raise WalletInUse({"status": locked.status, "wallet": uses})
    locked.status = WalletStatus.ARCHIVED
    locked.save(update_fields=["status"])


def wallet_take_back(wallet: Wallet) -> None:
    """Take an archived wallet into use again, from where it was left; others stay as they are."""
    with transaction.atomic():
        locked = Wallet.objects.select_for_update(no_key=True).get(pk=wallet.pk)
        if locked.status != WalletStatus.ARCHIVED:
            return
        locked.status = WalletStatus.ACTIVE
        if locked.opened_at_block is None:
            locked.status = WalletStatus.OPENING if locked.address else WalletStatus.AWAITING_KEY
        locked.save(update_fields=["status"])


def _in_books(accounts: Iterable[Account]) -> Iterator[str]:
    for account in accounts:
        if account.balance_units:
            yield f"It holds {tokens_of(account.balance_units)} {account.asset}."
        if account.held_units:
            yield f"{tokens_of(account.held_units)} {account.asset} are held for open payments."


def _operations(wallet: Wallet) -> Iterator[str]:
    count = Operation.objects.filter(wallet=wallet, status=OperationStatus.OPEN).count()
    if count:
        yield f"{count} operations are open."


async def _owned(node: Node, address: str) -> list[str]:
    account = await account_of(node, address)
    staked_sun = account.staked_sun + sum(one.amount_sun for one in account.unfreezing)
    usdt_micro = await node.token_balance(network().usdt_contract, address)
    said = {
        "TRX are staked, delegated or on their way out of a stake": staked_sun,
        "TRX of rewards are unclaimed": account.allowance_sun,
        "TRX are on chain": account.balance_sun,
        "USDT are on chain": usdt_micro,
    }
    return [f"{tokens_of(units)} {what}." for what, units in said.items() if units]
