"""What the chain says about emptying a few deposit addresses, asked before anything is locked."""

import asyncio

import structlog
from django.conf import settings

from gateway.models_sweep import Sweep
from gateway.policy.sweeping import LONG_S, MEDIUM_S, Seen, Wait
from payouts.services.price import token_refusal
from payouts.services.wait import NO_ANSWER, WOULD_REVERT
from tron.account import account_of
from tron.contracts import Order
from tron.errors import NodeError, OutcomeUnknown, Refused, WrongChain
from tron.kinds import TxKind
from tron.networks import network
from tron.node import Node, ask
from tron.nodes import Nodes, open_nodes
from tron.resources import Prices, Resources, Token, prices_of, token_of
from tron.yields import account_resources
from wallets.costs import cost_of
from wallets.estimate import REVERT
from wallets.fees import stake_of
from wallets.kinds import Asset
from wallets.models import Wallet, WalletKind

log = structlog.get_logger(__name__)

CONCURRENCY = 8
PATIENCE = 6  # as long as so many calls may take, one after the other


def seen_of(sweeps: list[Sweep], wallet: Wallet) -> list[Seen | Wait]:
    """Return, for each of these, what the chain says, or why it cannot be moved now.

    All of them go to this wallet. Raises ``NodeError`` when no node can be asked; one about which
    none can be asked stops no other.
    """
    return ask(_seen_in_time(sweeps, str(wallet.address))) if sweeps else []


async def _seen_in_time(sweeps: list[Sweep], taker: str) -> list[Seen | Wait]:
    limit_s = PATIENCE * settings.TRON_TIMEOUT_S
    try:
        async with asyncio.timeout(limit_s):
            return await _seen_all(sweeps, taker)
    except TimeoutError as error:
        raise OutcomeUnknown(f"no answer in {limit_s} s") from error


async def _seen_all(sweeps: list[Sweep], taker: str) -> list[Seen | Wait]:
    async with open_nodes() as nodes:
        prices, token = await nodes.read(lambda node: _terms(node, taker))
        refusal = token_refusal(token, sender=taker)
        slots = asyncio.Semaphore(CONCURRENCY)
        return await asyncio.gather(
            *(_seen_alone(nodes, slots, one, prices, refusal) for one in sweeps)
        )


async def _terms(node: Node, taker: str) -> tuple[Prices, Token]:
    token = await token_of(node, contract=network().usdt_contract, sender=taker)
    return await prices_of(node), token


async def _seen_alone(
    nodes: Nodes, slots: asyncio.Semaphore, sweep: Sweep, prices: Prices, refusal: str
) -> Seen | Wait:
    if refusal and sweep.asset == Asset.USDT:
        return Wait(refusal, LONG_S)
    async with slots:
        try:
            return await nodes.read(lambda node: _seen(node, sweep, prices))
        except WrongChain:
            raise
        except Refused as error:
            return Wait(WOULD_REVERT if error.code == REVERT else NO_ANSWER, LONG_S)
        except NodeError as error:
            log.warning("sweep_not_seen", sweep=sweep.public_id, error=str(error))
            return Wait(NO_ANSWER, MEDIUM_S)


async def _seen(node: Node, sweep: Sweep, prices: Prices) -> Seen:
    address, taker = sweep.address.address, str(sweep.wallet.address)
    account = await account_of(node, address, solid=False)
    found = await account_resources(node, address)
    left = Resources(
        found.energy.available, found.bandwidth.available, found.free_bandwidth.available
    )
    energy = bytes_sun = 0
    if sweep.asset == Asset.USDT:
        energy = await node.transfer_energy(
            contract=network().usdt_contract, sender=address, recipient=taker, amount=sweep.units
        )
    else:
        order = Order(TxKind.TRANSFER_TRX, address, taker, amount=sweep.units)
        bytes_sun = (await cost_of(node, order, WalletKind.HOT)).burn_max_sun
    return Seen(
        prices=prices,
        stake=stake_of(left, prices),
        is_activated=account.is_activated,
        balance_sun=account.balance_sun,
        energy=energy,
        trx_bytes_sun=bytes_sun,
        energy_yield=found.energy_yield,
    )
