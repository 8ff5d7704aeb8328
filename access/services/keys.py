"""Making, finding and revoking API keys."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from access.models import ApiKey, User
from access.scopes import scopes_of
from lucidpay.errors import ValidationFailed

LIVE, TEST = "lp_live_", "lp_test_"
SECRET_BYTES = 32
PREFIX_SHOWN = 14


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

    Without ``scopes`` the key gets all that the user's roles give. Raises ``ValidationFailed``
    when a scope is asked for that the user does not have.
    """
    available = scopes_of(user.role_names())
    wanted = frozenset(available if scopes is None else scopes)
    if wanted - available:
        raise ValidationFailed(
            {"scopes": [f"Not a scope of this user: {sorted(wanted - available)}."]}
        )
    token = key_kind() + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=token[:PREFIX_SHOWN],
        digest=digest_of(token),
        scopes=sorted(wanted),
        expires_at=expires_at,
        allowed_ips=list(allowed_ips),
        rate_limits=rate_limits or {},
    )
    return key, token


def api_key_revoke(*, key: ApiKey, now: datetime) -> None:
    """Make the key useless from now on; revoking it again changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
