"""People who decide what machines cannot, again and again, in a process that can be killed.

``python -m tests.chaos.staff``. They close disputes one way or another, ask again for refunds that
failed, cancel what a merchant wants cancelled, and accept some late money.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import django

django.setup()

import structlog  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402

from access.models import User  # noqa: E402
from gateway.kinds import DisputeOutcome, Ruling  # noqa: E402
from gateway.models import Incoming, Payment  # noqa: E402
from gateway.models_back import Dispute  # noqa: E402
from gateway.services.cancel import payment_cancel  # noqa: E402
from gateway.services.dispute_decide import dispute_close  # noqa: E402
from gateway.services.late import late_accept  # noqa: E402
from gateway.services.refund_again import refund_again, refund_to_repeat  # noqa: E402
from gateway.states import PaymentStatus, RefundStatus  # noqa: E402
from lucidpay.clock import utc_now  # noqa: E402
from lucidpay.errors import LucidError  # noqa: E402
from payouts.person import Person  # noqa: E402
from tests.chaos.seed import APPROVER  # noqa: E402

log = structlog.get_logger(__name__)

PAUSE_S = 1.0
BY, WHY = "staff", "chaos"
CANCEL = "cancel"  # what the description of a payment says that its merchant wants cancelled
# What is tried in turn: not everything can be decided about every payment at every time. Nothing
# is dismissed: what strangers have sent would stay.
ORDERS = (
    (DisputeOutcome.ACCEPTED, DisputeOutcome.REFUNDED),
    (DisputeOutcome.REFUNDED, DisputeOutcome.ACCEPTED),
)


def work() -> None:
    """Decide what waits to be decided."""
    now = utc_now()
    for dispute in Dispute.objects.filter(closed_at=None).order_by("pk"):
        _close(dispute, now)
    _each(_to_cancel(), lambda key: payment_cancel(payment_id=key, by=BY, reason=WHY, now=now))
    _each(_to_repeat(), lambda key: refund_again(payment_id=key, by=BY, reason=WHY, now=now))
    _each(_to_accept(), lambda key: late_accept(payment_id=key, by=BY, reason=WHY, now=now))


def _close(dispute: Dispute, now: datetime) -> None:
    approver = Person(User.objects.get(username=APPROVER).pk)
    for outcome in ORDERS[dispute.payment_id.int % len(ORDERS)]:
        try:
            dispute_close(dispute_id=dispute.pk, outcome=outcome, by=approver, note=WHY, now=now)
        except LucidError as error:
            log.info(
                "not_decided", outcome=outcome, payment=str(dispute.payment_id), why=str(error)
            )
        else:
            return


def _to_cancel() -> Iterable[UUID]:
    wanted = Payment.objects.filter(status=PaymentStatus.PENDING, description=CANCEL)
    return list(wanted.filter(received_units=0).values_list("pk", flat=True))


def _to_repeat() -> Iterable[UUID]:
    failed = Payment.objects.filter(refunds__status=RefundStatus.FAILED).distinct()
    return [one.pk for one in failed if refund_to_repeat(one)]


def _to_accept() -> Iterable[UUID]:
    late = Incoming.objects.filter(
        ruling=Ruling.LATE, refunds=None, payment__status=PaymentStatus.FAILED
    )
    return {one for one in late.values_list("payment", flat=True) if one.int % 2}


def _each(keys: Iterable[UUID], act: Callable[[UUID], Any]) -> None:
    for key in keys:
        try:
            act(key)
        except LucidError as error:
            log.info("not_done", payment=str(key), why=str(error))


if __name__ == "__main__":
    while True:
        try:
            work()
        except DatabaseError as error:
            log.info("database_away", error=str(error))
            connection.close()
        time.sleep(PAUSE_S)
