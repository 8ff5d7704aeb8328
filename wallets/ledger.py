"""The books: journals that sum to zero, and holds that keep promised money from other hands.

Every function works inside the caller's transaction. Lock order everywhere: wallet accounts
(by primary key), then holds, then whatever the caller owns.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from lucidpay.errors import InvariantBroken, ensure
from wallets.models import Account, Asset, Entry, Hold, Journal, Wallet

Kind = Account.Kind

HOLD = """
INSERT INTO wallets_hold (account_id, status, created_at, subject, units)
SELECT %s, 'open', %s, held.* FROM unnest(%s::uuid[], %s::bigint[]) AS held
"""


@dataclass(frozen=True)
class Booking:
    """What one journal says: what is booked, and its (account, units) sides.

    ``block_number`` is the solid block in which the chain did it; whatever moves a wallet's
    balance has one, so that the books as of a block can be told.
    """

    kind: str
    reference: str
    sides: tuple[tuple[Account, int], ...]
    block_number: int | None = None
    by: str = ""
    note: str = ""


class HoldNotOpen(InvariantBroken):
    """A hold was posted or voided before; money would move twice."""


def wallet_account(wallet: Wallet, asset: Asset) -> Account:
    """Return a wallet's own account; it exists since the wallet was opened."""
    return Account.objects.get(kind=Kind.WALLET, wallet=wallet, asset=asset)


def other_account(kind: Account.Kind, asset: Asset) -> Account:
    """Return one of the accounts that say where money came from and went."""
    account, _ = Account.objects.get_or_create(kind=kind, wallet=None, asset=asset)
    return account


def accounts_locked(wallet_ids: Iterable[UUID]) -> dict[tuple[UUID, str], Account]:
    """Lock the accounts of wallets and return them by (wallet, asset)."""
    rows = Account.objects.select_for_update().filter(
        kind=Kind.WALLET, wallet_id__in=list(wallet_ids)
    )
    return {(row.wallet_id, row.asset): row for row in rows.order_by("pk") if row.wallet_id}


def book(bookings: list[Booking], *, at: datetime) -> None:
    """Write journals with their entries and move the balances of wallet accounts.

    A (kind, reference) that was booked before raises ``IntegrityError``: nothing is booked
    twice. Entries that do not sum to zero fail when the transaction commits. Raises
    ``InvariantBroken`` when a wallet's balance would move without a block.
    """
    ensure(transaction.get_connection().in_atomic_block, "booking outside a transaction")
    for booking in bookings:
        moves_wallet = any(account.kind == Kind.WALLET for account, _ in booking.sides)
        ensure(
            booking.block_number is not None or not moves_wallet,
            f"{booking.kind} {booking.reference} moves a wallet's balance in no block",
        )
    journals = Journal.objects.bulk_create(
        Journal(
            kind=booking.kind,
            reference=booking.reference,
            block_number=booking.block_number,
            by=booking.by,
            note=booking.note,
            at=at,
        )
        for booking in bookings
    )
    moved: dict[int, int] = defaultdict(int)
    entries = []
    for journal, booking in zip(journals, bookings, strict=True):
        for account, units in booking.sides:
            entries.append(
                Entry(journal=journal, account=account, asset=account.asset, units=units)
            )
            if account.kind == Kind.WALLET:
                moved[account.pk] += units
    Entry.objects.bulk_create(entries)
    for pk, units in sorted(moved.items()):
        Account.objects.filter(pk=pk).update(balance_units=F("balance_units") + units)


def balance_at(account: Account, *, block_number: int) -> int:
    """Return what the books say a wallet's account held after this block, in base units.

    The account must be locked. Counted back from the running balance, so it costs as much as
    was booked since that block and not as much as was ever booked.
    """
    later = Entry.objects.filter(account=account, journal__block_number__gt=block_number)
    return account.balance_units - (later.aggregate(units=Sum("units"))["units"] or 0)


def hold(account: Account, *, amounts: dict[UUID, int], at: datetime) -> None:
    """Hold units of an account for several subjects, all or none.

    The database decides: raises ``InvariantBroken`` when they do not fit into what is neither
    spent nor held, whatever the caller believed to know.
    """
    total = sum(amounts.values())
    fitting = Account.objects.filter(pk=account.pk, balance_units__gte=F("held_units") + total)
    if fitting.update(held_units=F("held_units") + total) != 1:
        raise InvariantBroken(f"account {account.pk}: {total} units more than are free")
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [account.pk, at, list(amounts), list(amounts.values())])


def holds_end(subjects: list[UUID], *, status: Hold.Status, at: datetime) -> None:
    """Post or void all open holds of these subjects.

    Posting frees the held units too: the booking of what was really paid takes their place.
    Raises ``HoldNotOpen`` when one of the subjects has none open.
    """
    rows = list(
        Hold.objects.select_for_update()
        .filter(subject__in=subjects, status=Hold.Status.OPEN)
        .order_by("pk")
    )
    if {row.subject for row in rows} != set(subjects):
        raise HoldNotOpen(f"no open hold for {set(subjects) - {row.subject for row in rows}}")
    freed: dict[int, int] = defaultdict(int)
    for row in rows:
        freed[row.account_id] += row.units
    Hold.objects.filter(pk__in=[row.pk for row in rows]).update(status=status, ended_at=at)
    for pk, units in sorted(freed.items()):
        Account.objects.filter(pk=pk).update(held_units=F("held_units") - units)
