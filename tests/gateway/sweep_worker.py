"""A real worker that can kill itself at a named point of a sweep's road.

``python -m tests.gateway.sweep_worker NAME [POINT]``, as ``tests.platform.worker``.
"""

import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_ready

from tests.gateway.sweep_points import POINT_NAMES
from tests.platform.worker import after, die, work  # sets Django up

# ruff: noqa: E402, I001
from gateway import tasks
from gateway.services import sweep, sweep_fund, sweep_settle, sweep_sign
from tron import broadcast
from wallets import tasks as wallet_tasks


def _after_sending(kind: str) -> Callable[[], None]:
    """Return what makes the worker die when it has sent one of this kind."""

    def wrap() -> None:
        original = broadcast._send_all

        async def wrapped(sendings: Any) -> Any:
            answers = await original(sendings)
            if any(one.signed.draft.kind == kind for one in sendings):
                die()
            return answers

        broadcast._send_all = wrapped

    return wrap


POINTS: dict[str, Callable[[], None]] = {
    "after it is wanted": lambda: after(tasks, "sweeps_want"),
    "after the chain is asked": lambda: after(sweep, "seen_of"),
    "after TRX are asked for, before commit": lambda: after(sweep_fund, "operation_request"),
    "after TRX are asked for": lambda: after(sweep, "sweep_top_up"),
    "after the TRX are sent": _after_sending("transfer_trx"),
    "after the TRX are settled": lambda: after(wallet_tasks, "operations_settle"),
    "after it is stored, before commit": lambda: after(sweep_sign, "transactions_store"),
    "after it is signed": lambda: after(sweep, "sweep_sign"),
    "after it is sent": _after_sending("transfer"),
    "after it is booked, before commit": lambda: after(sweep_settle, "_ended", if_any=False),
}


@worker_ready.connect
def ring_often(**_: object) -> None:
    """Ring more often than beat does, which leaves addresses their time."""

    def ring() -> None:
        while not threading.Event().wait(1):
            tasks.sweep.apply_async(expires=2)

    threading.Thread(target=ring, daemon=True).start()


assert tuple(POINTS) == POINT_NAMES

if __name__ == "__main__":
    work(POINTS)
