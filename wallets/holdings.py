"""What a wallet has: by its books where it has any, and what only the chain knows."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict
from lucidpay.money import tokens_of
from tron.account import AccountState, account_of
from tron.blocks import Block
from tron.networks import network
from tron.node import Node
from tron.reads import ChainAway, chain_read
from tron.snapshot import NoSnapshot, at_one_block
from tron.yields import Usage, account_resources
from wallets.models import Account, Asset, Wallet


class NoAddressYet(Conflict):
    """This wallet has no address yet; a worker makes its key. Try again in a moment."""


@dataclass(frozen=True)
class OnChain:
    """What the chain says of an address: what is owned after one solid block, what can be used."""

    block: Block
    account: AccountState
    usdt_micro: int
    energy: Usage
    bandwidth: Usage  # of its stake, and what is free every day


def balance_body(wallet: Wallet) -> dict[str, Any]:
    """Return what a wallet has, as callers see it. Raises ``NoAddressYet`` or ``ChainAway``.

    TRX and USDT are those of its books: a solid balance less what is held for payments under way.
    Without books, of one that is only watched or not open yet, they are the chain's.
    """
    if not wallet.address:
        raise NoAddressYet({"status": wallet.status})
    try:
        chain = chain_read(partial(_on_chain, address=wallet.address))
    except NoSnapshot as error:
        raise ChainAway from error
    books = {row.asset: row for row in Account.objects.filter(wallet=wallet)}
    usdt, trx = books.get(Asset.USDT), books.get(Asset.TRX)
    usdt_micro = usdt.balance_units if usdt else chain.usdt_micro
    held_micro = usdt.held_units if usdt else 0
    return {
        "wallet_id": wallet.public_id,
        "address": wallet.address,
        "trx": tokens_of(trx.balance_units if trx else chain.account.balance_sun),
        "reserved_trx": tokens_of(trx.held_units if trx else 0),
        "usdt": tokens_of(usdt_micro),
        "reserved_usdt": tokens_of(held_micro),
        "available_usdt": tokens_of(usdt_micro - held_micro),
        "energy": usage_body(chain.energy),
        "bandwidth": usage_body(chain.bandwidth),
        "staked_trx": tokens_of(chain.account.staked_sun),
        "delegated_trx": tokens_of(sum(chain.account.delegated_out_sun.values())),
        "source": "books" if books else "chain",
        "block_number": chain.block.number,
        "block_timestamp": iso(from_ms(chain.block.time_ms)),
    }


def usage_body(usage: Usage) -> dict[str, int]:
    """Return a limit, and how much of it is used."""
    return {"limit": usage.limit, "used": usage.used, "available": usage.available}


async def _on_chain(node: Node, address: str) -> OnChain:
    async def owned() -> tuple[AccountState, int]:
        account = await account_of(node, address)
        return account, await node.token_balance(network().usdt_contract, address)

    block, (account, usdt_micro) = await at_one_block(node, owned)
    # Of the head and not of a block: what is used comes back with every second.
    resources = await account_resources(node, address)
    bandwidth = Usage.sum((resources.bandwidth, resources.free_bandwidth))
    return OnChain(block, account, usdt_micro, resources.energy, bandwidth)
