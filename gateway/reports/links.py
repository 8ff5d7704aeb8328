"""Signed links, by which a browser may fetch a report's file for a while without a token."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "gateway.reports.links"


def link_query(report_id: UUID, *, now: datetime) -> dict[str, str]:
    """Return the query of a link that opens until ``REPORT_LINK_MINUTES`` from now."""
    ends = now + timedelta(minutes=settings.REPORT_LINK_MINUTES)
    expires = str(int(ends.timestamp()))
    return {"expires": expires, "signature": _signature(report_id, expires)}


def link_opens(report_id: UUID, *, expires: str, signature: str, now: datetime) -> bool:
    """Return whether this is a link of ours to this report, and still in time."""
    # The signature first, in constant time: what is not of ours is not looked at any further.
    is_ours = constant_time_compare(signature, _signature(report_id, expires))
    return is_ours and now.timestamp() < int(expires)


def _signature(report_id: UUID, expires: str) -> str:
    told = f"{report_id.hex}:{expires}"
    return salted_hmac(SALT, told, algorithm="sha256").hexdigest()
