"""Changing an endpoint: where to, what of, with which headers, and whether at all."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from webhooks.models import Endpoint
from webhooks.models_endpoint import HEALTH, DisabledFor
from webhooks.queries import endpoint_locked
from webhooks.secrets import headers_seal
from webhooks.services.sealed import sealing

# ``told_at`` belongs to having been switched off.
WELL: dict[str, Any] = dict.fromkeys(set(HEALTH) - {"told_at"}) | {"failures": 0}


def endpoint_change(*, endpoint_id: UUID, changes: dict[str, Any], now: datetime) -> Endpoint:
    """Write ``url``, ``events``, ``headers`` and ``is_active``, as far as given and validated.

    ``headers`` replaces all of them. Another ``url`` has not failed yet. ``is_active`` on forgets
    how it failed before, so it is switched off again only after failing anew; what is due by then
    is sent. Raises ``EndpointNotFound``, and ``CannotSeal`` where no vault key was given.
    """
    plain = ("url", "events")
    fields: dict[str, Any] = {name: changes[name] for name in plain if name in changes}
    if "headers" in changes:
        with sealing():
            fields["sealed_headers"] = headers_seal(changes["headers"], endpoint_id)
        fields["header_names"] = list(changes["headers"])
    with transaction.atomic():
        endpoint = endpoint_locked(endpoint_id)
        if "url" in changes:
            fields |= WELL  # another receiver has not failed yet
        if "is_active" in changes:
            fields |= _switched(endpoint, on=changes["is_active"], now=now)
        _write(endpoint, **fields, updated_at=now)
    return endpoint


def _switched(endpoint: Endpoint, *, on: bool, now: datetime) -> dict[str, Any]:
    if on:
        return {"is_active": True, "disabled_at": None, "disabled_for": "", "told_at": None} | WELL
    if not endpoint.is_active:
        return {}  # whoever switched it off first did, and for that reason
    return {"is_active": False, "disabled_at": now, "disabled_for": DisabledFor.OWNER}


def _write(endpoint: Endpoint, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(fields))
