"""Pacing: payouts of batches wait for staked energy to come back, rather than burn TRX at once."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from payouts.models import Payout
from payouts.purse import Purse, purse_of, under_way
from payouts.queries import due_for_signing
from payouts.services.wait import payouts_look_again
from payouts.share import BATCHES, PACED, EnergyQueue, waits_until
from tron.node import ask
from tron.nodes import open_nodes
from tron.resources import Prices, prices_of, resources_of
from wallets import ledger
from wallets.fees import Stake, fee_limit_sun, stake_of
from wallets.models import Asset, Wallet, WalletKind

# Of a transfer to somebody who holds USDT: no less than it takes, and the signer knows better.
ENERGY_GUESS = 64_000
CHUNKS_MAX = 40  # of one call; the next goes on


def payouts_pace(*, wallet_id: UUID, now: datetime) -> int:
    """Put aside a wallet's due payouts of batches that wait for energy; return how many.

    Before they are quoted, and by what the screening has measured, if it has: a large batch that
    waits costs no node a question about each of its payouts, and stands in nobody's way. This is
    advice; the signer decides, under its locks. Raises ``NodeError``.
    """
    if settings.PACE_TO_ENERGY != BATCHES:
        return 0
    wallet = Wallet.objects.get(pk=wallet_id)
    due = due_for_signing(wallet_id, now=now).filter(PACED)
    if wallet.kind != WalletKind.HOT or not due.exists():
        return 0
    prices, purse = _purse(wallet)
    if not purse.energy_daily_sun:
        return 0
    queue, after, aside = EnergyQueue(now, {}), Q(), 0
    for _ in range(CHUNKS_MAX):
        with transaction.atomic():
            free = due.filter(after).select_for_update(skip_locked=True, of=("self",))
            rows = list(free[: settings.PAYOUT_CHUNK])
            if not rows:
                break
            queue.until = waits_until(rows, now)
            aside += _put_aside(rows, queue, purse, prices)
        last = rows[-1]
        after = Q(priority__gt=last.priority) | Q(priority=last.priority, pk__gt=last.pk)
    return aside


def _purse(wallet: Wallet) -> tuple[Prices, Purse]:
    """Return the chain's prices and, read without locks, what the wallet has left."""
    prices, stake = ask(_terms(str(wallet.address)))
    usdt, trx = (ledger.wallet_account(wallet, asset) for asset in (Asset.USDT, Asset.TRX))
    return prices, purse_of(usdt, trx, stake, under_way(wallet))


async def _terms(address: str) -> tuple[Prices, Stake]:
    async with open_nodes() as nodes:
        prices = await nodes.read(prices_of)
        return prices, stake_of(await nodes.read(lambda node: resources_of(node, address)), prices)


def _put_aside(rows: list[Payout], queue: EnergyQueue, purse: Purse, prices: Prices) -> int:
    """Let those wait that energy does not cover; the others have it set aside for them."""
    waiting = {}
    for payout in rows:
        limit_sun = fee_limit_sun(payout.screened_energy or ENERGY_GUESS, prices)
        if why := queue.joins(payout, limit_sun, purse):
            waiting[payout] = why
        else:
            purse.energy_sun = max(0, purse.energy_sun - limit_sun)
    payouts_look_again(waiting, queue.now, queue.look_at)
    return len(waiting)
