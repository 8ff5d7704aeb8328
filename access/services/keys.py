"""Making, rotating and revoking API keys."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from access.models import ApiKey, User
from access.networks import networks_parse
from access.scopes import scopes_of
from lucidpay.errors import Conflict, ValidationFailed

LIVE, TEST = "lp_live_", "lp_test_"
SECRET_BYTES = 32
PREFIX_SHOWN = 14
OVERLAP_MAX = timedelta(days=30)


class KeyEnded(Conflict):
    """This key is revoked, rotated or expired. Rotate its successor, or make another key."""


def key_kind() -> str:
    """Return the prefix of keys of this instance; a test key never works on mainnet."""
    return LIVE if settings.TRON_NETWORK == "mainnet" else TEST


def digest_of(token: str) -> str:
    """Return what is stored of a key. A plain SHA-256: the token itself has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def api_key_create(
    *,
    user: User,
    name: str,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    allowed_ips: Iterable[str] = (),
    rate_limits: dict[str, int] | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its token, which can never be read again.

    Without ``scopes`` the key gets all that the user's roles give. ``allowed_ips`` are addresses
    and networks. Raises ``ValidationFailed`` for a scope that the user does not have and for what
    is no network.
    """
    available = scopes_of(user.role_names())
    wanted = frozenset(available if scopes is None else scopes)
    if wanted - available:
        raise ValidationFailed(
            {"scopes": [f"Not a scope of this user: {', '.join(sorted(wanted - available))}."]}
        )
    return _stored(
        user=user,
        name=name,
        scopes=sorted(wanted),
        expires_at=expires_at,
        allowed_ips=networks_parse(allowed_ips),
        rate_limits=rate_limits or {},
    )


@transaction.atomic
def api_key_rotate(*, key: ApiKey, overlap: timedelta, now: datetime) -> tuple[ApiKey, str]:
    """Make a successor with the same rights and limits and return it with its token.

    Limits on money are kept by the line's ``origin_id``: what either key asks for while both
    work counts against the same hour and day.

    The old key works for ``overlap`` more (0 … 30 days), never longer than it would have. A key
    with an expiry hands on the time it was made for, counted from now. Raises
    ``ValidationFailed`` for another overlap and ``KeyEnded`` for a key that was rotated before or
    opens nothing any more.
    """
    if not timedelta() <= overlap <= OVERLAP_MAX:
        raise ValidationFailed({"overlap": [f"From 0 to {OVERLAP_MAX.days} days."]})
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("user").get(pk=key.pk)
    if old.has_ended(now) or not old.user.is_active or hasattr(old, "successor"):
        raise KeyEnded
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    made = _stored(
        user=old.user,
        name=old.name,
        scopes=old.scopes,
        expires_at=None if lifetime is None else now + lifetime,
        allowed_ips=old.allowed_ips,
        rate_limits=old.rate_limits,
        rotated_from=old,
        origin_id=old.origin_id,
    )
    end = now + overlap
    old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
    old.save(update_fields=["expires_at"])
    return made


def api_key_revoke(*, key: ApiKey, now: datetime) -> None:
    """Make the key useless from now on; revoking it again changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def _stored(*, origin_id: UUID | None = None, **fields: object) -> tuple[ApiKey, str]:
    token = key_kind() + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(prefix=token[:PREFIX_SHOWN], digest=digest_of(token), **fields)
    key.origin_id = origin_id or key.pk
    key.save(force_insert=True)
    return key, token
