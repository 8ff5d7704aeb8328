"""What transfers of our wallets have used lately, from their solid receipts."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.db.models.functions import Length

from lucidpay.clock import utc_now
from staking.recovery import DAY_MS, Use
from tron.kinds import TxKind, TxStatus
from tron.models import ChainTransaction, ScanCursor
from tron.networks import network
from tron.transactions import RESULT_BYTES

# Those of five minutes are told together: what comes back meanwhile is a third of a percent. Of
# more than a month it is longer, an hour for a year (four percent, on the safe side): what is
# replayed, while a caller waits, grows no further.
TOGETHER_MS, TOGETHER_DAYS = 300_000, 30
IN_BLOCK = (TxStatus.SUCCEEDED, TxStatus.FAILED)


@dataclass(frozen=True)
class Past:
    """The uses of each wallet, by address, and what they burned in all."""

    from_ms: int
    to_ms: int
    days: int  # that it covers: fewer than asked for when there was nothing before
    uses: dict[str, list[Use]]
    burned_sun: dict[str, int]

    @property
    def transfers(self) -> int:
        """Return how many transfers it covers."""
        return sum(use.transfers for uses in self.uses.values() for use in uses)


def past_of(days: int) -> Past:
    """Return what our transfers used in the days up to the newest block that was read.

    By the time of the chain, not of this machine. What the database reads grows with the days,
    not with all that was ever paid; what it tells does not grow beyond that of a month.
    """
    cursor = ScanCursor.objects.filter(genesis_id=network().genesis_id).first()
    to_ms = cursor.time_ms if cursor else int(utc_now().timestamp() * 1000)
    from_ms = to_ms - days * DAY_MS
    transfers = ChainTransaction.objects.filter(kind=TxKind.TRANSFER, block_number__isnull=False)
    first_ms = _first_ms(transfers)
    covered = -(-(to_ms - max(from_ms, first_ms)) // DAY_MS) if first_ms is not None else 0
    uses: dict[str, list[Use]] = defaultdict(list)
    burned: dict[str, int] = defaultdict(int)
    together_ms = TOGETHER_MS * max(days, TOGETHER_DAYS) // TOGETHER_DAYS
    for sender, at_ms, energy, length, count, fee_sun in _rows(transfers, from_ms, together_ms):
        uses[sender].append(Use(at_ms, energy, length // 2 + count * RESULT_BYTES, count))
        burned[sender] += fee_sun
    return Past(from_ms, to_ms, min(days, max(1, covered)), dict(uses), dict(burned))


def _rows(transfers: QuerySet[ChainTransaction], from_ms: int, together_ms: int) -> QuerySet:
    found = transfers.filter(
        status__in=IN_BLOCK,
        block_number__gte=_first_block(transfers, from_ms),
        block_time_ms__gt=from_ms,
    )
    parts = found.annotate(part=F("block_time_ms") / together_ms).values("sender", "part")
    return (
        parts.annotate(
            at_ms=Max("block_time_ms"),
            energy=Sum("energy_used", default=0),
            length=Sum(Length("signed_hex")),
            count=Count("pk"),
            fee=Sum("fee_sun", default=0),
        )
        .order_by("sender", "part")
        .values_list("sender", "at_ms", "energy", "length", "count", "fee")
    )


def _first_ms(transfers: QuerySet[ChainTransaction]) -> int | None:
    row = transfers.order_by("block_number").values_list("block_time_ms").first()
    return row[0] if row else None


def _first_block(transfers: QuerySet[ChainTransaction], from_ms: int) -> int:
    """Return a block number from which on ours are of this time or later, found by halving.

    Only numbers have an index; later blocks are of later times.
    """
    ends = transfers.aggregate(low=Min("block_number"), high=Max("block_number"))
    low, high = ends["low"] or 0, ends["high"] or 0
    while low < high:
        middle = (low + high) // 2
        later = transfers.filter(block_number__gte=middle, block_time_ms__isnull=False)
        row = later.order_by("block_number").values("block_number", "block_time_ms")[0]
        is_late = (row["block_time_ms"] or 0) >= from_ms
        low, high = (low, middle) if is_late else ((row["block_number"] or middle) + 1, high)
    return low
