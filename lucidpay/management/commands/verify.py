"""``manage.py verify``: is every promise kept, for every payout there is?"""

import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lucidpay.clock import utc_now
from lucidpay.verification.chain import (
    BooksBehind,
    NodeBehind,
    balances_now,
    deposits_now,
    other_balances,
    other_deposits,
    other_ends,
)
from lucidpay.verification.findings import BEGINNING, Finding, Scope
from lucidpay.verification.run import counts, database_findings, snapshot
from tron.errors import NodeError
from wallets.balances import NoSnapshot

WRONG, NOT_ASKED = 1, 2
WAITS = 20  # for the books to reach the block whose balances were read
WAIT_S = 1.5


class Command(BaseCommand):
    """Checks the whole database and the chain, and writes nothing."""

    help = (
        "Check every payout, transaction, proof, event, hold and booking, and compare them with "
        "the chain. Reads only. Exit status: 0 all is well, 1 something is wrong, 2 the chain "
        "could not be asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--no-chain", action="store_true", help="Ask no node.")
        parser.add_argument(
            "--since", type=_days, metavar="DAYS",
            help="Only payouts and transactions of the last DAYS; the books are checked whole.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each finding as it is found, then how much was checked."""
        now, days = utc_now(), options["since"]
        scope = Scope(now=now, since=now - timedelta(days=days) if days else BEGINNING)
        found, unasked = 0, ""
        with snapshot():
            checked = counts()
            found += self._print(database_findings(scope, begins=self._begins))
        if not options["no_chain"]:
            try:
                found += self._print(self._chain(scope))
            except (NodeError, NoSnapshot, NodeBehind, BooksBehind) as error:
                unasked = str(error) or str(type(error).__doc__)
        self._end(found, unasked, checked)

    def _chain(self, scope: Scope) -> Iterator[Finding]:
        self._begins("chain: ends")
        yield from other_ends(scope)
        self._begins("chain: balances")
        for wallet, chain in balances_now():
            yield from _compared(partial(other_balances, wallet, chain))
        self._begins("chain: deposit addresses")
        for address, chain in deposits_now():
            yield from _compared(partial(other_deposits, address, chain))

    def _begins(self, subject: str) -> None:
        """Show on a terminal what is being checked; in a pipe or a log it would be noise."""
        if sys.stderr.isatty():
            self.stderr.write(f"checking {subject} …")

    def _print(self, findings: Iterator[Finding]) -> int:
        count = 0
        for count, finding in enumerate(findings, start=1):  # noqa: B007 (the last one counts)
            self.stdout.write(f"WRONG: {finding}")
        return count

    def _end(self, found: int, unasked: str, checked: dict[str, int]) -> None:
        self.stdout.write("Checked: " + ", ".join(f"{n:,} {name}" for name, n in checked.items()))
        if found:
            self.stdout.write(f"{found} finding{'s' if found > 1 else ''}. Nothing was changed.")
        if unasked:
            self.stdout.write(f"The chain could not be asked: {unasked}")
        if found or unasked:
            raise SystemExit(WRONG if found else NOT_ASKED)
        self.stdout.write("All is well.")


def _compared(differing: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Compare once the books have come to that block; the scanner is a little behind a node."""
    for left in reversed(range(WAITS)):
        try:
            with snapshot():
                return list(differing())
        except BooksBehind:
            if not left:
                raise
            time.sleep(WAIT_S)
    raise BooksBehind


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 36_500:
        raise ArgumentTypeError("a number of days from 1 to 36500")
    return int(text)
