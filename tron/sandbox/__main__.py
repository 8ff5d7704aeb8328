"""``python -m tron.sandbox``: the node without Django."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from tron.sandbox.errors import SandboxError
from tron.sandbox.server import NODES_MAX, POOL_MAX, PORT, SOLID_LAG, Options, serve


def arguments_add(parser: argparse.ArgumentParser) -> None:
    """Add the node's options to a parser."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port",
        dest="ports",
        type=int,
        action="append",
        help="port to listen on (9090); once for each node, which are named a, b, …",
    )
    parser.add_argument("--data", type=Path, required=True, help="directory of the chain")
    parser.add_argument(
        "--block-ms", type=int, default=3000, help="block interval; 0: blocks on demand"
    )
    parser.add_argument(
        "--solid-lag", type=int, default=SOLID_LAG, help="blocks between the solid one and the head"
    )
    parser.add_argument(
        "--maintenance-ms",
        type=int,
        default=0,
        help="chain time between two maintenances, after which two slots are skipped; 0: none",
    )
    parser.add_argument(
        "--magic-amounts",
        action="store_true",
        help="let the last six digits of a USDT amount ask for a fault",
    )
    parser.add_argument(
        "--pool-max", type=int, default=POOL_MAX, help="pending transactions before SERVER_BUSY"
    )


def options_of(values: dict[str, Any]) -> Options:
    """Return the options a parser read; raises ``SandboxError`` for impossible ones."""
    options = Options(**{field.name: values[field.name] for field in fields(Options)})
    options = replace(options, ports=options.ports or [PORT])
    if len(set(options.ports)) != len(options.ports) or len(options.ports) > NODES_MAX:
        raise SandboxError(f"--port must name different ports, at most {NODES_MAX}")
    if min(options.block_ms, options.solid_lag, options.maintenance_ms) < 0:
        raise SandboxError("--block-ms, --solid-lag and --maintenance-ms must not be negative")
    if options.pool_max < 1:
        raise SandboxError("--pool-max must be at least 1")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tron.sandbox", description=__doc__)
    arguments_add(parser)
    try:
        serve(options_of(vars(parser.parse_args(argv))))
    except SandboxError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
