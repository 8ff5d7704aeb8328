"""What becomes of a settlement: it follows its payout, whose final states never leave."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from gateway.models import Payment
from gateway.models_after import Settlement
from gateway.services.settle_fees import OPEN
from gateway.settlements import settlement_body
from gateway.states import SettlementStatus
from lucidpay.errors import InvariantBroken, ensure
from payouts.models import Payout
from payouts.states import Status
from webhooks import outbox
from webhooks.outbox import Fact

log = structlog.get_logger(__name__)

COMPLETED = "settlement.completed"
BECOMES = {
    Status.PENDING.value: SettlementStatus.INITIATED,
    Status.PROCESSING.value: SettlementStatus.PROCESSING,
    Status.CONFIRMED.value: SettlementStatus.COMPLETED,
    Status.FAILED.value: SettlementStatus.FAILED,
    Status.CANCELLED.value: SettlementStatus.FAILED,
}
CANCELLED = "Its payout was cancelled. Nothing was paid."


def settlements_follow(*, now: datetime) -> int:
    """Let each open settlement say what its payout says; return how many have moved.

    What is paid is completed, and told. Of one whose payout has ended unpaid the fees are free
    again, in the transaction that says so: the next settlement has them.
    """
    keys = list(Settlement.objects.filter(status__in=OPEN).values_list("pk", flat=True))
    return sum(_follow(key, now) for key in keys)


def _follow(key: UUID, now: datetime) -> int:
    with transaction.atomic():
        # Without its payout: that would be read as it was before the lock was waited for.
        rows = Settlement.objects.select_for_update()
        settlement = rows.filter(pk=key, status__in=OPEN).first()
        if settlement is None:
            return 0
        rows_of = Payout.objects.select_related("transaction")
        payout = rows_of.get(settlement=settlement)
        ensure(payout.amount_micro == settlement.amount_micro, f"{settlement} pays another sum")
        to = BECOMES[payout.status]
        if to == settlement.status:
            return 0
        settlement.payout = payout
        _move(settlement, to, now)
    return 1


def _move(settlement: Settlement, to: SettlementStatus, now: datetime) -> None:
    payout, settlement.status = settlement.payout, to
    if to not in OPEN:
        settlement.ended_at = now
    if to == SettlementStatus.FAILED and payout is not None:
        settlement.error_message = payout.error_message or CANCELLED
    settlement.save(update_fields=["status", "ended_at", "error_message"])
    if to == SettlementStatus.COMPLETED:
        outbox.record(COMPLETED, [Fact(settlement.pk, None, settlement_body(settlement))], at=now)
    if to == SettlementStatus.FAILED:
        _free(settlement)


def _free(settlement: Settlement) -> None:
    """Let the fees of a failed settlement be settled again, all of them."""
    rows = Payment.objects.filter(settlement=settlement)
    # In the order in which everybody locks payments.
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    freed = rows.update(settlement=None)
    if freed != settlement.payments:
        raise InvariantBroken(f"{settlement}: {freed} payments of {settlement.payments}")
    log.error("settlement_failed", settlement=settlement.public_id, error=settlement.error_message)
