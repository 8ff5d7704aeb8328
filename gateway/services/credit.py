"""Crediting a merchant's balance, by a person: it pays refunds of completed payments."""

from datetime import datetime

from django.db import transaction

from lucidpay.errors import ValidationFailed
from lucidpay.ids import new_id
from wallets.kinds import Asset
from wallets.ledger import Booking, book, merchant_account, other_account
from wallets.models import Account
from wallets.services.suspense import said_of

CREDIT = "merchant_credit"


def merchant_credit(*, owner_id: int, amount_micro: int, by: str, note: str, now: datetime) -> int:
    """Say that so much of the money that came from outside is a merchant's; return their balance.

    In micro-USDT, more than nothing. It is the person who answers for the money being there: it
    came to a wallet of ours, and was booked as funding. Raises ``ValidationFailed`` without a
    reason.
    """
    said = said_of(note)
    if amount_micro <= 0:
        raise ValidationFailed({"amount": ["More than 0."]})
    with transaction.atomic():
        merchant = merchant_account(Account.Kind.MERCHANT, owner_id, Asset.USDT)
        funding = other_account(Account.Kind.FUNDING, Asset.USDT)
        sides = ((funding, amount_micro), (merchant, -amount_micro))
        book([Booking(CREDIT, new_id(now).hex, sides, by=by[:100], note=said)], at=now)
        merchant.refresh_from_db()
    return -merchant.balance_units
