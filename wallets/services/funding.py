"""Who may fill the wallets without being asked."""

from datetime import datetime

from django.db import IntegrityError, transaction

from lucidpay.errors import Conflict
from tron.address import address_parse
from wallets.models import FundingSource, Wallet
from wallets.models_deposit import DepositAddress


class SourceKnown(Conflict):
    """This address is a funding source already."""


class SourceUnknown(Conflict):
    """This address is no funding source. See `manage.py wallet sources`."""


class SourceIsWallet(Conflict):
    """This address is one of our own wallets. What moves between wallets is booked as that."""


class SourceIsDeposit(Conflict):
    """This address was handed out to be paid at. What comes from it is a sweep of ours."""


def source_check(address: str) -> None:
    """Raise for what cannot be added.

    ``InvalidAddress``, ``SourceKnown``, ``SourceIsWallet`` or ``SourceIsDeposit``.
    """
    address_parse(address)
    if Wallet.objects.with_books().filter(address=address).exists():
        raise SourceIsWallet
    if DepositAddress.objects.filter(address=address).exists():
        raise SourceIsDeposit
    if FundingSource.objects.filter(address=address, removed_at=None).exists():
        raise SourceKnown


def funding_source_add(*, address: str, note: str, by: str, now: datetime) -> FundingSource:
    """Let what comes from this address, from the next booking on, be booked as funding.

    What came before stays in suspense until somebody assigns it. Raises what ``source_check``
    raises.
    """
    source_check(address)
    try:
        with transaction.atomic():
            return FundingSource.objects.create(
                address=address, note=note[:200], added_by=by[:100], added_at=now
            )
    except IntegrityError as error:
        raise SourceKnown from error


def funding_source_remove(*, address: str, by: str, now: datetime) -> None:
    """Let what comes from this address go to suspense again, or raise ``SourceUnknown``."""
    rows = FundingSource.objects.filter(address=address, removed_at=None)
    if rows.update(removed_by=by[:100], removed_at=now) != 1:
        raise SourceUnknown
