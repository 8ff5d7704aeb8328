"""What the commands of staking share: a wallet by name, an operation, and what to do next."""

import time
from abc import abstractmethod
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from access.commands import account_here
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import LucidError
from lucidpay.ids import parse_public_id
from lucidpay.money import InvalidAmount, tokens_of, units_of
from tron.account import BOTH, Resource
from tron.address import InvalidAddress, address_parse
from wallets import tasks
from wallets.models import SIGNED_BY_PEOPLE, Wallet
from wallets.models_operation import Operation
from wallets.operations import operation_of
from wallets.services.operate import Asker, operation_request
from wallets.services.operate_prepare import Prepared

RESOURCES = [str(resource) for resource in BOTH]
WAIT_S = 10.0
LOOK_S = 0.5


class StakingCommand(BaseCommand):
    """Asks a wallet for one operation and says how it goes on."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the wallet, what the verb needs, and how long to wait for a signature."""
        parser.add_argument("wallet", help="Its name, its id (wallet_…) or its address.")
        self.declare(parser)
        parser.add_argument("--wait", type=float, default=WAIT_S, metavar="SECONDS",
                            help="How long to wait until it is signed.")  # fmt: skip
        parser.add_argument("--by", default="", help="Who asks; your login name unless given.")

    def declare(self, parser: CommandParser) -> None:
        """Declare what this verb needs beside a wallet."""

    @abstractmethod
    def prepare(self, wallet: Wallet, options: dict[str, Any]) -> Prepared:
        """Return the order as the chain would take it, or raise why not."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask once; an error of the caller's is one line, and nothing is stored then."""
        wallet = wallet_named(options["wallet"])
        try:
            prepared = self.prepare(wallet, options)
            operation = operation_request(
                wallet_id=prepared.wallet_id,
                order=prepared.order,
                cost=prepared.cost,
                asker=Asker(f"manage.py, {options['by'] or account_here()}"[:100]),
                now=utc_now(),
                once_key=prepared.once_key,
            )
        except LucidError as error:
            raise CommandError(said(error)) from error
        ring(tasks.operate)
        self._tell(wallet, prepared, operation, options["wait"])

    def _tell(
        self, wallet: Wallet, prepared: Prepared, operation: Operation, wait_s: float
    ) -> None:
        burns = tokens_of(prepared.cost.burn_max_sun)
        self.stdout.write(f"{operation.public_id}: {operation.get_kind_display()}, {wallet}")
        self.stdout.write(f"It burns {burns} TRX at most, none as far as stake covers it.")
        if wallet.kind in SIGNED_BY_PEOPLE:
            there = f"/tron/wallets/{wallet.public_id}"
            self.stdout.write(
                f"People sign for this wallet: POST {there}/unsigned with this operation_id, sign "
                f"what it answers, and POST {there}/signatures."
            )
        elif txid := _txid_within(operation.public_id, wait_s):
            self.stdout.write(f"Signed: txid {txid}. It is sent and followed until it is solid.")
        else:
            self.stdout.write("Not signed yet: a worker does that. Is one running, and no halt?")
        self.stdout.write(f"Follow it: GET /tron/operations/{operation.public_id}")


def _txid_within(operation_id: str, wait_s: float) -> str:
    """Return the txid as soon as a worker has signed; nothing when none has in time."""
    until = time.monotonic() + wait_s
    while True:
        transaction = operation_of(operation_id).transaction
        if transaction is not None or time.monotonic() >= until:
            return transaction.txid if transaction else ""
        time.sleep(LOOK_S)


def wallet_named(text: str) -> Wallet:
    """Return a wallet by its name, id or address, or raise ``CommandError``."""
    key = parse_public_id("wallet", text)
    named = Q(pk=key) if key else Q(name=text) | Q(address=text)
    wallet = Wallet.objects.defer("sealed_key").filter(named).first()
    if wallet is None:
        raise CommandError(f"There is no wallet {text}; see `manage.py wallet list`.")
    return wallet


def declare_resource(parser: CommandParser) -> None:
    """Declare what the stake is for."""
    parser.add_argument("--resource", choices=RESOURCES, default=str(Resource.ENERGY),
                        help="What it is staked for; ENERGY unless given.")  # fmt: skip


def sun_of(text: str) -> int:
    """Return TRX, as people write them, in sun, or raise ``CommandError``."""
    try:
        return units_of(Decimal(text))
    except (InvalidOperation, InvalidAmount):
        raise CommandError(f"{text} is no amount of TRX: such as 1000 or 12.5.") from None


def address_of(text: str) -> str:
    """Return an address, or raise ``CommandError``."""
    try:
        address_parse(text)
    except InvalidAddress:
        raise CommandError(f"{text} is no TRON address.") from None
    return text


def said(error: LucidError) -> str:
    """Return an error with its figures, in one line."""
    facts = [
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in error.details.items()
    ]
    return " ".join([error.message, *([f"({'; '.join(facts)})"] if facts else [])])
