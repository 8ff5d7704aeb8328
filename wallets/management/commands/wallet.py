"""`manage.py wallet create NAME` · `import NAME` · `list` · `vault-key`."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lucidpay.errors import LucidError
from lucidpay.money import tokens_of
from wallets.models import Account, Wallet
from wallets.services.open import wallet_create, wallet_import
from wallets.vault import NotAPrivateKey, VaultMisconfigured, vault_key_pair


class Command(BaseCommand):
    """Makes, imports and lists hot wallets."""

    help = "Make, import and list wallets, and make the vault's key pair."
    # Checked in `handle`: the vault's key pair must be to be had before it is set.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("vault-key", help="Print a fresh VAULT_KEY and VAULT_PUBLIC_KEY.")
        verbs.add_parser("list", help="Show the wallets with their solid balances.")
        for verb, text in (
            ("create", "A worker makes the key."),
            ("import", "The private key is asked for, or read from standard input."),
        ):
            verbs.add_parser(verb, help=text).add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one verb; an error of the caller's is one line."""
        if options["verb"] != "vault-key":
            self.check()
        try:
            getattr(self, f"_{options['verb'].replace('-', '_')}")(options.get("name"))
        except LucidError as error:
            raise CommandError(error.message) from error
        except (NotAPrivateKey, VaultMisconfigured) as error:
            raise CommandError(str(type(error).__doc__)) from None

    def _vault_key(self, _: None) -> None:
        key, public_key = vault_key_pair()
        self.stdout.write(f"VAULT_KEY={key}\nVAULT_PUBLIC_KEY={public_key}")

    def _create(self, name: str) -> None:
        wallet = wallet_create(name=name)
        self.stdout.write(f"{wallet.public_id}: a worker makes its key; see `wallet list`.")

    def _import(self, name: str) -> None:
        secret = getpass.getpass("Private key (hex): ") if sys.stdin.isatty() else sys.stdin.read()
        wallet = wallet_import(name=name, private_key_hex=secret)
        self.stdout.write(f"{wallet.public_id}: {wallet.address}")

    def _list(self, _: None) -> None:
        for wallet in Wallet.objects.order_by("created_at"):
            held = Account.objects.filter(wallet=wallet).order_by("-asset")
            sums = ", ".join(f"{tokens_of(row.balance_units)} {row.asset}" for row in held)
            self.stdout.write(
                f"{wallet.name}  {wallet.address or '(no address yet)'}  {wallet.status}  {sums}"
            )
