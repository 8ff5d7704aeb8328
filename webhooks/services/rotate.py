"""Giving an endpoint another secret, without a moment in which its receiver trusts neither."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from webhooks.models import Endpoint
from webhooks.queries import endpoint_locked
from webhooks.secrets import secret_make, secret_seal
from webhooks.services.sealed import sealing

OVERLAP_MAX_S = 604_800


def secret_rotate(*, endpoint_id: UUID, overlap_s: int, now: datetime) -> tuple[Endpoint, str]:
    """Return the endpoint and its new secret, which nobody is ever shown again.

    For ``overlap_s`` seconds the one before signs as well; 0: not even once more. One that was
    replaced earlier ends at once. Raises ``EndpointNotFound``, and ``CannotSeal`` where no vault
    key was given.
    """
    secret = secret_make()
    with sealing():
        sealed = secret_seal(secret, endpoint_id)
    with transaction.atomic():
        endpoint = endpoint_locked(endpoint_id)
        endpoint.sealed_previous = endpoint.sealed_secret if overlap_s else ""
        endpoint.previous_until = now + timedelta(seconds=overlap_s) if overlap_s else None
        endpoint.sealed_secret, endpoint.updated_at = sealed, now
        endpoint.save(
            update_fields=["sealed_secret", "sealed_previous", "previous_until", "updated_at"]
        )
    return endpoint, secret
