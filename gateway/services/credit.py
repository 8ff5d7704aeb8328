"""Crediting a merchant's balance, by a person: it pays refunds of completed payments."""

from datetime import datetime

from django.db import transaction

from lucidpay.errors import Conflict, ValidationFailed
from lucidpay.ids import new_id
from lucidpay.money import tokens_of
from wallets.kinds import Asset
from wallets.ledger import Booking, merchant_account, other_account
from wallets.models import Account, Entry
from wallets.services.suspense import book_once, said_of

CREDIT = "merchant_credit"
ONCE_MAX = 100


class CreditedBefore(Conflict):
    """This key has credited before. Nothing was credited now."""


def merchant_credit(
    *,
    owner_id: int,
    amount_micro: int,
    by: str,
    note: str,
    now: datetime,
    once: str | None = None,
) -> int:
    """Say that so much of the money that came from outside is a merchant's; return their balance.

    In micro-USDT, more than nothing. It is the person who answers for the money being there: it
    came to a wallet of ours, and was booked as funding. ``once`` names what came: the same name
    credits once, whoever asks; without one every call credits. Raises ``CreditedBefore``, whose
    details tell what was, or ``ValidationFailed`` without a reason.
    """
    said = said_of(note)
    if amount_micro <= 0:
        raise ValidationFailed({"amount": ["More than 0."]})
    reference = new_id(now).hex if once is None else _named(once)
    with transaction.atomic():
        merchant = merchant_account(Account.Kind.MERCHANT, owner_id, Asset.USDT)
        funding = other_account(Account.Kind.FUNDING, Asset.USDT)
        sides = ((funding, amount_micro), (merchant, -amount_micro))
        _book(Booking(CREDIT, reference, sides, by=by[:100], note=said), now)
        merchant.refresh_from_db()
    return -merchant.balance_units


def _named(once: str) -> str:
    if not 1 <= len(once.strip()) <= ONCE_MAX:
        raise ValidationFailed({"once": [f"1 to {ONCE_MAX} characters are required."]})
    return once.strip()


def _book(booking: Booking, now: datetime) -> None:
    try:
        book_once(booking, at=now, otherwise=CreditedBefore)
    except CreditedBefore as error:
        raise CreditedBefore(_credited(booking.reference)) from error


def _credited(reference: str) -> dict[str, object]:
    """Return what was credited under a name: to whom, how much, by whom and when."""
    rows = Entry.objects.select_related("journal", "account")
    entry = rows.get(
        journal__kind=CREDIT, journal__reference=reference, account__kind=Account.Kind.MERCHANT
    )
    return {
        "owner_id": entry.account.owner_id,
        "amount": tokens_of(-entry.units),
        "balance": tokens_of(-entry.account.balance_units),
        "by": entry.journal.by,
        "at": entry.journal.at,
    }
