"""Money that nobody could explain, and the person who does."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Cast

from lucidpay.errors import Conflict, ValidationFailed
from wallets.ledger import ON_CHAIN, Booking, book, other_account
from wallets.models import Account, Asset, Entry, Journal
from wallets.services.judge_flows import UNEXPLAINED

ASSIGNED, CORRECTION = "assigned", "correction"
# What came in for a payment in another currency than was asked for (``gateway/services/book.py``).
STRAY = "stray"
WAITING = (UNEXPLAINED, CORRECTION, STRAY)
NOTE_MAX = 500


class NotInSuspense(Conflict):
    """This booking is not in suspense. See `manage.py wallet suspense` for those that are."""


class AssignedBefore(Conflict):
    """Somebody has explained this booking before."""


def suspense_open() -> QuerySet[Journal]:
    """Return the bookings that nobody has explained yet, each with ``asset`` and ``units``.

    Units are those of the wallet, or of the deposit addresses: into it (+) or out of it (−); of a
    stray, what it has taken out of what is owed to payers (+).
    """
    explained = Journal.objects.filter(kind=ASSIGNED, reference=Cast(OuterRef("pk"), CharField()))
    rows = Journal.objects.filter(~Exists(explained), kind__in=WAITING)
    in_suspense = Entry.objects.filter(journal=OuterRef("pk"), account__kind=Account.Kind.SUSPENSE)
    ours = rows.filter(
        Exists(in_suspense), entries__account__kind__in=(*ON_CHAIN, Account.Kind.PAYMENTS)
    )
    return ours.annotate(asset=F("entries__asset"), units=Sum("entries__units")).order_by("pk")


def suspense_assign(*, journal: int, by: str, reason: str, now: datetime) -> None:
    """Say that an unexplained booking is the owner's money, come in or taken out.

    Moves it from suspense to funding, with who said so and why. Raises ``NotInSuspense``,
    ``AssignedBefore``, or ``ValidationFailed`` without a reason. An open halt stays: it is
    lifted by whoever may.
    """
    said = said_of(reason)
    with transaction.atomic():
        entry = Entry.objects.filter(
            journal=journal,
            journal__kind__in=WAITING,
            account__kind=Account.Kind.SUSPENSE,
        ).first()
        if entry is None:
            raise NotInSuspense
        funding = other_account(Account.Kind.FUNDING, Asset(entry.asset))
        sides = ((entry.account, -entry.units), (funding, entry.units))
        booking = Booking(ASSIGNED, str(journal), sides, by=by[:100], note=said)
        book_once(booking, at=now, otherwise=AssignedBefore)


def said_of(reason: str) -> str:
    """Return a person's reason as it is kept, or raise ``ValidationFailed`` without one."""
    if not reason.strip():
        raise ValidationFailed({"reason": ["Say why; it is kept with your name."]})
    return reason.strip()[:NOTE_MAX]


def book_once(booking: Booking, *, at: datetime, otherwise: type[Conflict]) -> None:
    """Book what two people may do at once; the second gets the named conflict."""
    try:
        with transaction.atomic():
            book([booking], at=at)
    except IntegrityError as error:
        raise otherwise from error
