"""A real worker that can kill itself at a named point of a payout's road.

``python -m tests.platform.worker NAME [POINT]``. The platform's code knows nothing of these
points: the functions between which they lie are wrapped here.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from lucidpay.celery import app  # noqa: E402
from payouts import tasks as payout_tasks  # noqa: E402
from payouts.services import screen, settle, sign  # noqa: E402
from tests.platform.worker_points import (  # noqa: E402
    POINT_NAMES,
    SECOND_ATTEMPT_POINT_NAMES,
)
from tron import agree, broadcast, scan  # noqa: E402
from tron import tasks as tron_tasks  # noqa: E402
from tron.models import PAID_NOTHING, ChainTransaction  # noqa: E402
from wallets import tasks as wallet_tasks  # noqa: E402
from wallets.services import book_flows, reconcile  # noqa: E402


def die() -> None:
    """SIGKILL this worker's whole process group: the parent and its pool."""
    os.killpg(0, signal.SIGKILL)


def after(module: Any, name: str, *, if_any: bool = True) -> None:
    original: Callable[..., Any] = getattr(module, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if result or not if_any:
            die()
        return result

    setattr(module, name, wrapped)


def before(module: Any, name: str, argument: int) -> None:
    original: Callable[..., Any] = getattr(module, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if args[argument]:
            die()
        return original(*args, **kwargs)

    setattr(module, name, wrapped)


def work(points: dict[str, Callable[[], None]]) -> None:
    """Be the worker that the command line names, and die at the point that it names, if any."""
    name, point = sys.argv[1], sys.argv[2]
    if point:
        points[point]()
    app.worker_main(
        ["worker", "-n", f"{name}@test", "-c", "1", "-l", "info", "--without-mingle",
         "--without-gossip"]
    )  # fmt: skip


def _after_sending() -> None:
    original = broadcast._send_all

    async def wrapped(sendings: Any) -> Any:
        answers = await original(sendings)
        if sendings:
            die()
        return answers

    broadcast._send_all = wrapped


def _after_end_found() -> None:
    original = scan._meet

    def wrapped(run: Any, *rest: Any) -> None:
        original(run, *rest)
        met = [receipt["id"] for _, receipts in run for receipt in receipts]
        if ChainTransaction.objects.filter(txid__in=met).exists():
            die()

    scan._meet = wrapped


def _after_end_drawn() -> None:
    original = agree._end

    def wrapped(ending: Any, *rest: Any) -> None:
        original(ending, *rest)
        if ending:
            die()

    agree._end = wrapped


def _after_end_agreed() -> None:
    original = agree._advance

    def wrapped(*args: Any) -> bool:
        ended = ChainTransaction.objects.filter(status__in=PAID_NOTHING)
        before = ended.count()
        more = original(*args)
        if ended.count() > before:
            die()
        return more

    agree._advance = wrapped


POINTS: dict[str, Callable[[], None]] = {
    "after screening, before commit": lambda: after(screen, "_record"),
    "after screening": lambda: after(payout_tasks, "payouts_screen"),
    "after claim": lambda: after(sign, "_choose"),
    "after sign": lambda: before(sign, "_store", 0),
    "after store, before commit": lambda: after(sign, "_store", if_any=False),
    "after store": lambda: after(payout_tasks, "payouts_sign"),
    "after claim for sending": lambda: after(broadcast, "_claim"),
    "after send": _after_sending,
    "after the answer is recorded": lambda: after(tron_tasks, "broadcast_due"),
    "after inclusion, its block half taken": _after_end_found,
    "after its hold is posted": lambda: after(settle.ledger, "holds_end", if_any=False),
    "after it is booked": lambda: after(settle.ledger, "book", if_any=False),
    "after settlement": lambda: after(payout_tasks, "payouts_settle"),
    "after its flows are judged, before commit": lambda: after(book_flows, "judge"),
    "after its flows are booked": lambda: after(wallet_tasks, "flows_book"),
    "after a snapshot of the balances": lambda: after(reconcile, "snapshot_take"),
    "after the books are compared": lambda: after(reconcile, "snapshot_compare"),
    "after the second witness, before commit": lambda: before(agree, "_end", 0),
    "after the end is drawn, before commit": _after_end_drawn,
    "after the blocks are agreed": _after_end_agreed,
    "after its first hold is voided": lambda: after(settle.ledger, "holds_end", if_any=False),
    "after the second attempt is granted": lambda: after(payout_tasks, "payouts_settle"),
}


assert tuple(POINTS) == (*POINT_NAMES, *SECOND_ATTEMPT_POINT_NAMES)

if __name__ == "__main__":
    work(POINTS)
