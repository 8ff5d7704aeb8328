"""`manage.py wallet` with a verb: keys and wallets, funding sources, suspense, corrections."""

import getpass
import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.commands import account_here
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError, ValidationFailed
from lucidpay.money import tokens_of
from lucidpay.sealing import VaultMisconfigured, vault_key_pair
from tron.address import InvalidAddress, address_parse
from wallets.holdings import balance_body
from wallets.models import Account, Asset, FundingSource, Wallet, WalletKind
from wallets.services.backup import PASSWORD_MIN, backup_ask, backup_await
from wallets.services.create import key_await, wallet_create_with_words
from wallets.services.deposits import deposit_addresses_pass_over
from wallets.services.funding import funding_source_add, funding_source_remove
from wallets.services.open import wallet_create
from wallets.services.reconcile import difference_correct
from wallets.services.restore import wallet_restore
from wallets.services.suspense import suspense_assign, suspense_open
from wallets.services.take_over import wallet_know, wallet_take_over
from wallets.vault import WORDS

# verb → (help, its arguments). One of ``SAID`` is kept in the books with who said it.
SAID = ("--reason", "--by")
VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "vault-key": ("Print a fresh VAULT_KEY and VAULT_PUBLIC_KEY.", ()),
    "list": ("Show the wallets with their solid balances.", ()),
    "balance": ("Show what a wallet has, by its books and on chain.", ("name",)),
    "create": ("A worker makes the key.", ("name", "--kind", "--words")),
    "import": (
        "The secret is asked for, or read from standard input; not for cold, hardware, watch, "
        "nor for multisig with --address alone.",
        ("name", "--kind", "--address", "--mnemonic", "--path", "--keystore", "--permission-id"),
    ),
    "backup": ("Print the key under a password that is asked for.", ("name",)),
    "restore": ("Bring the key back from a backup.", ("name", "keystore")),
    "sources": ("Show the addresses from which wallets are filled.", ()),
    "source-add": ("Book what comes from an address as funding.", ("address", "--note", "--by")),
    "source-remove": ("Let what comes from an address go to suspense.", ("address", "--by")),
    "suspense": ("Show what nobody has explained.", ()),
    "assign": ("Say that unexplained money is the owner's.", ("id", *SAID)),
    "correct": ("Book the newest difference to the chain.", ("name", "asset", *SAID)),
    "pass-over": (
        "After a restore, before workers start: take so many deposit addresses for handed out.",
        ("count",),
    ),
}
HELP = {
    "--reason": "Why; kept in the books for good.",
    "--by": "Who says so; your login name unless given.",
    "--note": "Whose address it is.",
    "--kind": "One of hot, cold, hardware, multisig, watch.",
    "--words": "Let the key grow from so many words, which are shown once.",
    "--address": "Of a wallet whose key is elsewhere, or that the key must belong to.",
    "--mnemonic": "Ask for words and not for a private key.",
    "--path": "Of the key that grows from the words.",
    "--keystore": "A file with a Web3 keystore V3; its password is asked for.",
    "--permission-id": "The active permission of --address that the key meets alone.",
}
FLAGS = ("--mnemonic",)
PASS_OVER_MAX = 1_000_000
NUMBERS = ("--words", "--permission-id")


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
                if name in FLAGS:
                    command.add_argument(name, help=HELP[name], action="store_true")
                elif name.startswith("--"):
                    kind = int if name in NUMBERS else str
                    must = name == "--reason"
                    command.add_argument(name, help=HELP[name], required=must, type=kind)
                else:
                    command.add_argument(name)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one verb; an error of the caller's is one line."""
        # The option is there for callers in Python only: a terminal cannot skip the checks.
        if options["verb"] != "vault-key" and not options.get("skip_checks"):
            self.check()
        options["by"] = options.get("by") or account_here()
        try:
            getattr(self, f"_{options['verb'].replace('-', '_')}")(options)
        except ValidationFailed as error:
            raise CommandError(f"{error.message} {error.details}") from error
        except LucidError as error:
            raise CommandError(error.message) from error
        except (InvalidAddress, VaultMisconfigured) as error:
            raise CommandError(str(type(error).__doc__)) from None

    def _pass_over(self, options: dict[str, Any]) -> None:
        count = options["count"]
        if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= PASS_OVER_MAX:
            raise CommandError(f"COUNT is a number from 1 to {PASS_OVER_MAX}.")
        index = deposit_addresses_pass_over(count=int(count), now=utc_now())
        self.stdout.write(f"The next address is that of index {index}.")

    def _vault_key(self, _: dict[str, Any]) -> None:
        key, public_key = vault_key_pair()
        self.stdout.write(f"VAULT_KEY={key}\nVAULT_PUBLIC_KEY={public_key}")

    def _create(self, options: dict[str, Any]) -> None:
        name, kind = options["name"], options["kind"] or WalletKind.HOT
        if kind not in (WalletKind.HOT, WalletKind.MULTISIG):
            raise CommandError("A key is made for hot and multisig wallets. Import the others.")
        if options["words"] is None:
            wallet = wallet_create(name=name, kind=kind)
            self.stdout.write(f"{wallet.public_id}: a worker makes its key; see `wallet list`.")
            return
        if options["words"] not in WORDS:
            raise CommandError(f"--words is one of {', '.join(map(str, WORDS))}.")
        wallet, mailbox = wallet_create_with_words(
            name=name, kind=kind, words=options["words"], owner_id=None, now=utc_now()
        )
        wait_s = settings.WALLET_ANSWER_WAIT_S
        wallet, words = key_await(wallet, mailbox=mailbox, wait_s=wait_s)
        if not words:
            raise CommandError(
                f"{wallet.public_id}: no worker came in time. Its key is made without words; "
                "once it has an address, `wallet backup` gives it."
            )
        self.stdout.write(f"{wallet.public_id}: {wallet.address}\n{words}")
        self.stdout.write("Write these words down. They are kept nowhere.")

    def _import(self, options: dict[str, Any]) -> None:
        name, kind, address = options["name"], options["kind"], options["address"]
        if kind not in (None, *WalletKind.values):
            raise CommandError(f"--kind is one of {', '.join(WalletKind.values)}.")
        if address is not None:
            address_parse(address)
        has_secret = options["keystore"] or options["mnemonic"] or options["permission_id"]
        is_shared = kind == WalletKind.MULTISIG and address is not None and not has_secret
        if is_shared or kind in (WalletKind.COLD, WalletKind.HARDWARE, WalletKind.WATCH):
            if address is None:
                raise CommandError("Give --address: its key is not here.")
            wallet = wallet_know(name=name, kind=kind, address=address)
        else:
            wallet = wallet_take_over(
                name=name, secret=_secret_asked(options), kind=kind or WalletKind.HOT,
                address=address, permission_id=options["permission_id"],
            )  # fmt: skip
        self.stdout.write(f"{wallet.public_id}: {wallet.address}")

    def _backup(self, options: dict[str, Any]) -> None:
        wallet, password = _wallet(options["name"]), _asked("Password of the backup: ")
        if sys.stdin.isatty() and _asked("Again: ") != password:
            raise CommandError("These were two passwords.")
        if len(password) < PASSWORD_MIN:
            raise CommandError(f"A password has {PASSWORD_MIN} characters at least.")
        key = backup_ask(wallet=wallet, owner_id=None, password=password, now=utc_now())
        keystore = backup_await(key, wait_s=settings.WALLET_ANSWER_WAIT_S, now=utc_now())
        if keystore is None:
            raise CommandError("No worker came in time. Ask again with the same password.")
        self.stdout.write(json.dumps(keystore))

    def _restore(self, options: dict[str, Any]) -> None:
        keystore = _file(options["keystore"])
        wallet = wallet_restore(
            wallet_id=_wallet(options["name"]).pk,
            keystore=keystore,
            password=_asked("Password of the backup: "),
        )
        self.stdout.write(f"{wallet.public_id}: its key is here again.")

    def _list(self, _: dict[str, Any]) -> None:
        for wallet in Wallet.objects.order_by("created_at"):
            held = Account.objects.filter(wallet=wallet).order_by("-asset")
            sums = ", ".join(f"{tokens_of(row.balance_units)} {row.asset}" for row in held)
            self.stdout.write(
                f"{wallet.name}  {wallet.address or '(no address yet)'}  {wallet.status}  {sums}"
            )

    def _balance(self, options: dict[str, Any]) -> None:
        for name, value in balance_body(_wallet(options["name"])).items():
            told = json.dumps(value) if isinstance(value, dict) else value
            self.stdout.write(f"{name}  {told}")

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
        wallet = _wallet(options["name"])
        if options["asset"] not in Asset:
            raise CommandError(f"The asset is one of {', '.join(Asset)}.")
        asset, by, reason = Asset(options["asset"]), options["by"], options["reason"]
        row = difference_correct(wallet=wallet, asset=asset, by=by, reason=reason, now=utc_now())
        amount = f"{tokens_of(row.difference_units)} {asset.value}"
        self.stdout.write(f"{amount} booked to suspense. A halt stays until `kill_switch off`.")


def _wallet(name: str) -> Wallet:
    wallet = Wallet.objects.filter(name=name).first()
    if wallet is None:
        raise CommandError("There is no wallet of this name. See `wallet list`.")
    return wallet


def _secret_asked(options: dict[str, Any]) -> dict[str, Any]:
    """Return the secret that is asked for; never from the command line, which others can read."""
    if options["keystore"]:
        return {"keystore": _file(options["keystore"]), "password": _asked("Its password: ")}
    if options["mnemonic"]:
        path = {"path": options["path"]} if options["path"] else {}
        return {"mnemonic": _asked("Words: "), **path}
    return {"private_key": _asked("Private key (hex): ")}


def _asked(what: str) -> str:
    return getpass.getpass(what) if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")


def _file(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError):
        raise CommandError(f"{path} cannot be read, or is no JSON.") from None
