"""A real worker that can kill itself at a named point of a payment's road.

``python -m tests.platform.payment_worker NAME [POINT]``, as ``tests.platform.worker``.
"""

import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_ready

from tests.platform.payment_points import EXPIRY_POINT_NAMES, PAYMENT_POINT_NAMES
from tests.platform.worker import after, before, die, work  # sets Django up

# ruff: noqa: E402, I001
from gateway import tasks
from gateway.services import expire, pay, refund_pay, refund_settle, settle, watch
from gateway.services import settle_fees, settle_fees_end
from wallets import tasks as wallet_tasks
from wallets.services import book_flows

RING_S = 1


def at_once(module: Any, name: str) -> Callable[[], None]:
    """Return what makes the worker die when this function has returned."""
    return lambda: after(module, name, if_any=False)


def if_any(module: Any, name: str) -> Callable[[], None]:
    """Return what makes the worker die when this function has done something."""
    return lambda: after(module, name)


def _after_settlement_made() -> None:
    original = tasks.settlement_make

    def wrapped(**options: Any) -> Any:
        settled = original(**options)
        if settled.settlement is not None:
            die()
        return settled

    tasks.settlement_make = wrapped


POINTS: dict[str, Callable[[], None]] = {
    "after a deposit is judged, before commit": lambda: before(book_flows, "rows_insert", 0),
    "after a deposit is booked": if_any(wallet_tasks, "flows_book"),
    "after a deposit is ruled, before commit": at_once(watch, "_tell"),
    "after it is confirmed, before commit": at_once(watch, "payment_confirm"),
    "after a deposit is taken": if_any(tasks, "deposits_take"),
    "after its leg's payout is begun, before commit": at_once(pay, "begin"),
    "after its leg is made, before commit": at_once(pay, "_begin"),
    "after its leg is made": if_any(tasks, "legs_make"),
    "after it is completed, before commit": at_once(settle, "payment_complete"),
    "after its excess is to go back, before commit": at_once(settle, "excess_back"),
    "after its leg is settled": if_any(tasks, "legs_settle"),
    "after its refund's payout is begun, before commit": at_once(refund_pay, "begin"),
    "after its refund's payout is asked for": if_any(tasks, "refunds_pay"),
    "after its refund is booked, before commit": at_once(refund_settle, "_completed"),
    "after its refund is settled": if_any(tasks, "refunds_settle"),
    "after its fee is marked, before commit": if_any(settle_fees, "_take"),
    "after its fee's payout is begun, before commit": at_once(settle_fees, "begin"),
    "after its fee's settlement is made": _after_settlement_made,
    "after its fee's settlement has moved, before commit": at_once(settle_fees_end, "_move"),
    "after its fee's settlement is followed": if_any(tasks, "settlements_follow"),
    "after what came in is to go back, before commit": at_once(expire, "refund_back"),
    "after it has failed, before commit": at_once(expire, "_expire"),
    "after it has expired": if_any(tasks, "payments_expire"),
}


@worker_ready.connect
def ring_often(**_: object) -> None:
    """Ring for what beat leaves its time."""

    def ring() -> None:
        while not threading.Event().wait(RING_S):
            for task in (tasks.settle_fees, tasks.sweep):
                task.apply_async(expires=2)

    threading.Thread(target=ring, daemon=True).start()


assert tuple(POINTS) == (*PAYMENT_POINT_NAMES, *EXPIRY_POINT_NAMES)

if __name__ == "__main__":
    work(POINTS)
