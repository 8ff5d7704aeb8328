"""`manage.py webhook_listen [--port 8099] [--secret-file FILE]`: receive, verify, tell."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webhooks.listening import Listener

PORT = 8099
WITHOUT = "Give the secret that the webhook was registered with: WEBHOOK_SECRET, or --secret-file."


class Command(BaseCommand):
    """Receives webhooks on this machine and says of each whether it can be trusted."""

    help = "Receive webhooks on 127.0.0.1, verify them, and print them. Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where it listens, by what it verifies, and what it answers."""
        parser.add_argument("--port", type=int, default=PORT, help="0: any that is free.")
        parser.add_argument("--secret", default="", help="Others here can read it in a list of "
                            "processes; rather set WEBHOOK_SECRET.")  # fmt: skip
        parser.add_argument("--secret-file", default="", help="A file with the secret.")
        parser.add_argument("--status", type=int, default=200, help="What it answers.")
        parser.add_argument("--fail", type=int, default=0, metavar="N",
                            help="Answer the first N of each webhook-id with 500.")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until Ctrl-C."""
        if not 200 <= options["status"] <= 599:
            raise CommandError("--status is from 200 to 599.")
        with self._listener(options) as listener:
            url = f"http://127.0.0.1:{listener.server_address[1]}/"
            self.stdout.write(f"Listening on {url}; Ctrl-C ends it.")
            self.stdout.flush()
            try:
                listener.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("Ended.")

    def _listener(self, options: dict[str, Any]) -> Listener:
        try:
            return Listener(
                options["port"],
                secret=_secret(options),
                status=options["status"],
                fail=options["fail"],
                say=self._say,
            )
        except (OSError, OverflowError) as error:
            raise CommandError(f"Cannot listen on port {options['port']}: {error}") from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _secret(options: dict[str, Any]) -> str:
    if options["secret_file"]:
        try:
            return Path(options["secret_file"]).read_text().strip()
        except (OSError, ValueError) as error:
            raise CommandError(f"--secret-file cannot be read: {error}") from None
    secret = options["secret"] or os.environ.get("WEBHOOK_SECRET", "")
    if not secret:
        raise CommandError(WITHOUT)
    return str(secret)
