"""Deleting an endpoint: its secrets go, what was sent to it stays on record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from webhooks.models import Endpoint
from webhooks.models_endpoint import DisabledFor
from webhooks.queries import endpoint_locked

# The rest is cancelled by the sweep (services/forget.py); nobody is sent it meanwhile.
CANCELLED_MAX = 10_000
# In the order in which ``attempts_record`` locks them: each would else wait for the other.
CANCEL = """
UPDATE webhooks_delivery SET status = 'cancelled', ended_at = %(now)s WHERE id IN (
  SELECT id FROM webhooks_delivery WHERE endpoint_id = %(endpoint_id)s AND status = 'pending'
   ORDER BY id LIMIT %(most)s FOR UPDATE)
"""


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
        facts: dict[str, Any] = {"now": now, "endpoint_id": endpoint.pk, "most": CANCELLED_MAX}
        with connection.cursor() as cursor:
            cursor.execute(CANCEL, facts)
