"""``python -m lucidpay.run``: become one of the platform's processes, or look after them."""

import argparse
import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from lucidpay.run.health import HEALTHS
from lucidpay.run.roles import ROLES
from lucidpay.run.secrets import secrets_make


def main() -> int:
    """Do what the command line asks; of a role nothing comes back."""
    arguments = _parser().parse_args()
    try:
        return int(arguments.action(arguments))
    except (ImproperlyConfigured, OSError) as error:
        print(f"lucidpay.run: {error}", file=sys.stderr)
        return 1


def _become(arguments: argparse.Namespace) -> int:
    words = [*ROLES[arguments.role].words(), *arguments.words]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606  (words of ours, no shell)


def _health(arguments: argparse.Namespace) -> int:
    trouble = HEALTHS[arguments.of]()
    if trouble:
        print(trouble, file=sys.stderr)
    return 1 if trouble else 0


def _secrets(arguments: argparse.Namespace) -> int:
    for path in secrets_make(
        arguments.directory, database=arguments.database, redis=arguments.redis
    ):
        print(f"made {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lucidpay.run")
    roles = parser.add_subparsers(required=True, metavar="ROLE")
    for name, role in ROLES.items():
        # What follows is handed on, also what begins with a dash.
        one = roles.add_parser(name, help=role.does, add_help=False, prefix_chars="\0")
        one.add_argument("words", nargs="*")
        one.set_defaults(action=_become, role=name)
    health = roles.add_parser("health", help="exit with 0 when that process does its work")
    health.add_argument("of", choices=HEALTHS)
    health.set_defaults(action=_health)
    secrets = roles.add_parser("secrets", help="make the secrets of an installation as files")
    secrets.add_argument("directory", type=Path)
    secrets.add_argument("--database", default="postgres", help="host of PostgreSQL")
    secrets.add_argument("--redis", default="redis", help="host of Redis")
    secrets.set_defaults(action=_secrets)
    return parser


if __name__ == "__main__":
    sys.exit(main())
