"""A process that stops in the middle of a service, and two that run one at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection


class PowerCut(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


@contextmanager
def cut_at(statement: int) -> Iterator[None]:
    """Stop at this statement of the database; what was not committed is gone."""
    left = statement

    def wrapper(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise PowerCut
        return execute(*arguments)

    with connection.execute_wrapper(wrapper):
        yield


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do several things at the same moment, each with its own connection; return the results."""
    if len(works) == 1:
        return [works[0]()]
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]
