"""``manage.py tron_sandbox``: run a local TRON node for development and tests."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tron.sandbox.__main__ import arguments_add, options_of
from tron.sandbox.errors import SandboxError
from tron.sandbox.server import serve


class Command(BaseCommand):
    """The same as ``python -m tron.sandbox``."""

    help = "Runs a local TRON node: for development and tests, never for money."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the node's options."""
        arguments_add(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal ends it."""
        try:
            serve(options_of(options))
        except SandboxError as error:
            raise CommandError(str(error)) from error
