"""Telling the owner of an endpoint that it was switched off."""

import smtplib
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import QuerySet

from lucidpay.clock import iso
from webhooks.models import Endpoint
from webhooks.models_endpoint import DisabledFor

log = structlog.get_logger(__name__)

CHUNK = 100
# The server takes mails, but not this one; or the address is none.
OF_ONE_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError)
SUBJECT = "LucidPay: webhooks to {host} were switched off"
TEXT = """\
Nothing is sent any more to your webhook endpoint {endpoint_id}:

    {url}

Why: {why}, at {at}.

What happened meanwhile is not lost. When the receiver is well again, switch the endpoint
on and have sent again what it missed:

    PATCH /api/v1/payments/webhooks/{endpoint_id} {{"active": true}}
    POST /api/v1/payments/webhooks/{endpoint_id}/redeliver {{"since": "{since}"}}
"""


def owners_tell(*, now: datetime) -> int:
    """Tell the owners of endpoints that the platform has switched off; return how many were told.

    At least once: who dies between the mail and the note sends it again. A mail server that is
    away is asked again next time; an owner without an address finds it in the API and the admin.
    """
    told = 0
    for endpoint in _untold().select_related("owner")[:CHUNK]:
        try:
            is_sent = _mail(endpoint)
        except OF_ONE_MAIL as error:
            log.warning("webhook_owner_not_told", endpoint=endpoint.public_id, error=str(error))
            continue
        except OSError as error:
            # The server's, and so everybody's: to wait for it once a mail would fill the workers.
            log.warning("webhook_owner_not_told", endpoint=endpoint.public_id, error=str(error))
            break
        log.warning("webhook_endpoint_off", endpoint=endpoint.public_id, mailed=is_sent)
        told += Endpoint.objects.filter(pk=endpoint.pk, disabled_at=endpoint.disabled_at).update(
            told_at=now
        )
    return told


def _untold() -> QuerySet[Endpoint]:
    by_us = (DisabledFor.FAILING, DisabledFor.GONE)
    rows = Endpoint.objects.filter(told_at=None, disabled_for__in=by_us, deleted_at=None)
    return rows.order_by("disabled_at")


def _mail(endpoint: Endpoint) -> bool:
    """Send the mail, if there is anywhere to send it."""
    if not (settings.EMAIL_HOST and endpoint.owner.email):
        return False
    disabled_at = endpoint.disabled_at or endpoint.updated_at
    facts = {
        "endpoint_id": endpoint.public_id,
        "url": endpoint.url,
        "why": endpoint.get_disabled_for_display(),
        "at": iso(disabled_at),
        "since": iso(endpoint.failing_since or disabled_at),
    }
    subject = SUBJECT.format(host=urlsplit(endpoint.url).hostname)
    send_mail(subject, TEXT.format(**facts), None, [endpoint.owner.email])
    return True
