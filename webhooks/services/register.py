"""Registering an endpoint, and who has too many."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from access.models import User
from lucidpay.errors import Conflict
from lucidpay.ids import new_id
from webhooks.models import Endpoint
from webhooks.models_endpoint import DisabledFor
from webhooks.secrets import headers_seal, secret_make, secret_seal
from webhooks.services.sealed import sealing


class TooManyEndpoints(Conflict):
    """You have as many webhooks as one may. Delete one that is not needed, or change one."""


def endpoint_register(
    *,
    owner_id: int,
    url: str,
    events: list[str],
    headers: dict[str, str],
    is_active: bool,
    now: datetime,
) -> tuple[Endpoint, str]:
    """Store an endpoint and return it with its secret, which nobody is ever shown again.

    ``url``, ``events`` and ``headers`` are validated already. Raises ``TooManyEndpoints``, and
    ``CannotSeal`` where no vault key was given; then nothing is stored.
    """
    key, secret = new_id(now), secret_make()
    with sealing():
        boxes = secret_seal(secret, key), headers_seal(headers, key)
    with transaction.atomic():
        _refuse_too_many(owner_id)
        return _stored(key, boxes, owner_id, url, events, list(headers), is_active, now), secret


def _refuse_too_many(owner_id: int) -> None:
    # One by one: each must see what the others have stored.
    User.objects.select_for_update(no_key=True).get(pk=owner_id)
    kept = Endpoint.objects.filter(owner=owner_id, deleted_at=None).count()
    if kept >= settings.WEBHOOK_ENDPOINTS_MAX:
        raise TooManyEndpoints({"limit": settings.WEBHOOK_ENDPOINTS_MAX, "used": kept})


def _stored(
    key: UUID,
    boxes: tuple[str, str],
    owner_id: int,
    url: str,
    events: list[str],
    header_names: list[str],
    is_active: bool,
    now: datetime,
) -> Endpoint:
    sealed_secret, sealed_headers = boxes
    return Endpoint.objects.create(
        pk=key,
        owner_id=owner_id,
        url=url,
        events=events,
        is_active=is_active,
        sealed_secret=sealed_secret,
        sealed_headers=sealed_headers,
        header_names=header_names,
        created_at=now,
        updated_at=now,
        disabled_at=None if is_active else now,
        disabled_for="" if is_active else DisabledFor.OWNER,
    )
