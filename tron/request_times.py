"""How long nodes took to answer and how they failed, by endpoint: counted over a whole pool.

The numbers lie in memory that the processes of a pool share with their parent, who tells them
(``lucidpay/worker_metrics.py``). Each process writes to a row of its own. So nothing is locked
that a killed one would leave locked, and the one that takes its place counts on where it was.
"""

import asyncio
import mmap
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# A label has few values, and never one that somebody else chose: a path could hold a key.
OTHER = "other"
ENDPOINTS = (
    "wallet/broadcasthex",
    "wallet/getaccount",
    "wallet/getaccountresource",
    "wallet/getavailableunfreezecount",
    "wallet/getblock",
    "wallet/getblockbylimitnext",
    "wallet/getblockbynum",
    "wallet/getcandelegatedmaxsize",
    "wallet/getcanwithdrawunfreezeamount",
    "wallet/getchainparameters",
    "wallet/getcontract",
    "wallet/getnodeinfo",
    "wallet/gettransactionbyid",
    "wallet/gettransactioninfobyblocknum",
    "wallet/gettransactioninfobyid",
    "wallet/listwitnesses",
    "wallet/triggerconstantcontract",
    "walletsolidity/getReward",
    "walletsolidity/getaccount",
    "walletsolidity/getblock",
    "walletsolidity/getblockbylimitnext",
    "walletsolidity/getdelegatedresourceaccountindexv2",
    "walletsolidity/getdelegatedresourcev2",
    "walletsolidity/gettransactionbyid",
    "walletsolidity/gettransactioninfobyblocknum",
    "walletsolidity/gettransactioninfobyid",
    "walletsolidity/triggerconstantcontract",
    OTHER,
)
GIVEN_UP = "GivenUp"  # by us, whatever the node has done: whoever asked had no time left
ERRORS = ("Unreachable", "Throttled", "OutcomeUnknown", GIVEN_UP, OTHER)
BOUNDS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)

_BUCKETS = len(BOUNDS_MS) + 1
_MICROSECONDS = _BUCKETS
_FIRST_ERROR = _MICROSECONDS + 1
_CELLS = _FIRST_ERROR + len(ERRORS)  # of one endpoint
_ROW = len(ENDPOINTS) * _CELLS
ROWS = 256  # processes of one pool; beyond, two share a row and may lose a count
# Made when this is imported, which a worker does before it starts its pool.
_cells = memoryview(mmap.mmap(-1, ROWS * _ROW * 8)).cast("q")
_row = 0


@dataclass(frozen=True)
class Times:
    """What was counted for one endpoint by all processes."""

    buckets: tuple[int, ...]  # one for each of ``BOUNDS_MS``, and what took longer
    microseconds: int
    errors: dict[str, int]


def row_take(number: int) -> None:
    """Count in this row from now on; no two living processes of a pool may have the same."""
    global _row
    _row = number % ROWS


@contextmanager
def timed(path: str) -> Iterator[None]:
    """Count one request to a node, however it ends."""
    base = _row * _ROW + _place(path) * _CELLS
    began_ns = time.monotonic_ns()
    try:
        yield
    except BaseException as error:
        _cells[base + _FIRST_ERROR + _error(error)] += 1
        raise
    finally:
        microseconds = (time.monotonic_ns() - began_ns) // 1_000
        _cells[base + bisect_left(BOUNDS_MS, microseconds / 1_000)] += 1
        _cells[base + _MICROSECONDS] += microseconds


def _place(path: str) -> int:
    return ENDPOINTS.index(path if path in ENDPOINTS else OTHER)


def _error(error: BaseException) -> int:
    name = type(error).__name__
    if isinstance(error, TimeoutError | asyncio.CancelledError):
        name = GIVEN_UP
    return ERRORS.index(name if name in ERRORS else OTHER)


def times_by_endpoint() -> dict[str, Times]:
    """Return what all processes that share this memory have counted since it was made."""
    sums = [sum(_cells[cell::_ROW]) for cell in range(_ROW)]
    return {
        endpoint: _times(sums[at * _CELLS : (at + 1) * _CELLS])
        for at, endpoint in enumerate(ENDPOINTS)
    }


def _times(cells: list[int]) -> Times:
    errors = dict(zip(ERRORS, cells[_FIRST_ERROR:], strict=True))
    return Times(tuple(cells[:_BUCKETS]), cells[_MICROSECONDS], errors)
