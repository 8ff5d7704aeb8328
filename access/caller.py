"""The caller of a request, however it came in: what DRF calls ``request.auth``."""

from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from rest_framework.request import Request

from access.models import ApiKey, User
from access.scopes import SEE_ALL, scopes_of


@dataclass(frozen=True)
class Caller:
    """Who calls, and what they may do now."""

    user_id: int
    roles: frozenset[str]
    scopes: frozenset[str]
    api_key_id: UUID | None = None
    key_origin_id: UUID | None = None  # whose limits hold: the first of the key's line
    rate_limits: dict[str, int] = field(default_factory=dict)

    @property
    def throttle_identity(self) -> str:
        """A key with limits of its own has its own bucket; otherwise the user has one."""
        return f"key:{self.api_key_id}" if self.rate_limits else f"user:{self.user_id}"

    @property
    def sees_all(self) -> bool:
        """Whether other people's payouts exist for this caller."""
        return bool(self.roles & SEE_ALL)


def caller_of_user(user: User, groups: list[str] | None = None) -> Caller:
    """Return the caller behind a JWT; without ``groups`` the database is asked for them."""
    roles = user.role_names() if groups is None else user.roles_among(groups)
    return Caller(user.pk, roles, scopes_of(roles))


def caller_of_key(key: ApiKey, groups: list[str]) -> Caller:
    """Return the caller behind a key: never more than its user may do today."""
    roles = key.user.roles_among(groups)
    scopes = scopes_of(roles) & frozenset(key.scopes)
    return Caller(key.user_id, roles, scopes, key.pk, key.origin_id, key.rate_limits)


def caller_of(request: Request) -> Caller:
    """Return the caller of an authenticated request."""
    return cast(Caller, request.auth)
