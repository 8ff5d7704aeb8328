"""`manage.py wallet` with a verb: keys and wallets, funding sources, suspense, corrections."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lucidpay.clock import utc_now
from lucidpay.errors import LucidError, ValidationFailed
from lucidpay.money import tokens_of
from lucidpay.sealing import VaultMisconfigured, vault_key_pair
from tron.address import InvalidAddress
from wallets.models import Account, Asset, FundingSource, Wallet
from wallets.services.funding import funding_source_add, funding_source_remove
from wallets.services.open import wallet_create, wallet_import
from wallets.services.reconcile import difference_correct
from wallets.services.suspense import suspense_assign, suspense_open
from wallets.vault import NotAPrivateKey

# verb → (help, its arguments). One of ``SAID`` is kept in the books with who said it.
SAID = ("--reason", "--by")
VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "vault-key": ("Print a fresh VAULT_KEY and VAULT_PUBLIC_KEY.", ()),
    "list": ("Show the wallets with their solid balances.", ()),
    "create": ("A worker makes the key.", ("name",)),
    "import": ("The private key is asked for, or read from standard input.", ("name",)),
    "sources": ("Show the addresses from which wallets are filled.", ()),
    "source-add": ("Book what comes from an address as funding.", ("address", "--note", "--by")),
    "source-remove": ("Let what comes from an address go to suspense.", ("address", "--by")),
    "suspense": ("Show what nobody has explained.", ()),
    "assign": ("Say that unexplained money is the owner's.", ("id", *SAID)),
    "correct": ("Book the newest difference to the chain.", ("name", "asset", *SAID)),
}
HELP = {
    "--reason": "Why; kept in the books for good.",
    "--by": "Who says so; your login name unless given.",
    "--note": "Whose address it is.",
}


class Command(BaseCommand):
    """Makes, imports and lists hot wallets, and lets people explain what the books cannot."""

    help = "Make and list wallets; say where money comes from; explain what nobody could."
    # Checked in `handle`: the vault's key pair must be to be had before it is set.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, (text, arguments) in VERBS.items():
            command = verbs.add_parser(verb, help=text)
            for name in arguments:
                if name.startswith("--"):
                    command.add_argument(name, help=HELP[name], required=name == "--reason")
                else:
                    command.add_argument(name)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one verb; an error of the caller's is one line."""
        # The option is there for callers in Python only: a terminal cannot skip the checks.
        if options["verb"] != "vault-key" and not options.get("skip_checks"):
            self.check()
        options["by"] = options.get("by") or getpass.getuser()
        try:
            getattr(self, f"_{options['verb'].replace('-', '_')}")(options)
        except ValidationFailed as error:
            raise CommandError(f"{error.message} {error.details}") from error
        except LucidError as error:
            raise CommandError(error.message) from error
        except (InvalidAddress, NotAPrivateKey, VaultMisconfigured) as error:
            raise CommandError(str(type(error).__doc__)) from None

    def _vault_key(self, _: dict[str, Any]) -> None:
        key, public_key = vault_key_pair()
        self.stdout.write(f"VAULT_KEY={key}\nVAULT_PUBLIC_KEY={public_key}")

    def _create(self, options: dict[str, Any]) -> None:
        wallet = wallet_create(name=options["name"])
        self.stdout.write(f"{wallet.public_id}: a worker makes its key; see `wallet list`.")

    def _import(self, options: dict[str, Any]) -> None:
        secret = getpass.getpass("Private key (hex): ") if sys.stdin.isatty() else sys.stdin.read()
        wallet = wallet_import(name=options["name"], private_key_hex=secret)
        self.stdout.write(f"{wallet.public_id}: {wallet.address}")

    def _list(self, _: dict[str, Any]) -> None:
        for wallet in Wallet.objects.order_by("created_at"):
            held = Account.objects.filter(wallet=wallet).order_by("-asset")
            sums = ", ".join(f"{tokens_of(row.balance_units)} {row.asset}" for row in held)
            self.stdout.write(
                f"{wallet.name}  {wallet.address or '(no address yet)'}  {wallet.status}  {sums}"
            )

    def _sources(self, _: dict[str, Any]) -> None:
        for source in FundingSource.objects.filter(removed_at=None).order_by("pk"):
            self.stdout.write(f"{source.address}  {source.note}  (added by {source.added_by})")

    def _source_add(self, options: dict[str, Any]) -> None:
        address, by = options["address"], options["by"]
        funding_source_add(address=address, note=options["note"] or "", by=by, now=utc_now())
        self.stdout.write(f"{address}: what comes from it is booked as funding from now on.")

    def _source_remove(self, options: dict[str, Any]) -> None:
        funding_source_remove(address=options["address"], by=options["by"], now=utc_now())
        self.stdout.write(f"{options['address']}: what comes from it goes to suspense.")

    def _suspense(self, _: dict[str, Any]) -> None:
        columns = ("pk", "units", "asset", "block_number", "reference")
        for pk, units, asset, block_number, reference in suspense_open().values_list(*columns):
            amount = f"{tokens_of(units)} {asset}"
            self.stdout.write(f"{pk}  {amount}  block {block_number}  {reference}")

    def _assign(self, options: dict[str, Any]) -> None:
        if not options["id"].isdecimal():
            raise CommandError("Give the id that `wallet suspense` shows.")
        journal, reason = int(options["id"]), options["reason"]
        suspense_assign(journal=journal, by=options["by"], reason=reason, now=utc_now())
        self.stdout.write(f"{journal}: assigned. A halt stays until `kill_switch off`.")

    def _correct(self, options: dict[str, Any]) -> None:
        wallet = Wallet.objects.filter(name=options["name"]).first()
        if wallet is None:
            raise CommandError("There is no wallet of this name. See `wallet list`.")
        if options["asset"] not in Asset:
            raise CommandError(f"The asset is one of {', '.join(Asset)}.")
        asset, by, reason = Asset(options["asset"]), options["by"], options["reason"]
        row = difference_correct(wallet=wallet, asset=asset, by=by, reason=reason, now=utc_now())
        amount = f"{tokens_of(row.difference_units)} {asset.value}"
        self.stdout.write(f"{amount} booked to suspense. A halt stays until `kill_switch off`.")
