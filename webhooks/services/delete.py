"""Deleting an endpoint: its secrets go, what was sent to it stays on record."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from webhooks.models import Delivery, Endpoint
from webhooks.models_endpoint import DisabledFor
from webhooks.queries import endpoint_locked
from webhooks.services.cancel import deliveries_cancel


def endpoint_delete(*, endpoint_id: UUID, now: datetime) -> None:
    """Send nothing more to an endpoint, for good. Raises ``EndpointNotFound``.

    The row stays for the deliveries that name it. A request that is under way is not called back.
    """
    with transaction.atomic():
        endpoint = endpoint_locked(endpoint_id)
        Endpoint.objects.filter(pk=endpoint.pk).update(
            deleted_at=now,
            updated_at=now,
            is_active=False,
            disabled_at=endpoint.disabled_at or now,
            disabled_for=endpoint.disabled_for or DisabledFor.OWNER,
            sealed_secret="",
            sealed_previous="",
            sealed_headers="",
            previous_until=None,
        )
        # The sweep cancels the rest (services/forget.py); nobody is sent it meanwhile.
        deliveries_cancel(Delivery.objects.filter(endpoint=endpoint), now=now)
