"""Reading again what only one node told, after that node turned out to be wrong.

Blocks that a second node confirmed never change. Those after them were one node's word: when it
lied, the next block of an honest node does not follow, and the scanner stands still. Then the
honest nodes read them again.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from lucidpay.errors import Conflict, ensure
from tron.halt import open_halts
from tron.models import LIVE, ChainFlow, ChainTransaction, ScanCursor, ScannedBlock, TxStatus
from tron.networks import network

log = structlog.get_logger(__name__)


class NotHalted(Conflict):
    """Pull the kill switch first: while blocks are read again nothing may be signed."""


class NothingToRewind(Conflict):
    """Every block that was read has been confirmed, or none was read."""


@dataclass(frozen=True)
class Rewound:
    """What was forgotten, and what rests on it and was kept for a person to look at."""

    first: int
    last: int
    paid: list[str]  # txids that were found to have succeeded in these blocks


def scan_rewind(*, by: str, reason: str, now: datetime) -> Rewound:
    """Go back to the last block that two nodes told alike and forget what was read after it.

    Transactions noted as failed or contradicted there are live again. Successes found there
    stay, as payouts are confirmed by them; a person must look at each, as no second node is
    asked about them any more. ``manage.py verify`` tells whether an honest node knows them.

    Raises ``NotHalted`` or ``NothingToRewind``.
    """
    if not open_halts():
        raise NotHalted
    with transaction.atomic():
        cursor = ScanCursor.objects.select_for_update().get(genesis_id=network().genesis_id)
        unsure = ScannedBlock.objects.filter(number__gt=cursor.agreed_number)
        last = unsure.order_by("-number").first()
        if last is None:
            raise NothingToRewind
        _step_back(cursor)
        rewound = Rewound(cursor.number + 1, last.number, _take_back_paid(cursor.number))
        _forget_met(cursor.number, now)
        ChainFlow.objects.filter(block_number__gt=cursor.number, booked_at=None).delete()
        unsure.delete()
    log.critical("scan_rewound", first=rewound.first, last=rewound.last, by=by, reason=reason)
    return rewound


def _take_back_paid(number: int) -> list[str]:
    """Let no second node be asked about the successes after a block; return their txids."""
    paid = ChainTransaction.objects.filter(block_number__gt=number, status=TxStatus.SUCCEEDED)
    txids = list(paid.order_by("pk").values_list("txid", flat=True))
    paid.update(found="")
    return txids


def _step_back(cursor: ScanCursor) -> None:
    """Put the cursor on the agreed block, whose id its successor names when it was not scanned."""
    agreed = ScannedBlock.objects.filter(number=cursor.agreed_number).first()
    after = ScannedBlock.objects.filter(number=cursor.agreed_number + 1).first()
    ensure(after is not None, "the block after the agreed one was read")
    cursor.number = cursor.agreed_number
    cursor.block_id = agreed.block_id if agreed else after.parent_id  # type: ignore[union-attr]
    cursor.time_ms = agreed.time_ms if agreed else 0
    cursor.save(update_fields=["number", "block_id", "time_ms"])


def _forget_met(number: int, now: datetime) -> None:
    rows = ChainTransaction.objects.select_for_update().filter(
        block_number__gt=number, status__in=LIVE
    )
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    ChainTransaction.objects.filter(pk__in=keys).update(
        found="",
        block_number=None,
        block_id="",
        block_time_ms=None,
        confirmations=None,
        result="",
        fee_sun=None,
        energy_used=None,
        energy_staked=None,
        next_send_at=now,
    )
