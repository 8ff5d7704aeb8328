"""Runs the node in this process: the chain, the block producer and the HTTP server."""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from granian.constants import Interfaces
from granian.server.embed import Server

from tron.sandbox.chain import Chain
from tron.sandbox.clock import ChainClock
from tron.sandbox.errors import SandboxError
from tron.sandbox.http.app import App, Face
from tron.sandbox.http.control import Control
from tron.sandbox.node import Node
from tron.sandbox.parameters import SLOT_MS
from tron.sandbox.pool import Pool
from tron.sandbox.producer import Producer
from tron.sandbox.storage import Storage

SOLID_LAG = 18  # 19 of 27 witnesses have built on it
POOL_MAX = 2_000  # java-tron node.maxTransactionPendingSize


@dataclass(frozen=True, slots=True)
class Options:
    """Where the node listens, where it keeps its chain, and its pace."""

    host: str
    port: int
    data: Path
    block_ms: int = SLOT_MS
    solid_lag: int = SOLID_LAG
    pool_max: int = POOL_MAX


def serve(options: Options) -> NoReturn:
    """Run until SIGTERM or SIGINT, then end the process.

    Raises ``SandboxError`` if it cannot start.
    """
    _port_check(options)
    storage = Storage(options.data)
    try:
        chain = Chain(storage, ChainClock(options.block_ms), options.solid_lag)
        chain.begin()
        asyncio.run(_serve(options, Node(chain, Pool(options.pool_max))))
    finally:
        storage.close()
    # The server's own threads outlive it by a moment; one that wakes up while the interpreter
    # is being taken apart aborts the process. Everything is stored, so nothing is taken apart.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _port_check(options: Options) -> None:
    """Refuse a taken port: the server shares ports and would answer every other request."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise SandboxError(f"{options.host}:{options.port}: {error.strerror}") from error


async def _serve(options: Options, node: Node) -> None:
    producer = Producer(node)
    app = App(Face(node), Control(node, producer.wake))
    server = Server(
        app,
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        backlog=4096,
    )
    _stop_on_signals(server)
    serving = asyncio.create_task(server.serve())
    producing = asyncio.create_task(producer.run())
    await _listening(options)
    _announce(options, node)
    # If the producer dies, the node must die with it instead of standing still.
    await asyncio.wait({serving, producing}, return_when=asyncio.FIRST_COMPLETED)
    if producing.done():
        _stop(server)
        await serving
        producing.result()
    producing.cancel()


def _stop_on_signals(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server)


def _stop(server: Server) -> None:
    server.stop()  # type: ignore[no-untyped-call]


async def _listening(options: Options) -> None:
    """Return once a connection is accepted; the server does not say when."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection(options.host, options.port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        return
    raise SandboxError(f"{options.host}:{options.port} does not accept connections")


def _announce(options: Options, node: Node) -> None:
    pace = f"a block every {options.block_ms} ms" if options.block_ms else "blocks on demand"
    sys.stdout.write(
        f"Sandbox TRON node on http://{options.host}:{options.port} "
        f"(block {node.chain.head.number}, {pace}, solid {options.solid_lag} below)\n"
    )
    sys.stdout.flush()
