"""`manage.py rotate_vault_key`: seal anew what the vault's key before has sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lucidpay.sealing import VaultClosed, VaultMisconfigured
from wallets.services.rewrap import Rewrapped, boxes_rewrap


class Command(BaseCommand):
    """Re-wraps all sealed secrets after VAULT_KEY was replaced; docs/operations.md says when."""

    help = "Seal all secrets anew with VAULT_KEY, which VAULT_KEY_PREVIOUS has sealed so far."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the dry run."""
        parser.add_argument("--dry-run", action="store_true", help="Count, and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it in one transaction and tell what was done; exits with 1 if a box stays closed."""
        try:
            done = boxes_rewrap(is_dry=options["dry_run"])
        except (VaultClosed, VaultMisconfigured) as error:
            raise CommandError(str(type(error).__doc__)) from None
        self._tell(done, "would be sealed anew" if options["dry_run"] else "sealed anew")
        if done.closed:
            raise CommandError(
                f"{len(done.closed)} boxes are opened by neither VAULT_KEY nor VAULT_KEY_PREVIOUS. "
                "Keep the key before until each is restored from its backup or given up."
            )

    def _tell(self, done: Rewrapped, what: str) -> None:
        for name in sorted({*done.sealed_anew, *done.present}):
            anew, present = done.sealed_anew.get(name, 0), done.present.get(name, 0)
            self.stdout.write(f"{name}: {anew} {what}, {present} with the present key already")
        for box in done.closed:
            self.stderr.write(f"{box} does not open")
