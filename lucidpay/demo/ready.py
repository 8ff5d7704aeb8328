"""Waiting for what was started to answer."""

import time
from collections.abc import Callable
from typing import Any

from lucidpay.demo.children import Children
from lucidpay.demo.errors import ChildDied, TooSlow
from lucidpay.demo.http import Refused, call
from lucidpay.demo.plan import Plan
from lucidpay.embedded import status

NODE_S, PLATFORM_S = 60.0, 180.0
NODE_POLL_S, PLATFORM_POLL_S = 0.1, 0.5
FINE = "healthy"


def node_await(plan: Plan, children: Children) -> None:
    """Return once the sandbox node answers."""
    _await(lambda: call(f"{plan.control_url}/state"), children, "The node", NODE_S, NODE_POLL_S)


def platform_await(plan: Plan, children: Children) -> None:
    """Return once the web answers and a worker lives.

    On the demo's own chain the scanner must have found the node, too; elsewhere nobody here
    can say when that will be.
    """
    needed = {"database", "redis", "workers"} | (set() if plan.is_elsewhere else {"tron"})

    def is_ready() -> bool:
        checks = call(f"{plan.url}/api/payment/health")["checks"]
        return all(checks.get(name, {}).get("status") == FINE for name in needed)

    _await(is_ready, children, "The platform", PLATFORM_S, PLATFORM_POLL_S)


def servers_check(plan: Plan) -> None:
    """Raise ``ChildDied`` when an embedded server has gone."""
    for server in status(plan.directory):
        if server.state == "stopped":
            logs = plan.directory / server.name
            raise ChildDied(f"{server.name} has stopped by itself. Its files: {logs}")


def _await(
    is_ready: Callable[[], Any], children: Children, what: str, limit_s: float, poll_s: float
) -> None:
    end_s = time.monotonic() + limit_s
    last = ""
    while time.monotonic() < end_s:
        children.check()
        try:
            if is_ready():
                return
        except (OSError, Refused, ValueError) as error:
            # Not up yet; the limit decides when that is no excuse any more.
            last = str(error)
        time.sleep(poll_s)
    raise TooSlow(f"{what} is not ready after {limit_s:g} s. {last}".strip())
