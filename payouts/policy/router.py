"""Which road a payout takes: by what was asked, and by what is known of the recipient."""

from collections.abc import Iterable
from datetime import datetime

from lucidpay.errors import INVALID_ROUTER, LucidError
from payouts.kinds import ROUTERS_HERE
from payouts.models import RouterType
from payouts.models_recipients import KycRecord, KycStatus, TrustedRecipient

NO_KYC = "The recipient has no valid KYC record."
NOT_TRUSTED = "The recipient is not on the list of trusted recipients."
NOT_HERE = "This router cannot be asked for here."


class InvalidRouter(LucidError):
    """Invalid router type"""

    code = INVALID_ROUTER
    status_code = 400


def kyc_valid(addresses: Iterable[str], *, now: datetime) -> frozenset[str]:
    """Return those of these addresses with an approved KYC record that has not expired."""
    rows = KycRecord.objects.filter(
        address__in=set(addresses), status=KycStatus.APPROVED, expires_at__gt=now
    )
    return frozenset(rows.values_list("address", flat=True))


def recipients_trusted(addresses: Iterable[str]) -> frozenset[str]:
    """Return those of these addresses that a person has put on the list, and nobody taken off."""
    rows = TrustedRecipient.objects.filter(
        address__in=set(addresses), approved_at__isnull=False, removed_at=None
    )
    return frozenset(rows.values_list("address", flat=True))


def router_for(asked: str | None, *, has_kyc: bool, is_trusted: bool | None = None) -> RouterType:
    """Return the router of a request: the one asked for, else the best that the recipient has.

    ``is_trusted`` is known where payouts to trusted recipients are asked for. Raises
    ``InvalidRouter`` for KYC without a valid record, for direct payouts to others, and for
    routers that belong to other calls.
    """
    if asked is None:
        return RouterType.KYC if has_kyc else RouterType.V0
    if asked == RouterType.KYC and not has_kyc:
        raise InvalidRouter({"router_type": [NO_KYC]})
    if asked == RouterType.DIRECT and is_trusted is not None:
        if not is_trusted:
            raise InvalidRouter({"router_type": [NOT_TRUSTED]})
        return RouterType.DIRECT
    if asked not in ROUTERS_HERE:
        raise InvalidRouter({"router_type": [NOT_HERE]})
    return RouterType(asked)


def refuse_unqualified(router_type: str, address: str, *, now: datetime) -> None:
    """Raise ``InvalidRouter`` when a recipient does not qualify, today, for a payout's router."""
    if router_type == RouterType.KYC and not kyc_valid([address], now=now):
        raise InvalidRouter({"router_type": [NO_KYC]})
    if router_type == RouterType.DIRECT and not recipients_trusted([address]):
        raise InvalidRouter({"router_type": [NOT_TRUSTED]})
