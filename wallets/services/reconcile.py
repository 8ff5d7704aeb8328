"""The books against the chain, wallet by wallet, after one and the same solid block.

Two steps, because the scanner comes to a block later than the node's own solid head: a snapshot
is taken and kept, and compared once all that happened up to its block is booked here.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from lucidpay.errors import Conflict
from tron.cursor import cursor_here
from tron.errors import NodeError
from tron.halt import halt
from tron.models import FINAL, ChainFlow, ChainTransaction, HaltCause, ScanCursor, ScannedBlock
from tron.node import ask
from wallets.balances import NoSnapshot, solid_balances
from wallets.ledger import Booking, accounts_locked, balance_at, other_account
from wallets.models import Account, Asset, Reconciliation, Snapshot, Wallet, WalletStatus
from wallets.services.suspense import CORRECTION, book_once, said_of

log = structlog.get_logger(__name__)

BY = "reconciliation"
# A difference is believed when snapshots of so many different blocks in a row show one: a node
# behind a load balancer may tell balances of an older block than the one it names.
BELIEVED_AFTER = 3


class NoDifference(Conflict):
    """The newest reconciliation of this wallet and asset shows no difference to correct."""


class CorrectedBefore(Conflict):
    """This difference has been corrected. Wait for the next reconciliation."""


def reconcile(*, now: datetime) -> None:
    """Take the snapshots that are due and compare those that can be compared.

    A node that is away or a solid head that moved too fast is met again at the next ring.
    """
    for wallet in _reconciled():
        if _is_due(wallet, now):
            try:
                snapshot_take(wallet=wallet, now=now)
            except (NodeError, NoSnapshot) as error:
                log.warning("snapshot_waits", wallet=wallet.name, error=str(error))
        snapshot_compare(wallet=wallet, now=now)


def _reconciled() -> QuerySet[Wallet]:
    used = (WalletStatus.ACTIVE, WalletStatus.ARCHIVED)
    rows = Wallet.objects.with_books().filter(status__in=used)
    return rows.defer("sealed_key").order_by("pk")


def _is_due(wallet: Wallet, now: datetime) -> bool:
    if Snapshot.objects.filter(wallet=wallet).exists():
        return False  # it waits to be compared
    last = Reconciliation.objects.filter(wallet=wallet).order_by("-block_number").first()
    interval = timedelta(seconds=settings.RECONCILE_INTERVAL_S)
    # One of the future was made before the clock was set back: it must not count until then.
    if last is None or not timedelta() <= now - last.at < interval:
        return True
    return any(0 < _differing(wallet, asset) < BELIEVED_AFTER for asset in Asset)


def _differing(wallet: Wallet, asset: Asset) -> int:
    """Return how many of the newest comparisons in a row differ, counted no further than needed."""
    rows = Reconciliation.objects.filter(wallet=wallet, asset=asset).order_by("-block_number")
    count = 0
    for units in rows.values_list("difference_units", flat=True)[:BELIEVED_AFTER]:
        if units == 0:
            break
        count += 1
    return count


def snapshot_take(*, wallet: Wallet, now: datetime) -> bool:
    """Keep what the chain says a wallet holds, and return whether it could be used.

    Thrown away when it is older than what was read here before, by the scanner or for the last
    comparison: such a node lags, and what it tells belongs to who knows which block.
    """
    cursor = cursor_here()
    held = ask(solid_balances(str(wallet.address)))
    compared = Reconciliation.objects.filter(wallet=wallet).order_by("-block_number").first()
    too_old = max(
        wallet.opened_at_block or 0,
        cursor.number if cursor else 0,
        compared.block_number + 1 if compared else 0,
    )
    if held.block.number < too_old:
        log.info("snapshot_too_old", wallet=wallet.name, block=held.block.number, node=held.node)
        return False
    values = {
        "block_number": held.block.number,
        "block_id": held.block.block_id,
        "usdt_micro": held.by_asset[Asset.USDT],
        "trx_sun": held.by_asset[Asset.TRX],
        "node": held.node,
        "at": now,
    }
    return Snapshot.objects.get_or_create(wallet=wallet, defaults=values)[1]


def snapshot_compare(*, wallet: Wallet, now: datetime) -> bool:
    """Compare a wallet's snapshot with the books as of its block; return whether that was done.

    Not before the scanner has read that block, all its flows are booked and our transactions in
    it are settled: until then the books are not yet what they will be. The accounts are locked
    meanwhile, so no booking can be half seen.
    """
    with transaction.atomic():
        rows = Snapshot.objects.select_for_update(skip_locked=True).filter(wallet=wallet)
        snapshot = rows.first()
        if snapshot is None or not _was_scanned(snapshot):
            return False
        accounts = accounts_locked([wallet.pk])
        if _is_unfinished(wallet, snapshot.block_number):
            return False
        made = Reconciliation.objects.bulk_create(
            _compared(snapshot, accounts[(wallet.pk, asset)], now) for asset in Asset
        )
        snapshot.delete()
        for row in made:
            _judge(wallet, row, now)
    return True


def _was_scanned(snapshot: Snapshot) -> bool:
    """Whether the scanner has read this very block; a snapshot of another chain is dropped."""
    cursor = cursor_here()
    if cursor is None:
        return False
    if cursor.number < snapshot.block_number:
        if _never_was(snapshot, cursor):
            log.error("snapshot_of_no_block", block=snapshot.block_id, node=snapshot.node)
            snapshot.delete()
        return False
    number, block_id = snapshot.block_number, snapshot.block_id
    # The block where the scan began was not read itself, but the next one names it.
    read = Q(number=number, block_id=block_id) | Q(number=number + 1, parent_id=block_id)
    if cursor.block_id == block_id or ScannedBlock.objects.filter(read).exists():
        return True
    log.error("snapshot_of_another_block", block=snapshot.block_id, node=snapshot.node)
    snapshot.delete()
    return False


def _never_was(snapshot: Snapshot, cursor: ScanCursor) -> bool:
    """Whether a look at the chain well after the snapshot still shows no such block.

    One of a height that a node invented would wait for ever, and nothing be compared any more.
    """
    looked_later = cursor.seen_at - snapshot.at > timedelta(seconds=settings.TRON_SCAN_FRESH_S)
    return looked_later and cursor.solid_number < snapshot.block_number


def _is_unfinished(wallet: Wallet, block_number: int) -> bool:
    touching = Q(sender=wallet.address) | Q(recipient=wallet.address)
    flows = ChainFlow.objects.filter(touching, booked_at=None, block_number__lte=block_number)
    ended = ChainTransaction.objects.filter(
        sender=wallet.address,
        status__in=FINAL,
        settled_at=None,
        block_number__lte=block_number,
    )
    return flows.exists() or ended.exists()


def _compared(snapshot: Snapshot, account: Account, now: datetime) -> Reconciliation:
    chain = snapshot.usdt_micro if account.asset == Asset.USDT else snapshot.trx_sun
    ledger = balance_at(account, block_number=snapshot.block_number)
    return Reconciliation(
        wallet_id=snapshot.wallet_id,
        asset=account.asset,
        block_number=snapshot.block_number,
        block_id=snapshot.block_id,
        chain_units=chain,
        ledger_units=ledger,
        difference_units=chain - ledger,
        node=snapshot.node,
        at=now,
    )


def _judge(wallet: Wallet, row: Reconciliation, now: datetime) -> None:
    if row.difference_units == 0:
        return
    facts = {
        "wallet": wallet.name,
        "asset": row.asset,
        "block": row.block_number,
        "chain_units": row.chain_units,
        "ledger_units": row.ledger_units,
    }
    if _differing(wallet, Asset(row.asset)) < BELIEVED_AFTER:
        log.error("books_differ_looked_at_again", **facts)
        return
    log.critical("books_differ", **facts)
    reason = (
        f"after block {row.block_number} the chain has {row.chain_units} base units of "
        f"{row.asset} at {wallet.address}, the books {row.ledger_units}"
    )
    subject = f"{wallet.address} {row.asset}"
    halt(cause=HaltCause.BOOKS, subject=subject, reason=reason, by=BY, now=now)


def difference_correct(
    *, wallet: Wallet, asset: Asset, by: str, reason: str, now: datetime
) -> Reconciliation:
    """Book the difference of the newest comparison to suspense, with who understood it and why.

    Never another amount. Raises ``NoDifference``, ``CorrectedBefore``, or ``ValidationFailed``
    without a reason. The halt stays open until somebody lifts it.
    """
    said = said_of(reason)
    with transaction.atomic():
        accounts = accounts_locked([wallet.pk])
        rows = Reconciliation.objects.filter(wallet=wallet, asset=asset)
        row = rows.order_by("-block_number").first()
        if row is None or row.difference_units == 0:
            raise NoDifference
        suspense = other_account(Account.Kind.SUSPENSE, asset)
        account, units = accounts[(wallet.pk, asset)], row.difference_units
        sides = ((account, units), (suspense, -units))
        booking = Booking(
            CORRECTION, f"reconciliation {row.pk}", sides, row.block_number, by[:100], said
        )
        book_once(booking, at=now, otherwise=CorrectedBefore)
    return row
