"""Forgetting what proves nothing. Each call takes one bounded step.

Transactions, flows and halts are kept for good, and of the scanned blocks every one that the
proof of an end consists of: from the reference block to the block that decided.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.db.models.fields.json import KT

from tron.agree import PROOF_BLOCKS_MAX
from tron.models import LIVE, ChainTransaction, NodeAnswer, ScanCursor, ScannedBlock, TxStatus

CHUNK = 1000
BLOCKS_CHUNK = 10_000
# A block takes a transaction up to so many blocks after the one it refers to (java-tron
# ``RecentBlockStore``: the ids of the last 65,536 blocks are known).
TAPOS_BLOCKS = 65_536
DAY_MS = 86_400_000


def answers_forget(*, now: datetime) -> int:
    """Forget the oldest answers of nodes about transactions that are settled; return how many."""
    before = now - timedelta(days=settings.RETENTION_NODE_ANSWERS_DAYS)
    settled = NodeAnswer.objects.filter(transaction__settled_at__isnull=False)
    # In the order of their keys, which is that of time: there is no index by time to keep.
    oldest = list(settled.order_by("pk").values_list("pk", "at")[:CHUNK])
    keys = [pk for pk, at in oldest if at < before]
    return NodeAnswer.objects.filter(pk__in=keys).delete()[0]


def blocks_forget(*, now: datetime) -> int:
    """Look at the next old blocks and forget those no proof needs; return how many were looked at.

    Goes by the chain's own time and remembers how far it came (``ScanCursor.swept_number``).
    """
    with transaction.atomic():
        cursor = ScanCursor.objects.select_for_update().first()
        if cursor is None:
            return 0
        numbers = _old(cursor)
        if not numbers:
            return 0
        first, last = numbers[0], numbers[-1]
        needed = _covered(_proofs(first, last))
        spare = [number for number in numbers if number not in needed]
        ScannedBlock.objects.filter(number__in=spare).delete()
        cursor.swept_number = last
        cursor.save(update_fields=["swept_number"])
    return len(numbers)


def _old(cursor: ScanCursor) -> list[int]:
    """Return the next blocks that are old enough and behind every transaction that still lives."""
    before_ms = cursor.time_ms - settings.RETENTION_BLOCKS_DAYS * DAY_MS
    live = ChainTransaction.objects.filter(status__in=LIVE)
    oldest = live.aggregate(number=Min("ref_block_number"))["number"]
    end = cursor.agreed_number if oldest is None else min(oldest, cursor.agreed_number)
    rows = ScannedBlock.objects.filter(number__gt=cursor.swept_number, number__lt=end)
    found = rows.order_by("number").values_list("number", "time_ms")[:BLOCKS_CHUNK]
    return [number for number, time_ms in found if time_ms < before_ms]


def _proofs(first: int, last: int) -> Iterable[tuple[int, int]]:
    """Return from where to where the proofs reach that need any of these blocks."""
    included = ChainTransaction.objects.filter(
        block_number__range=(first, last + TAPOS_BLOCKS), ref_block_number__lte=last
    )
    yield from included.values_list("ref_block_number", "block_number").distinct()  # type: ignore[misc]
    dead = ChainTransaction.objects.filter(
        status=TxStatus.DEAD, ref_block_number__range=(first - PROOF_BLOCKS_MAX, last)
    )
    noted = dead.annotate(end=KT("proof__solid_block")).values_list("ref_block_number", "end")
    yield from ((reference, int(end)) for reference, end in noted.distinct())


def _covered(proofs: Iterable[tuple[int, int]]) -> set[int]:
    return {number for first, last in set(proofs) for number in range(first, last + 1)}
