"""The books: journals that sum to zero, and holds that keep promised money from other hands.

Every function works inside the caller's transaction. Lock order everywhere: wallet accounts
(by primary key), then holds, then whatever the caller owns.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from lucidpay.errors import InvariantBroken, ensure
from lucidpay.rows import rows_json
from lucidpay.sql import ask
from tron.models import ChainTransaction
from wallets.models import Account, Asset, Entry, Hold, Wallet

Kind = Account.Kind
FEE = "fee"  # the journal of what the network burned for a transaction
# What lies on the chain moves with a block, and the books as of that block can be told.
ON_CHAIN = (Kind.WALLET, Kind.DEPOSITS)
# Those with a running balance.
KEPT = (Kind.WALLET, Kind.MERCHANT)

# Journals with their entries in one statement, so that the database can refuse at once what does
# not sum to zero (``wallets/models.py``).
BOOK = """
WITH booked AS (
  INSERT INTO wallets_journal (kind, reference, block_number, by, note, at)
  SELECT told.*, %(at)s::timestamptz
    FROM json_to_recordset(%(journals)s::json)
         AS told(kind text, reference text, block_number bigint, by text, note text)
  RETURNING id, kind, reference
)
INSERT INTO wallets_entry (journal_id, account_id, asset, units)
SELECT booked.id, side.account_id, side.asset, side.units
  FROM json_to_recordset(%(sides)s::json)
       AS side(kind text, reference text, account_id bigint, asset text, units bigint)
  JOIN booked USING (kind, reference)
"""
# The account has the last word: without room for all, there is no row to hold anything for.
HOLD = """
WITH account AS (
  UPDATE wallets_account SET held_units = held_units + %(total)s::bigint
   WHERE id = %(account)s::bigint AND balance_units >= held_units + %(total)s::bigint
  RETURNING id
)
INSERT INTO wallets_hold (subject, account_id, units, status, created_at)
SELECT told.subject, account.id, told.units, 'open', %(at)s::timestamptz
  FROM account, unnest(%(subjects)s::uuid[], %(units)s::bigint[]) AS told (subject, units)
RETURNING id
"""
# In the order of their keys, as everywhere: two that end some of the same would else form a ring.
END_HOLDS = """
WITH locked AS (
  SELECT id FROM wallets_hold WHERE subject = ANY(%s) AND status = 'open' ORDER BY id FOR UPDATE
)
UPDATE wallets_hold AS hold SET status = %s, ended_at = %s
  FROM locked WHERE hold.id = locked.id
RETURNING hold.subject, hold.account_id, hold.units
"""


@dataclass(frozen=True)
class Booking:
    """What one journal says: what is booked, and its (account, units) sides.

    ``block_number`` is the solid block in which the chain did it; whatever moves a wallet's
    balance, or that of deposit addresses, has one, so that the books as of a block can be told.
    """

    kind: str
    reference: str
    sides: tuple[tuple[Account, int], ...]
    block_number: int | None = None
    by: str = ""
    note: str = ""


def fee_bookings(tx: ChainTransaction, payer: Account, burned: Account) -> list[Booking]:
    """Return what books the fee that a receipt tells, if any; whoever judges flows looks for it."""
    if not tx.fee_sun:
        return []
    sides = ((payer, -tx.fee_sun), (burned, tx.fee_sun))
    return [Booking(FEE, tx.txid, sides, tx.block_number)]


class HoldNotOpen(InvariantBroken):
    """A hold was posted or voided before; money would move twice."""


def wallet_account(wallet: Wallet, asset: Asset) -> Account:
    """Return a wallet's own account; it exists since the wallet was opened."""
    return Account.objects.get(kind=Kind.WALLET, wallet=wallet, asset=asset)


def other_account(kind: Account.Kind, asset: Asset) -> Account:
    """Return one of the accounts that say where money came from and went."""
    account, _ = Account.objects.get_or_create(kind=kind, wallet=None, asset=asset)
    return account


def other_accounts(kinds: Iterable[Account.Kind]) -> dict[tuple[str, str], Account]:
    """Return several of these accounts, of every asset, by (kind, asset)."""
    wanted = tuple(kinds)
    rows = Account.objects.filter(kind__in=wanted, wallet=None, owner=None)
    known = {(row.kind, row.asset): row for row in rows}
    return {
        (kind, asset): known.get((kind, asset)) or other_account(kind, asset)
        for kind in wanted
        for asset in Asset
    }


def merchant_account(kind: Account.Kind, owner_id: int, asset: Asset) -> Account:
    """Return a merchant's account (``MERCHANT`` or ``BILLED``), made when it is first needed."""
    account, _ = Account.objects.get_or_create(kind=kind, owner_id=owner_id, asset=asset)
    return account


def accounts_locked(wallet_ids: Iterable[UUID]) -> dict[tuple[UUID, str], Account]:
    """Lock the accounts of wallets and return them by (wallet, asset)."""
    rows = Account.objects.select_for_update().filter(
        kind=Kind.WALLET, wallet_id__in=list(wallet_ids)
    )
    return {(row.wallet_id, row.asset): row for row in rows.order_by("pk") if row.wallet_id}


def book(bookings: list[Booking], *, at: datetime) -> None:
    """Write journals with their entries and move the balances of wallets and merchants.

    A (kind, reference) that was booked before raises ``IntegrityError``: nothing is booked
    twice. So does what a merchant's balance cannot give. The database refuses a journal that does
    not sum to zero (``DatabaseError``). Raises ``InvariantBroken`` when what lies on the chain
    would move without a block.
    """
    ensure(transaction.get_connection().in_atomic_block, "booking outside a transaction")
    for booking in bookings:
        moves_chain = any(account.kind in ON_CHAIN for account, _ in booking.sides)
        ensure(
            booking.block_number is not None or not moves_chain,
            f"{booking.kind} {booking.reference} moves a balance on the chain in no block",
        )
    facts: dict[str, Any] = {
        "journals": _journals(bookings), "sides": _sides(bookings), "at": at
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BOOK, facts)
    moved: dict[int, int] = defaultdict(int)
    for booking in bookings:
        for account, units in booking.sides:
            if account.kind in KEPT:
                moved[account.pk] += units
    for pk, units in sorted(moved.items()):
        Account.objects.filter(pk=pk).update(balance_units=F("balance_units") + units)


def _journals(bookings: list[Booking]) -> str:
    return rows_json(
        [
            {
                "kind": one.kind,
                "reference": one.reference,
                "block_number": one.block_number,
                "by": one.by,
                "note": one.note,
            }
            for one in bookings
        ]
    )


def _sides(bookings: list[Booking]) -> str:
    return rows_json(
        [
            {
                "kind": one.kind,
                "reference": one.reference,
                "account_id": account.pk,
                "asset": account.asset,
                "units": units,
            }
            for one in bookings
            for account, units in one.sides
        ]
    )


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
    ensure(transaction.get_connection().in_atomic_block, "hold outside a transaction")
    total = sum(amounts.values())
    facts = {
        "account": account.pk, "total": total, "at": at,
        "subjects": list(amounts), "units": list(amounts.values()),
    }  # fmt: skip
    if len(ask(HOLD, facts, keeps_plan=False)) != len(amounts):
        raise InvariantBroken(f"account {account.pk}: {total} units more than are free")


def holds_end(subjects: list[UUID], *, status: Hold.Status, at: datetime) -> None:
    """Post or void all open holds of these subjects.

    Posting frees the held units too: the booking of what was really paid takes their place.
    Raises ``HoldNotOpen`` when one of the subjects has none open.
    """
    with connection.cursor() as cursor:
        cursor.execute(END_HOLDS, [subjects, status, at])
        rows = cursor.fetchall()
    missing = set(subjects) - {subject for subject, _, _ in rows}
    if missing:
        raise HoldNotOpen(f"no open hold for {missing}")
    freed: dict[int, int] = defaultdict(int)
    for _, account_id, units in rows:
        freed[account_id] += units
    for pk, units in sorted(freed.items()):
        Account.objects.filter(pk=pk).update(held_units=F("held_units") - units)
