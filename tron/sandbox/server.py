"""Runs the nodes in this process: the chain, the block producer and one HTTP server a node."""

import asyncio
import signal
import socket
import string
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tron.sandbox.chain import Chain
from tron.sandbox.clock import ChainClock
from tron.sandbox.errors import SandboxError
from tron.sandbox.http.app import App, Face
from tron.sandbox.http.asked import Asked
from tron.sandbox.http.control import Control
from tron.sandbox.http.faults import Faults
from tron.sandbox.http.listen import Listener
from tron.sandbox.http.tamper import Tamper
from tron.sandbox.magic import magic_of
from tron.sandbox.network import Network
from tron.sandbox.parameters import SLOT_MS
from tron.sandbox.producer import Producer
from tron.sandbox.storage import Storage

PORT = 9090
NODES_MAX = len(string.ascii_lowercase)
SOLID_LAG = 18  # 19 of 27 witnesses have built on it
POOL_MAX = 2_000  # java-tron node.maxTransactionPendingSize


@dataclass(frozen=True, slots=True)
class Options:
    """Where the nodes listen, where the chain is kept, and its pace."""

    host: str
    ports: Sequence[int]
    data: Path
    block_ms: int = SLOT_MS
    solid_lag: int = SOLID_LAG
    pool_max: int = POOL_MAX
    maintenance_ms: int = 0
    magic_amounts: bool = False

    @property
    def names(self) -> str:
        """The nodes' names, a letter each, in the order of their ports."""
        return string.ascii_lowercase[: len(self.ports)]


def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT; raises ``SandboxError`` if it cannot start."""
    for port in options.ports:
        _port_check(options.host, port)
    storage = Storage(options.data)
    try:
        clock = ChainClock(options.block_ms, maintenance_ms=options.maintenance_ms)
        magic = partial(magic_of, amounts=options.magic_amounts)
        chain = Chain(storage, clock, options.solid_lag, magic)
        chain.begin()
        asyncio.run(_serve(options, Network(chain, options.names, options.pool_max)))
    finally:
        storage.close()


def _port_check(host: str, port: int) -> None:
    """Refuse a taken port before the chain is opened."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SandboxError(f"{host}:{port}: {error.strerror}") from error


async def _serve(options: Options, network: Network) -> None:
    producer = Producer(network)
    faults = Faults(list(network.nodes))
    control = Control(network, faults, producer.wake)
    listeners = []
    for node, port in zip(network.nodes.values(), options.ports, strict=True):
        tamper = Tamper(node, faults, Asked(node, amounts=options.magic_amounts))
        face = Face(node, tamper, f"http://{options.host}:{port}")
        listeners.append(Listener(App(face, control)))
    stopped = _stop_on_signals()
    for listener, port in zip(listeners, options.ports, strict=True):
        await _open(listener, options.host, port)
    producing = asyncio.create_task(producer.run())
    waiting = asyncio.create_task(stopped.wait())
    _announce(options, network)
    # If the producer dies, the nodes must die with it instead of standing still.
    await asyncio.wait({waiting, producing}, return_when=asyncio.FIRST_COMPLETED)
    for listener in listeners:
        await listener.close()
    waiting.cancel()
    if producing.done():
        producing.result()
    producing.cancel()


def _stop_on_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _open(listener: Listener, host: str, port: int) -> None:
    try:
        await listener.open(host, port)
    except OSError as error:
        raise SandboxError(f"{host}:{port}: {error.strerror}") from error


def _announce(options: Options, network: Network) -> None:
    urls = [f"http://{options.host}:{port}" for port in options.ports]
    if len(urls) > 1:
        urls = [f"{url} ({name})" for url, name in zip(urls, options.names, strict=True)]
    pace = f"a block every {options.block_ms} ms" if options.block_ms else "blocks on demand"
    sys.stdout.write(
        f"Sandbox TRON node on {', '.join(urls)} "
        f"(block {network.chain.head.number}, {pace}, solid {options.solid_lag} below)\n"
    )
    sys.stdout.flush()
