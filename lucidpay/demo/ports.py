"""Ports are checked before anything starts: a server that shares its port would not complain."""

import socket
from contextlib import closing

from lucidpay.demo.errors import PortTaken
from lucidpay.demo.plan import Plan

TRIES_MAX = 100


def ports_check(plan: Plan) -> None:
    """Raise ``PortTaken`` when the web's or the node's port cannot be opened."""
    for variable, port in (("PORT", plan.port), ("NODE_PORT", plan.node_port)):
        if reason := _refusal(port):
            raise PortTaken(f"Port {port} cannot be used: {reason}. {_advice(variable, port)}")


def _advice(variable: str, port: int) -> str:
    others = range(max(port + 1, 1024), min(port + TRIES_MAX, 65_536))
    free = next((other for other in others if not _refusal(other)), None)
    return f"Stop what uses it, or move the demo: make demo {variable}={free or '…'}"


def _refusal(port: int) -> str:
    """Return why the port cannot be used, or nothing when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return str(error.strerror).lower()
    # Somebody on ::1 only would answer those who ask for "localhost" instead of us.
    return "somebody listens on [::1]" if _answers_on_ipv6(port) else ""


def _answers_on_ipv6(port: int) -> bool:
    try:
        with closing(socket.create_connection(("::1", port), timeout=1)):
            return True
    except OSError:
        return False
