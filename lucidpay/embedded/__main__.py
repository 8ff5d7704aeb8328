"""``python -m lucidpay.embedded``: run a command with the servers up, or manage them."""

import argparse
import sys
from pathlib import Path

from lucidpay.embedded import EmbeddedError, clean, start, status, stop
from lucidpay.embedded.command import command_run

DEFAULT_DIRECTORY = Path(__file__).resolve().parents[2] / ".lucidpay" / "dev"
# "Program is not running" (Linux Standard Base, init script actions).
NOT_RUNNING = 3


def main() -> int:
    """Do what the command line asks and return the exit code."""
    arguments = _parser().parse_args()
    try:
        return int(arguments.action(arguments))
    except (EmbeddedError, OSError) as error:
        print(f"lucidpay.embedded: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, EmbeddedError) else 1


def _run(arguments: argparse.Namespace) -> int:
    command = arguments.command
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        print("lucidpay.embedded: run needs a command after --", file=sys.stderr)
        return 2
    return command_run(command, arguments.dir, keep=arguments.keep)


def _up(arguments: argparse.Namespace) -> int:
    for name, value in start(arguments.dir).items():
        print(f"{name}={value}")
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    stop(arguments.dir)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    states = status(arguments.dir)
    for one in states:
        process = f"process {one.pid}" if one.pid else ""
        print(f"{one.name:<10}{one.state:<10}{process:<16}{one.url}".rstrip())
    return 0 if all(one.state in ("running", "outside") for one in states) else NOT_RUNNING


def _clean(arguments: argparse.Namespace) -> int:
    for path in clean(arguments.dir):
        print(f"removed {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lucidpay.embedded", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, action, text in (
        ("run", _run, "run a command with the servers up, and stop what was started for it"),
        ("up", _up, "start the servers, leave them running, print the environment"),
        ("stop", _stop, "stop the servers"),
        ("status", _status, "show what runs"),
        ("clean", _clean, "stop the servers and forget what they stored"),
    ):
        sub = actions.add_parser(name, help=text, description=text)
        sub.add_argument("--dir", type=Path, default=DEFAULT_DIRECTORY, metavar="DIRECTORY")
        sub.set_defaults(action=action)
        if name == "run":
            sub.add_argument("--keep", action="store_true", help="leave the servers running")
            sub.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return parser


if __name__ == "__main__":
    sys.exit(main())
